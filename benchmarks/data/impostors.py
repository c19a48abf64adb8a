"""Impostors: photos that should get no name, and how many do all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from data.packs import Pack
from running.journal import resumed
from systems.resight_default import Recognising

from resight.calibration import calibration
from resight.calibration.calibration import Calibration
from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.search.candidates import candidates, columns
from resight.types import Array

FOLDS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Impostors:
    """Photos whose thing was left out of the gallery, and the evidence for the candidates they got.

    Attributes
    ----------
    things : (i,) what each really shows.
    evidence : (k, e) of each.
    """

    things: Array
    evidence: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.things)

    def named(self, fitted: Calibration, false_accept_rate: float) -> Array:
        """(i,) bool: who gets a name at a chosen false-accept rate."""
        least = fitted.threshold(false_accept_rate).value
        return np.array([len(rows) > 0 and max(fitted.probabilities(rows)) >= least for rows in self.evidence], bool)

    def of(self, things: Array) -> Self:
        """Those that show one of ``things``."""
        rows = np.flatnonzero(np.isin(self.things, things))
        return type(self)(self.things[rows], tuple(self.evidence[row] for row in rows))


@dataclass(frozen=True, slots=True)
class Fold:
    """A calibration fitted without any question about ``things (t,)``, to be measured on just those."""

    fitted: Calibration
    things: Array


def references_left_out(pack: Pack, ours: Recognising, journal: Path) -> Impostors:
    """Every reference asked about with its thing, and what may show the same, left out of the gallery."""
    entries = {entry.name: entry for entry in pack.references}

    def ask(name: str) -> Any:
        known, thing = ours.recogniser.index, entries[name].label
        barred = [ours.ids[other.name] for other in pack.references
                  if other.label == thing or other.name in entries[name].ignore]  # fmt: skip
        return candidates(known, known.features(ours.ids[name]), exclude=barred).evidence.tolist()

    asked = resumed(journal, [name for name in entries if name in ours.ids], ask)
    width = len(columns(ours.recogniser.index))
    evidence = tuple(np.array(rows, float).reshape(-1, width) for rows in asked.values())
    return Impostors(np.array([entries[name].label for name in asked], object), evidence)


def views_left_out(ours: Recognising) -> Impostors:
    """The simulated views that the gallery's own calibration asked about with their thing left out."""
    asked = _asked(ours)
    asked = asked.only((asked.kinds == QueryKind.LEFT_OUT_VIEW).tolist())
    evidence = tuple(rows[there] for rows, there in zip(asked.evidence, asked.present, strict=True))
    return Impostors(_things(ours, asked), evidence)


def photos_fitted_on(ours: Recognising) -> int:
    """How many references the gallery's own calibration asked about with their thing left out."""
    return int((_asked(ours).kinds == QueryKind.LEFT_OUT).sum())


def folds(ours: Recognising, rng: np.random.Generator) -> list[Fold]:
    """The gallery's own calibration fitted anew on half of its things, for the other half, and the other way round."""
    asked, known = _asked(ours), ours.recogniser.index
    shown = _things(ours, asked)
    halves = np.array_split(rng.permutation(np.array(sorted(ours.recogniser.gallery.instances()), object)), FOLDS)
    return [
        Fold(calibration.fit(columns(known), asked.only((~np.isin(shown, half)).tolist()), photos=len(known)), half)
        for half in halves
    ]


def named_across(impostors: Impostors, parts: Sequence[Fold], false_accept_rate: float) -> Array:
    """(i,) bool in any order: who gets a name from the calibration that never saw its thing."""
    return np.concatenate([impostors.of(part.things).named(part.fitted, false_accept_rate) for part in parts])


def _asked(ours: Recognising) -> CalibrationSamples:
    """The questions behind the gallery's calibration."""
    stored = ours.recogniser.gallery.calibration()
    if stored is None:
        raise ValueError("the gallery has no calibration; wanted one that `resight index` has finished")
    return CalibrationSamples.of(stored.arrays)


def _things(ours: Recognising, asked: CalibrationSamples) -> Array:
    """What each question is about; "" of strangers, which show nothing known."""
    items = ours.recogniser.index.items
    return np.array([items[id].instance if id in items else "" for id in asked.ids.tolist()], object)
