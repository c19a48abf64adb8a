"""A map of points: clusters stay together, and what says so is a loop's count."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.interpretation.embedding import chance_purity, embed, purity


def test_clusters_stay_together_however_few() -> None:
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 12)
    rows = rng.normal(size=(24, 5)) + 20 * labels[:, None]
    found = embed(rows, labels, perplexity=30, seed=1)
    assert found.points.shape == (24, 2)
    assert found.perplexity == pytest.approx(23 / 3)  # scikit-learn refuses more than there are photos
    assert found.purity > 0.9
    assert found.chance == pytest.approx(11 / 23)
    assert 0.8 < found.trustworthiness <= 1
    one, other = (embed(rows, labels, perplexity=5, seed=seed, start="random").points for seed in (1, 2))
    assert np.abs(one - other).max() > 1
    with pytest.raises(ShapeError, match="wanted 5 at least"):
        embed(rows[:4], labels[:4], perplexity=30, seed=1)


def test_rows_that_vary_little_or_not_at_all_have_points() -> None:
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    labels = np.arange(8) % 2
    assert not embed(np.ones((8, 3)), labels, perplexity=5, seed=0).points.any()
    assert np.isfinite(embed(np.arange(8.0)[:, None], labels, perplexity=5, seed=0).points).all()


def test_purity_is_a_count(rng: np.random.Generator) -> None:
    points, labels = rng.random((15, 2)), rng.integers(0, 3, 15)
    shares = []
    for row in range(15):
        others = sorted((np.hypot(*(points[row] - points[one])), one) for one in range(15) if one != row)[:4]
        shares.append(np.mean([labels[one] == labels[row] for _, one in others]))
    assert purity(points, labels, 4) == pytest.approx(np.mean(shares))
    pairs = [labels[i] == labels[j] for i in range(15) for j in range(15) if i != j]
    assert chance_purity(labels) == pytest.approx(np.mean(pairs))
