"""Answers of an encoder as pictures: the hardest confusions, and what is found before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.report.page import PageImage
from resight.types import Array

from .measurement import Measurement
from .outcome import TrainingOutcome

CONFUSIONS: Final = 6
STRIPS: Final = 6
"""Number of questions that are shown."""

TURNS: Final = {
    (False, True): "mended",
    (True, False): "broken",
    (True, True): "right before and after",
    (False, False): "wrong before and after",
}
"""Whether an answer was right before, and after."""


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """A question that was answered wrongly, and how many ``more`` are like it.

    ``wanted`` is a known photo of what was asked about; None where nothing known shows it.
    """

    asked: PageImage
    answered: PageImage
    wanted: PageImage | None
    more: int


@dataclass(frozen=True, slots=True, eq=False)
class Confusions:
    """Confusions of one kind: what is ``said`` of them, those ``shown``, and how many pairs are ``further``."""

    said: str
    shown: list[Confusion]
    further: int


@dataclass(frozen=True, slots=True, eq=False)
class NearestBeforeAfter:
    """A question, and the known photos that were nearest to it before and after."""

    asked: PageImage
    before: list[PageImage]
    after: list[PageImage]


def confusions(outcome: TrainingOutcome) -> list[Confusions]:
    """Things that are taken for one another, the surest answers first; then unknown ones that are for known ones."""
    asked, wrong = int(outcome.training_set.kept.sum()), outcome.training_set.kept & ~outcome.after.right[:, 0]
    answerable = outcome.after.answerable
    kinds = (
        (wrong & answerable, "name another thing than was asked"),
        (wrong & ~answerable, "name a thing where nothing known was asked, which only a low cosine can tell"),
    )
    return [
        _group(outcome, np.flatnonzero(chosen), f"{int(chosen.sum())} of {asked} answers {said}.")
        for chosen, said in kinds
        if chosen.any()
    ]


def _group(outcome: TrainingOutcome, wrong: Array, said: str) -> Confusions:
    confused, same = _confused(outcome, wrong), outcome.training_set.same() & ~outcome.training_set.ignored()
    shown = [_confusion(outcome, first, more, same[first]) for first, *more in confused[:CONFUSIONS]]
    return Confusions(said, shown, len(confused) - len(shown))


def _confused(outcome: TrainingOutcome, wrong: Array) -> list[list[int]]:
    """Wrongly answered questions by what was asked and what was answered, the surest pair and question first."""
    entries, parts = outcome.training_set.entries, outcome.training_set.parts
    pairs: dict[tuple[Any, ...], list[int]] = {}
    for question in wrong[np.argsort(-outcome.after.scores[wrong, 0], kind="stable")]:
        answer = parts.known[outcome.after.rows[question, 0]]
        pairs.setdefault((entries[parts.asked[question]].labels, entries[answer].label), []).append(int(question))
    return list(pairs.values())


def _confusion(outcome: TrainingOutcome, question: int, more: Sequence[int], same: Array) -> Confusion:
    """A question, its answer and what was wanted, ``same (n,)`` bool; and how many ``more`` are like it."""
    after = outcome.after
    answered = _known(outcome, after.rows[question, 0], f"✗ answered, {after.scores[question, 0]:.2f}", "wrong")
    wanted = _known(outcome, int(same.argmax()), "✓ wanted", "right") if same.any() else None
    return Confusion(_asked(outcome, question), answered, wanted, len(more))


def strips(outcome: TrainingOutcome) -> list[NearestBeforeAfter]:
    """Strips of what is found for a few questions, before and after."""
    return [_strip(outcome, question) for question in _shown(outcome)]


def _strip(outcome: TrainingOutcome, question: int) -> NearestBeforeAfter:
    before, after = (_nearest(outcome, measured, question) for measured in (outcome.before, outcome.after))
    change = TURNS[bool(outcome.before.right[question, 0]), bool(outcome.after.right[question, 0])]
    return NearestBeforeAfter(_asked(outcome, question, f" ({change})"), before, after)


def _nearest(outcome: TrainingOutcome, measured: Measurement, question: int) -> list[PageImage]:
    found = zip(measured.rows[question], measured.scores[question], measured.right[question], strict=True)
    return [
        _known(outcome, place, f"{'✓' if right else '✗'} {score:.2f}", "right" if right else "wrong")
        for place, score, right in found
    ]


def _shown(outcome: TrainingOutcome) -> list[int]:
    """Questions whose answers changed, mended and broken in turn, then others."""
    before, after, kept = outcome.before.right[:, 0], outcome.after.right[:, 0], outcome.training_set.kept
    mended, broken = (np.flatnonzero(kept & each) for each in (after & ~before, before & ~after))
    rest = np.flatnonzero(kept & (before == after))
    first = [*mended[: STRIPS // 2], *broken[: STRIPS // 2]]
    return [int(each) for each in (*first, *rest[: STRIPS - len(first)])]


def _asked(outcome: TrainingOutcome, question: int, said: str = "") -> PageImage:
    entry = outcome.training_set.entries[outcome.training_set.parts.asked[question]]
    viewed = " by a view" if outcome.training_set.parts.viewed[question] else ""
    shown = [label for label in entry.labels if label in outcome.training_set.instances] or entry.labels
    return PageImage(outcome.question(question), f"asked{viewed}: {' | '.join(shown) or 'nothing known'}{said}")


def _known(outcome: TrainingOutcome, place: int, said: str, kind: str) -> PageImage:
    number = outcome.training_set.parts.known[place]
    entry = outcome.training_set.entries[number]
    return PageImage(np.array(outcome.training_set.decoded.pixels[number]), f"{said}: {entry.label}", kind)
