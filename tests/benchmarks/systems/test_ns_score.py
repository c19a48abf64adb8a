"""The N-S score from rankings, by hand and against the metric on whole rankings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data.packs import Pack
from systems.ns_score import found
from systems.ranking import Ranking

from resight.io.datasets.dataset import Entry
from resight.metrics.ranking import n_s_score


def _pack(objects: int) -> Pack:
    entries = tuple(
        Entry(f"{thing}{view}", Path("x"), (f"{thing}",)) for thing in range(objects) for view in "abcd"
    )  # fmt: skip
    return Pack("objects", Path("x"), entries, entries)


def _ranking(*photos: str) -> Ranking:
    return Ranking(photos, tuple(range(len(photos), 0, -1)))


def test_right_photos_among_the_first_four_are_counted() -> None:
    pack = _pack(2)
    first = [_ranking("0a", "0b", "1a", "1b", "0c"), _ranking("0b", "0a", "0d", "0c"), _ranking("0c"), _ranking()]
    second = [_ranking("1a", "1b", "1c", "1d")] * 4
    result = found(pack, first + second)
    assert result.counts.tolist() == [2, 4, 1, 0, 4, 4, 4, 4]
    assert result.sums.tolist() == [7, 16]
    assert result.score().value == pytest.approx(23 / 8)
    assert result.score().n == 2


def test_it_is_the_metric_s_score(rng: np.random.Generator) -> None:
    pack = _pack(10)
    names = np.array([entry.name for entry in pack.references])
    rankings = [_ranking(*rng.permutation(names)) for _ in pack.queries]
    relevant = np.array([
        [photo[0] == entry.labels[0] for photo in ranking.photos]
        for entry, ranking in zip(pack.queries, rankings, strict=True)
    ])  # fmt: skip
    assert found(pack, rankings).score().value == pytest.approx(n_s_score(relevant))


def test_whole_objects_are_resampled() -> None:
    """Where an object is all right or all wrong, the interval is that of 40 coins, not of 160."""
    pack = _pack(40)
    rankings = [
        _ranking(*(f"{entry.labels[0] if int(entry.labels[0]) % 2 else 'x'}{view}" for view in "abcd"))
        for entry in pack.queries
    ]
    instances = {**pack.instances, **{f"x{view}": "x" for view in "abcd"}}
    wrong = tuple(Entry(name, Path("x"), (label,)) for name, label in instances.items())
    score = found(Pack("objects", Path("x"), wrong, pack.queries), rankings).score()
    assert score.value == 2
    assert (score.high - score.low) / 2 == pytest.approx(1.96 * 4 * np.sqrt(0.25 / 40), rel=0.1)


def test_only_answers_to_the_same_queries_are_compared() -> None:
    whole = found(_pack(2), [_ranking("0a")] * 8)
    part = found(_pack(1), [_ranking("0a")] * 4)
    with pytest.raises(ValueError, match="different queries"):
        whole.less(part)
    assert whole.less(whole).value == 0
