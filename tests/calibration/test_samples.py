"""Samples of a calibration: blocks of questions joined, forgotten, counted and stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate, row
from resight.search.candidates import Candidates
from resight.types import SpatialVerification

HELD_OUT, VIEW, LEFT_OUT, LEFT_OUT_VIEW, UNKNOWN, EXAMPLE, _ = QueryKind

CHECK = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))


def test_kinds_are_stored_by_number() -> None:
    """A gallery's file keeps the numbers: to give one another meaning would misread every file."""
    assert [(int(kind), kind.words, kind.is_known, kind.is_view) for kind in QueryKind] == [
        (0, "held out", True, False),
        (1, "view", True, True),
        (2, "left out", False, False),
        (3, "left-out view", False, True),
        (4, "unknown", False, False),
        (5, "example", True, False),
        (6, "stranger", False, False),
    ]
    assert np.array([VIEW]).dtype == np.int64


def block(candidates: int, id: int, kind: int = VIEW, right: int = -1) -> CalibrationSamples:
    """One question whose evidence are the numbers from 1."""
    numbers = np.arange(1.0, 2 * candidates + 1).reshape(candidates, 2)
    checks = (CHECK,) * candidates
    return row(Candidates(tuple(range(candidates)), numbers, checks, checks), id, kind, 100 + id, right)


def test_blocks_are_gathered_and_padded() -> None:
    asked = concatenate([block(1, 7, right=0), block(0, 8, LEFT_OUT), block(3, 9, HELD_OUT, right=2)], 2)
    assert (asked.evidence.shape, len(asked)) == ((3, 3, 2), 3)
    assert asked.present.tolist() == [[True, False, False], [False] * 3, [True] * 3]
    assert asked.evidence.tolist() == [[[1, 2], [0, 0], [0, 0]], [[0, 0]] * 3, [[1, 2], [3, 4], [5, 6]]]
    assert asked.answers.tolist() == [0, -1, 2]
    assert asked.asked() == [(7, VIEW, 107), (8, LEFT_OUT, 108), (9, HELD_OUT, 109)]
    assert asked.counts() == {
        "held out": 1,
        "view": 1,
        "left out": 1,
        "left-out view": 0,
        "unknown": 0,
        "example": 0,
        "stranger": 0,
    }


@pytest.mark.parametrize("blocks", [[], [block(0, 1)]])
def test_no_candidate_at_all_is_room_for_one(blocks: list[CalibrationSamples]) -> None:
    """The fit looks an answer up among the candidates, even where it is "none"."""
    asked = concatenate(blocks, 2)
    assert asked.evidence.shape == (len(blocks), 1, 2)
    assert not asked.present.any()


def test_what_is_stored_comes_back() -> None:
    asked = concatenate([block(2, 1, right=1), block(1, 2, LEFT_OUT), block(2, 3)], 2)
    again = CalibrationSamples.of({**asked.arrays(), "weights": np.zeros(3)})
    kept = again.only([True, False, True])
    for name, array in asked.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)
        np.testing.assert_array_equal(kept.arrays()[name], array[[0, 2]])
    np.testing.assert_array_equal(kept.evidence, asked.evidence[[0, 2]])
    np.testing.assert_array_equal(kept.answers, [1, -1])


def test_what_was_found_of_photos_that_are_gone_is_forgotten() -> None:
    blocks = [block(2, 1), block(3, 2, LEFT_OUT), block(2, -1, UNKNOWN), block(1, 4)]
    asked = concatenate(blocks, 2)
    found = replace(asked, candidates=np.array([[5, 6, 0], [7, 8, 9], [6, 5, 0], [8, 0, 0]])).forgetting([6, 0])
    assert found.kinds.tolist() == [LEFT_OUT, UNKNOWN, VIEW]
    assert found.present.tolist() == [[True] * 3, [False, True, False], [True, False, False]]


def test_views_of_a_photo_are_one_photo_and_given_photos_are_told_by_their_content() -> None:
    views = [replace(block(1, 7), tokens=np.array([token])) for token in (1, 2)]
    given = [replace(block(1, -1, UNKNOWN), tokens=np.array([token])) for token in (1, 2, 1)]
    first, second, *others = concatenate([*views, *given], 2).photos.tolist()
    assert first == second
    assert (others[0] == others[2], len({first, *others})) == (True, 3)
