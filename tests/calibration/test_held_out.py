"""Held-out answers: each by a fit without its instance, dealt as photos of use would come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.held_out import FOLDS, NONE_HELD_OUT, HeldOutAnswers, cross_fit, hold_out
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate
from resight.errors import GalleryError

Array = npt.NDArray[Any]


def asked(
    ids: Sequence[int], kinds: Sequence[int], answers: Sequence[int], tokens: Sequence[int]
) -> CalibrationSamples:
    """Questions with two candidates and one column of evidence each."""
    q = len(ids)
    evidence, present = np.zeros((q, 2, 1)), np.ones((q, 2), bool)
    numbers = (np.array(each) for each in (ids, kinds, tokens))
    return CalibrationSamples(*numbers, evidence, present, np.array(answers), np.zeros((q, 2), np.int64))


def test_each_question_is_answered_without_its_instance() -> None:
    names = [f"thing {number % 7}" for number in range(28)]
    ids = list(range(28))
    samples = asked(ids, [QueryKind.HELD_OUT, QueryKind.LEFT_OUT] * 14, [0, -1] * 14, [0] * 28)
    fits: list[Array] = []

    def chances(kept: Array) -> Array:
        fits.append(kept)
        return np.tile([0.6, 0.1], (28, 1))

    found = hold_out(samples, cross_fit(samples, names, chances))
    assert 1 < len(fits) <= FOLDS
    assert np.array([~kept for kept in fits]).sum(axis=0).tolist() == [1] * 28  # each is left out once
    for kept in fits:
        assert {names[row] for row in np.flatnonzero(kept)}.isdisjoint(names[row] for row in np.flatnonzero(~kept))
    assert found.confidences.tolist() == [0.6] * 28
    assert found.right.tolist() == found.known.tolist() == [True, False] * 14


def test_views_and_unknown_photos_are_told_apart_by_what_they_are_of() -> None:
    ids = [3, 3, 4, -1, -1, -1]
    kinds = [
        QueryKind.VIEW,
        QueryKind.LEFT_OUT,
        QueryKind.VIEW,
        QueryKind.UNKNOWN,
        QueryKind.UNKNOWN,
        QueryKind.UNKNOWN,
    ]
    samples = asked(ids, kinds, [0, -1, 1, -1, -1, -1], [7, 8, 9, 5, 5, 6])
    found = hold_out(samples, np.tile([0.3, 0.1], (6, 1)))
    assert len(np.unique(found.photos)) == 4
    assert found.photos[0] == found.photos[1]
    assert found.photos[3] == found.photos[4]
    assert found.right.tolist() == [True, False, False, False, False, False]


def test_without_a_candidate_nothing_is_right() -> None:
    samples = replace(asked([1], [QueryKind.VIEW], [-1], [0]), present=np.zeros((1, 2), bool))
    found = hold_out(samples, cross_fit(samples, ["a"], lambda kept: np.full((1, 2), 0.4)))
    assert (found.confidences.tolist(), found.right.tolist()) == ([0.0], [False])
    nothing = concatenate([], 1)
    empty = hold_out(nothing, cross_fit(nothing, [], lambda kept: np.zeros((0, 1))))
    assert len(empty) == 0


def answers(known: int, unknown: int, *, both: int = 0, confidence: float = 0.95) -> HeldOutAnswers:
    """Photos that were asked about as known, as unknown, and as both; all known ones rightly named."""
    count = known + unknown + 2 * both
    is_known = np.repeat([True, False, True, False], [known, unknown, both, both])
    photos = np.concatenate([np.arange(known + unknown), *[np.arange(both) + known + unknown] * 2])
    confidences = np.where(is_known, confidence, 0.05)
    assert len(confidences) == count
    return HeldOutAnswers(confidences, is_known, is_known, photos)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("counts", [(300, 200, 0), (0, 0, 400), (50, 20, 300)])
def test_photos_are_dealt_as_use_would_bring_them(share: float, counts: tuple[int, int, int]) -> None:
    found = answers(*counts[:2], both=counts[2])
    rows = found.draw(share)
    assert len(np.unique(found.photos[rows])) == len(rows)  # none twice
    assert (~found.known[rows]).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(rows)))
    if counts[2] == 400:
        assert len(rows) > 350
    assert rows.tolist() == found.draw(share).tolist()


def test_a_rate_is_promised_by_enough_photos() -> None:
    enough = answers(0, 0, both=600).threshold(0.02, 0.5)
    assert enough.promised
    assert (enough.false_discovery_rate, enough.wrong, enough.needed, enough.asked) == (0.02, 0, 0, 600)
    assert enough.value < 0.95
    few = answers(0, 0, both=60).threshold(0.02, 0.5)
    assert not few.promised
    assert few.value == pytest.approx(0.98)
    assert few.needed is not None
    assert 250 < few.needed < 450
    assert answers(0, 0, both=2 * few.needed).threshold(0.02, 0.5).promised


def test_more_unknown_photos_ask_for_more() -> None:
    few = answers(0, 0, both=12)
    assert few.threshold(0.1, 0.5).value == pytest.approx(0.9)
    assert few.threshold(0.1, 0.9).value == pytest.approx(9 * 9 / (9 * 9 + 1))
    assert few.threshold(0.1, 0.1).value == pytest.approx(0.9)


def test_a_stricter_threshold_is_promised_where_it_was_tested() -> None:
    found = answers(0, 0, both=600)
    least = found.threshold(0.05, 0.5).value
    assert found.threshold(0.05, 0.5, least=0.9).value >= 0.9 > least
    beyond = found.threshold(0.05, 0.5, least=0.9999)
    assert (beyond.promised, beyond.value) == (False, 0.9999)


def test_the_least_rate_that_is_promised() -> None:
    assert answers(0, 0, both=600).least_rate(0.5) == 0.01
    assert answers(0, 0, both=3).least_rate(0.5) is None
    assert NONE_HELD_OUT.least_rate(0.5) is None


def test_they_are_stored_and_restored() -> None:
    found = answers(3, 2)
    again = HeldOutAnswers.of(found.arrays())
    assert all((again.arrays()[name] == array).all() for name, array in found.arrays().items())
    assert HeldOutAnswers.are_in(found.arrays())
    assert not HeldOutAnswers.are_in({})
    assert len(HeldOutAnswers.of({})) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_out_confidences": np.full(5, 1.5)},
        {"held_out_confidences": np.full(5, np.nan)},
        {"held_out_right": np.zeros(4, bool)},
        {"held_out_known": np.zeros(5, np.int64)},
        {"held_out_photos": np.zeros((5, 1), np.int64)},
    ],
)
def test_what_is_damaged_is_refused(wrong: dict[str, Array]) -> None:
    with pytest.raises(GalleryError, match="held-out answers"):
        HeldOutAnswers.of({**answers(3, 2).arrays(), **wrong})
