"""Triplet miners against loops over all triplets, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.nn.mining.triplets import (
    easy_hard,
    hard_positive,
    hardest,
    random_negative,
    semi_hard,
    semi_hard_then_hardest,
)

LABELS = np.array([0, 1, 0, 2, 1, 0, -1, 3, 2, -1, 0])
N = len(LABELS)


@pytest.fixture
def similarities(rng: np.random.Generator) -> Any:
    rows = rng.standard_normal((N, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def _positives(a: int) -> list[int]:
    return [j for j in range(N) if j != a and LABELS[j] == LABELS[a] != -1]


def _negatives(a: int) -> list[int]:
    return [j for j in range(N) if LABELS[j] != LABELS[a]]


def _pairs() -> list[tuple[int, int]]:
    return [(a, p) for a in range(N) for p in _positives(a)]


def test_random_negatives_are_negatives_of_every_positive_pair(similarities: Any, rng: np.random.Generator) -> None:
    found = random_negative(similarities, LABELS, rng=rng)
    assert [tuple(pair) for pair in found[:, :2].tolist()] == _pairs()
    assert all(n in _negatives(a) for a, _, n in found.tolist())


def test_every_negative_is_drawn(similarities: Any, rng: np.random.Generator) -> None:
    drawn = {n for _ in range(60) for a, _, n in random_negative(similarities, LABELS, rng=rng).tolist() if a == 0}
    assert drawn == set(_negatives(0))


def test_hardest_is_the_loop(similarities: Any, rng: np.random.Generator) -> None:
    wanted = [[a, p, max(_negatives(a), key=lambda n: similarities[a, n])] for a, p in _pairs()]
    assert hardest(similarities, LABELS, rng=rng).tolist() == wanted


@pytest.mark.parametrize("margin", [0.05, 0.2, 5.0])
def test_semi_hard_is_the_loop(margin: float, similarities: Any, rng: np.random.Generator) -> None:
    wanted = []
    for a, p in _pairs():
        s = similarities[a]
        between = [n for n in _negatives(a) if s[p] - margin < s[n] < s[p]]
        if between:
            wanted.append([a, p, max(between, key=lambda n: s[n])])
    assert 0 < len(wanted) < len(_pairs())
    assert semi_hard(similarities, LABELS, rng=rng, margin=margin).tolist() == wanted


def test_semi_hard_by_hand(rng: np.random.Generator) -> None:
    """The positive at 0.6: a negative as near is not semi-hard, nor one nearer, nor one at 0.4 − ε."""
    labels = np.array([0, 0, 1, 1, 1, 1])
    row = np.array([[1.0, 0.6, 0.9, 0.6, 0.45, 0.39]])
    anchor = np.array([0])
    assert semi_hard(row, labels, rng=rng, rows=anchor, margin=0.2).tolist() == [[0, 1, 4]]
    assert semi_hard(row, labels, rng=rng, rows=anchor, margin=0.1).tolist() == []
    assert hardest(row, labels, rng=rng, rows=anchor).tolist() == [[0, 1, 2]]


def test_the_epoch_switches_from_semi_hard_to_hardest(similarities: Any, rng: np.random.Generator) -> None:
    semi, hard = (miner(similarities, LABELS, rng=rng).tolist() for miner in (semi_hard, hardest))
    assert semi != hard
    for epoch, wanted in ((0, semi), (3, semi), (4, hard), (90, hard)):
        assert semi_hard_then_hardest(similarities, LABELS, rng=rng, epoch=epoch, switch=4).tolist() == wanted


@pytest.mark.parametrize(("positives", "negatives", "kept"), [(3, 3, 1), (1, 2, 2), (2, 3, 4), (9, 20, 99)])
def test_easy_hard_is_the_loop(
    positives: int, negatives: int, kept: int, similarities: Any, rng: np.random.Generator
) -> None:
    wanted = []
    for a in range(N):
        s = similarities[a]
        easy = sorted(_positives(a), key=lambda j: -s[j])[:positives]
        hard = sorted(_negatives(a), key=lambda j: -s[j])[:negatives]
        triplets = sorted(((p, n) for p in easy for n in hard), key=lambda pair: s[pair[0]] - s[pair[1]])
        wanted += [[a, *pair] for pair in triplets[:kept]]
    found = easy_hard(similarities, LABELS, rng=rng, positives=positives, negatives=negatives, kept=kept)
    assert found.tolist() == wanted


def test_hard_positive_is_the_loop(similarities: Any, rng: np.random.Generator) -> None:
    wanted = []
    for a in range(N):
        s = similarities[a]
        if _positives(a):
            wanted.append([a, min(_positives(a), key=lambda j: s[j]), max(_negatives(a), key=lambda j: s[j])])
    assert hard_positive(similarities, LABELS, rng=rng).tolist() == wanted
