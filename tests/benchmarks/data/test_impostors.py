"""Photos whose thing is left out: what they get, and calibrations that never saw them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data.impostors import FOLDS, Impostors, folds, named_across, photos_fitted_on, references_left_out, views_left_out
from data.packs import Pack
from systems.resight_default import Recognising

from resight.calibration.calibration import Calibration
from resight.calibration.prior import Scale
from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.search.candidates import columns
from resight.verification.comparison import LOCAL


@pytest.fixture
def asked(recognising: Recognising) -> CalibrationSamples:
    stored = recognising.recogniser.gallery.calibration()
    assert stored is not None
    return CalibrationSamples.of(stored.arrays)


def test_references_get_the_evidence_that_the_gallery_was_calibrated_on(
    museum: Pack, recognising: Recognising, asked: CalibrationSamples, tmp_path: Path
) -> None:
    """Each reference asked here is a question of the gallery's own, and gets the same evidence."""
    left = references_left_out(museum, recognising, tmp_path / "left-out.jsonl")
    assert photos_fitted_on(recognising) == len(left) == len(museum.references)
    items = recognising.recogniser.index.items
    for thing, evidence in zip(left.things, left.evidence, strict=True):
        [row] = [
            row
            for row, (id, kind) in enumerate(zip(asked.ids, asked.kinds, strict=True))
            if kind == QueryKind.LEFT_OUT and items[int(id)].instance == thing
        ]
        assert np.allclose(evidence, asked.evidence[row][asked.present[row]])


def test_what_a_reference_ignores_is_left_out_too(museum: Pack, recognising: Recognising, tmp_path: Path) -> None:
    names = tuple(entry.name for entry in museum.references)
    lonely = replace(museum, references=tuple(replace(entry, ignore=names) for entry in museum.references))
    left = references_left_out(lonely, recognising, tmp_path / "left-out.jsonl")
    width = len(columns(recognising.recogniser.index))
    assert [evidence.shape for evidence in left.evidence] == [(0, width)] * len(names)
    assert not left.named(recognising.recogniser.calibration, 1.0).any()


def test_views_are_those_of_the_calibration(recognising: Recognising, asked: CalibrationSamples) -> None:
    views = views_left_out(recognising)
    assert len(views) == int((asked.kinds == QueryKind.LEFT_OUT_VIEW).sum()) > 0
    assert set(views.things) == set(recognising.recogniser.gallery.instances())


def test_folds_part_the_things(recognising: Recognising, rng: np.random.Generator) -> None:
    parts = folds(recognising, rng)
    things = [set(part.things) for part in parts]
    assert len(parts) == FOLDS
    assert set().union(*things) == set(recognising.recogniser.gallery.instances())
    assert sum(map(len, things)) == len(recognising.recogniser.gallery.instances())
    assert abs(len(things[0]) - len(things[1])) <= 1


def test_a_fold_was_fitted_without_its_things(
    recognising: Recognising, rng: np.random.Generator, asked: CalibrationSamples
) -> None:
    items = recognising.recogniser.index.items
    for part in folds(recognising, rng):
        others = [kind for id, kind in zip(asked.ids, asked.kinds, strict=True)
                  if kind == QueryKind.STRANGER or items[int(id)].instance not in part.things]  # fmt: skip
        assert sum(part.fitted.counts.values()) == len(others)
        assert part.fitted.counts["left out"] == sum(kind == QueryKind.LEFT_OUT for kind in others)


def _calibration(impostors: list[float]) -> Calibration:
    """The logarithm of the votes is the utility."""
    ones = np.zeros(len(LOCAL)), np.ones(len(LOCAL))
    weights = np.eye(len(LOCAL) + 1)[0]
    return Calibration((*LOCAL, "constant"), Scale(*ones), weights, np.array(impostors), len(impostors), {}, 10)


def _evidence(*logits: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rows = np.zeros((len(logits), len(LOCAL)))
    rows[:, 0] = logits
    return rows


def test_who_gets_a_name_is_decided_by_the_fold_that_did_not_see_it() -> None:
    from data.impostors import Fold

    photos = Impostors(np.array(["a", "b", "a", "c"], object), tuple(map(_evidence, (2.0, 2.0, -2.0, 0.0))))
    strict, lax = _calibration([0.95] * 10), _calibration([0.2] * 10)
    assert photos.named(strict, 0.0).tolist() == [False] * 4
    assert photos.named(lax, 0.0).tolist() == [True, True, False, True]
    parts = [Fold(strict, np.array(["a"], object)), Fold(lax, np.array(["b", "c"], object))]
    assert sorted(named_across(photos, parts, 0.0).tolist()) == [False, False, True, True]


def test_photos_without_candidates_get_no_name() -> None:
    photos = Impostors(np.array(["a"], object), (_evidence(),))
    assert photos.named(_calibration([0.5]), 1.0).tolist() == [False]
