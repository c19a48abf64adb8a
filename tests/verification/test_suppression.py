"""Suppression against a loop over pairs, and what must not change it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.verification.suppression import suppress

Array = npt.NDArray[Any]


def _slow(scores: Array, overlaps: Array, least: float) -> list[list[int]]:
    """Strongest first, every hypothesis to the first leader that it overlaps."""
    groups: list[list[int]] = []
    for hypothesis in sorted(range(len(scores)), key=lambda one: (-scores[one], one)):
        for group in groups:
            if overlaps[group[0], hypothesis] >= least:
                group.append(hypothesis)
                break
        else:
            groups.append([hypothesis])
    return groups


def _overlaps(rng: np.random.Generator, n: int) -> Array:
    drawn = np.triu(rng.random((n, n)) ** 3, 1)
    return drawn + drawn.T + np.eye(n)


@pytest.mark.parametrize("least", [0.05, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("n", [0, 1, 7, 25])
def test_it_is_the_loop(n: int, least: float, rng: np.random.Generator) -> None:
    scores = rng.integers(0, 6, n) / 5.0
    overlaps = _overlaps(rng, n)
    found = [group.tolist() for group in suppress(scores, overlaps, least=least)]
    assert found == _slow(scores, overlaps, least)


def test_every_hypothesis_is_in_one_group_and_leaders_do_not_overlap(rng: np.random.Generator) -> None:
    scores, overlaps = rng.random(30), _overlaps(rng, 30)
    groups = suppress(scores, overlaps, least=0.4)
    assert sorted(np.concatenate(groups).tolist()) == list(range(30))
    leaders = np.array([group[0] for group in groups])
    assert (overlaps[np.ix_(leaders, leaders)][~np.eye(len(leaders), dtype=bool)] < 0.4).all()
    assert all(scores[group[0]] == scores[group].max() for group in groups)


def test_hypotheses_that_enclose_nothing_stand_alone() -> None:
    found = suppress(np.array([0.2, 0.9]), np.zeros((2, 2)), least=0.5)
    assert [group.tolist() for group in found] == [[1], [0]]


def test_overlaps_of_other_hypotheses_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"overlaps \(2, 3\) of 2 scores; wanted one of each pair"):
        suppress(np.zeros(2), np.zeros((2, 3)), least=0.5)
