"""Average residuals, overlaps and chance, against loops and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.interpretation.consistency import (
    average_residuals,
    heat,
    in_words,
    intersection_over_union,
    rank_correlations,
    shuffled,
)


def test_residuals_are_the_paper_s_formula(rng: np.random.Generator) -> None:
    one, other = rng.random((2, 3, 4, 5))
    found = average_residuals(one, other)
    for row in range(3):
        total = 0.0
        for i in range(4):
            for j in range(5):
                total += abs(one[row, i, j] - other[row, i, j])
        assert found[row] == pytest.approx(total / (4 * 5))
    assert (average_residuals(one, one) == 0).all()
    assert average_residuals(np.zeros((1, 2, 2)), np.ones((1, 2, 2))) == [1]


def test_overlap_by_hand() -> None:
    one = np.array([[[1.0, 0.7], [0.1, 0.0]], [[0.1, 0.1], [0.1, 0.1]]])
    other = np.array([[[0.9, 0.2], [0.8, 0.0]], [[0.1, 0.1], [0.1, 0.1]]])
    found = intersection_over_union(one, other, 0.6)
    assert found[0] == pytest.approx(1 / 3)
    assert np.isnan(found[1])


def test_ranks_do_not_mind_the_scale(rng: np.random.Generator) -> None:
    one = rng.random((2, 6, 6))
    assert rank_correlations(one, one**3) == pytest.approx([1, 1])
    assert rank_correlations(one, -one) == pytest.approx([-1, -1])


@pytest.mark.parametrize("n", [2, 3, 50])
def test_no_photo_stays_at_its_place(n: int, rng: np.random.Generator) -> None:
    order = shuffled(n, rng=rng)
    assert sorted(order) == list(range(n))
    assert (order != np.arange(n)).all()


def test_heat_lies_where_cells_lie() -> None:
    """One hot cell of 3 × 3, their centres at 3, 7 and 11 of 15 pixels: the heat is largest there, and 0 beyond."""
    maps = np.zeros((2, 3, 3))
    maps[0, 2, 0] = 5
    found = heat(maps, 3, 4, side=15, shape=15)
    assert np.unravel_index(found[0].argmax(), (15, 15))[0] >= 11
    assert found[0, 11, 3] == 1
    assert found[0, 9, 3] == pytest.approx(0.5)
    assert found[0, 3, 11] == 0
    assert (found[1] == 0).all()


@pytest.mark.parametrize(
    ("between", "again", "word"),
    [(0.30, 0.10, "as far apart"), (0.2, 0.1, "share 50 %"), (0.1, 0.1, "as well as"), (0.3, 0.3, "looks elsewhere")],
)
def test_a_sentence_says_what_it_means(between: float, again: float, word: str) -> None:
    assert word in in_words(between, 0.3, (again, 0.3))
    assert "not measured" in in_words(between, 0.3, None)


def test_maps_of_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="of one shape"):
        average_residuals(np.zeros((1, 2, 2)), np.zeros((1, 3, 3)))
