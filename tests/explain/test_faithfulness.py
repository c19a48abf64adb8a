"""Deletion and insertion: by hand for a score that is known, and for maps that are right, wrong and meaningless."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from resight.explain.faithfulness import cells, faithfulness, of_photo
from resight.io import images

SHAPE = (12, 16)


def _sum_of(weights: Any) -> Any:
    return lambda seen: float(weights[seen].sum())


def _slow(weights: Any, order: Any, steps: int) -> float:
    """The trapezoidal rule over the shares of weight that are left, by a loop."""
    flat, left = weights.ravel().tolist(), []
    for step in range(steps + 1):
        hidden = set(order[: round(step * len(order) / steps)].tolist())
        left.append(sum(w for i, w in enumerate(flat) if i not in hidden) / sum(flat))
    return sum((a + b) / 2 / steps for a, b in pairwise(left))


def test_the_areas_are_the_loops(rng: np.random.Generator) -> None:
    weights = rng.random(SHAPE) ** 4
    found = faithfulness(_sum_of(weights), weights, rng=rng, steps=6)
    assert found is not None
    order = np.argsort(-weights.ravel())
    assert found.deletion == pytest.approx(_slow(weights, order, 6))
    assert found.insertion == pytest.approx(_slow(weights, order[::-1], 6))


def test_a_right_map_is_better_than_random_and_a_wrong_one_worse(rng: np.random.Generator) -> None:
    weights = np.zeros(SHAPE)
    weights[3:7, 9:14] = 1
    right = faithfulness(_sum_of(weights), weights, rng=rng)
    wrong = faithfulness(_sum_of(weights), 1 - weights, rng=rng)
    assert right is not None
    assert wrong is not None
    assert right.deletion < 0.15 < 0.4 < right.random < 0.6 < 0.85 < right.insertion
    assert wrong.deletion == pytest.approx(right.insertion, abs=0.05)
    assert wrong.insertion == pytest.approx(right.deletion, abs=0.05)


def test_a_map_that_means_nothing_is_as_good_as_random(rng: np.random.Generator) -> None:
    weights = rng.random(SHAPE)
    found = [faithfulness(_sum_of(weights), rng.random(SHAPE), rng=rng, orders=8) for _ in range(40)]
    assert np.mean([one.deletion - one.random for one in found if one]) == pytest.approx(0, abs=0.01)
    assert np.mean([one.insertion - one.random for one in found if one]) == pytest.approx(0, abs=0.01)


def test_a_map_of_equals_is_hidden_in_no_order_of_its_own(rng: np.random.Generator) -> None:
    """Else the upper left corner would be hidden first, and a flat map be better where the thing is there."""
    weights = np.zeros(SHAPE)
    weights[:4, :4] = 1
    found = [faithfulness(_sum_of(weights), np.ones(SHAPE), rng=rng) for _ in range(30)]
    assert np.mean([one.deletion for one in found if one]) == pytest.approx(0.5, abs=0.05)


def test_where_nothing_can_be_tested_there_is_no_figure(rng: np.random.Generator) -> None:
    assert faithfulness(_sum_of(np.ones(SHAPE)), np.zeros(SHAPE), rng=rng) is None
    assert faithfulness(_sum_of(np.zeros(SHAPE)), np.ones(SHAPE), rng=rng) is None
    assert faithfulness(lambda seen: -float(seen.sum()), np.ones(SHAPE), rng=rng) is None


def test_a_score_that_is_hardly_above_that_of_nothing_is_not_tested(rng: np.random.Generator) -> None:
    """Any part of the photo has ten times what the whole has: of such a score no share can be told."""

    def score(seen: Any) -> float:
        return 0.0 if not seen.any() else 0.1 if seen.all() else 1.0

    assert faithfulness(score, rng.random(SHAPE), rng=rng) is None
    assert faithfulness(lambda seen: score(~seen) + float(seen.all()), rng.random(SHAPE), rng=rng) is not None


def test_only_what_seeing_adds_counts(rng: np.random.Generator) -> None:
    """A cosine of 0.9 with a photo of nothing is no merit of any place."""
    weights = rng.random(SHAPE)
    plain, lifted = (
        faithfulness(lambda seen, low=low: low + 2 * float(weights[seen].sum()), weights, rng=np.random.default_rng(1))
        for low in (0.0, 90.0)
    )
    assert plain is not None
    assert lifted is not None
    assert lifted.deletion == pytest.approx(plain.deletion)
    assert lifted.random == pytest.approx(plain.random)


@pytest.mark.parametrize(
    ("shape", "expected"), [((120, 160), (12, 16)), ((1, 1), (1, 1)), ((3, 500), (1, 16)), ((5, 4), (5, 4))]
)
def test_a_map_has_cells_of_its_shape(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert cells(shape) == expected


def test_what_is_hidden_is_blurred_and_the_rest_is_untouched(rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    kept, seen = photo.copy(), []
    mask = np.ones((6, 8), bool)
    mask[2:4, 4:8] = False
    of_photo(lambda image: seen.append(image) or 1.0, photo)(mask)  # type: ignore[func-returns-value]
    [image] = seen
    hidden = np.zeros((60, 80), bool)
    hidden[20:40, 40:] = True
    np.testing.assert_array_equal(image[~hidden], photo[~hidden])
    assert image[hidden].std() < 0.4 * photo[hidden].std()
    np.testing.assert_array_equal(photo, kept)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1)])
def test_photos_of_any_shape_can_be_hidden(rng: np.random.Generator, shape: tuple[int, int]) -> None:
    """One pixel has no blur but itself, so that nothing of it can be tested."""
    photo = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = faithfulness(of_photo(lambda image: float(image.std()), photo), np.ones(shape), rng=rng)
    assert (found is None) == (shape == (1, 1))


def test_a_photo_that_is_seen_whole_is_itself(rng: np.random.Generator) -> None:
    photo = images.resize(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8), (33, 21))
    score = of_photo(lambda image: float((image == photo).all()), photo)
    assert score(np.ones(cells(photo.shape[:2]), bool)) == 1
