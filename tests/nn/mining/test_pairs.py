"""Pair miners against loops over all pairs, and the share that is promised."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from resight.nn.mining.pairs import hardest_pairs, random_pairs, same

LABELS = np.array([0, 1, 0, 2, 1, 0, -1, 3, 2, -1])


@pytest.fixture
def similarities(rng: np.random.Generator) -> Any:
    rows = rng.standard_normal((10, 4))
    return rows @ rows.T


def _positive(i: int, j: int) -> bool:
    return bool(LABELS[i] == LABELS[j] != -1)


POSITIVES = {(i, j) for i, j in combinations(range(10), 2) if _positive(i, j)}
NEGATIVES = {(i, j) for i, j in combinations(range(10), 2) if LABELS[i] != LABELS[j]}


def test_the_loops_know_what_there_is() -> None:
    """3 + 1 + 1 positive pairs of 45, one pair of unknowns."""
    assert (len(POSITIVES), len(NEGATIVES)) == (5, 39)


@pytest.mark.parametrize(("share", "negatives"), [(0.0, 0), (0.5, 5), (0.8, 20), (0.9, 39), (0.99, 39)])
def test_random_pairs_are_all_positives_and_the_share_of_negatives(
    share: float, negatives: int, similarities: Any, rng: np.random.Generator
) -> None:
    """For 90 % it would take 45 negatives, and there are but 39."""
    found = [tuple(pair) for pair in random_pairs(similarities, LABELS, rng=rng, share=share).tolist()]
    assert len(found) == len(set(found)) == 5 + negatives
    assert set(found[:5]) == POSITIVES
    assert set(found[5:]) <= NEGATIVES


def test_every_negative_pair_is_drawn_alike(similarities: Any, rng: np.random.Generator) -> None:
    """Of 39 pairs 5 are drawn: in 1500 draws each comes about 192 times, ± 13."""
    counts = dict.fromkeys(NEGATIVES, 0)
    for _ in range(1500):
        for pair in random_pairs(similarities, LABELS, rng=rng, share=0.5)[5:].tolist():
            counts[tuple(pair)] += 1
    expected = 1500 * 5 / 39
    assert max(abs(count - expected) for count in counts.values()) < 4 * 13


def test_random_pairs_of_a_seed_are_the_same(similarities: Any) -> None:
    found = [random_pairs(similarities, LABELS, rng=np.random.default_rng(s), share=0.5).tolist() for s in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_hardest_pairs_are_the_loop(count: int, similarities: Any, rng: np.random.Generator) -> None:
    wanted = []
    for i in range(10):
        wanted += [(i, j) for j in range(i + 1, 10) if _positive(i, j)]
        others = [j for j in range(10) if LABELS[j] != LABELS[i]]
        wanted += [(i, j) for j in sorted(others, key=lambda j: -similarities[i, j])[:count]]
    assert hardest_pairs(similarities, LABELS, rng=rng, count=count).tolist() == [list(pair) for pair in wanted]


def test_same_by_hand() -> None:
    pairs = np.array([[0, 2], [0, 1], [6, 9], [6, 0], [8, 3]])
    assert same(pairs, LABELS).tolist() == [True, False, False, False, True]
    assert same(pairs[:0], LABELS).shape == (0,)


@pytest.mark.parametrize("share", [1.0, -0.1, float("nan")])
def test_an_impossible_share_is_refused(share: float, similarities: Any, rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="the share of negative pairs is"):
        random_pairs(similarities, LABELS, rng=rng, share=share)
