from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.explain.rank_correlation import rank_correlation


def _slow(a: list[float], b: list[float]) -> float:
    def ranks(values: list[float]) -> list[float]:
        return [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]

    x, y = ranks(a), ranks(b)
    mean = (len(a) + 1) / 2
    joint = sum((i - mean) * (j - mean) for i, j in zip(x, y, strict=True))
    return joint / (sum((i - mean) ** 2 for i in x) * sum((j - mean) ** 2 for j in y)) ** 0.5


def test_it_is_the_loop_also_with_equals(rng: np.random.Generator) -> None:
    for _ in range(20):
        a, b = rng.integers(0, 6, (2, 3, 5)).astype(float)
        assert rank_correlation(a, b) == pytest.approx(_slow(a.ravel().tolist(), b.ravel().tolist()))


def test_only_the_order_counts(rng: np.random.Generator) -> None:
    a = rng.normal(size=(6, 7))
    assert rank_correlation(a, np.exp(a)) == pytest.approx(1)
    assert rank_correlation(a, -(a**3)) == pytest.approx(-1)


def test_a_flat_map_is_like_no_other(rng: np.random.Generator) -> None:
    assert rank_correlation(np.ones((3, 3)), rng.normal(size=(3, 3))) == 0
    with pytest.raises(ShapeError, match=r"\(3,\) and \(4,\)"):
        rank_correlation(np.ones(3), np.ones(4))
