"""The mean cosine against a loop over all pairs, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from resight.metrics.collapse import mean_cosine


def test_mean_cosine_is_the_loop(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(9, 4)) + 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    wanted = [float(rows[i] @ rows[j]) for i in range(9) for j in range(9) if i != j]
    assert mean_cosine(rows) == pytest.approx(sum(wanted) / 72, rel=1e-12)
    assert mean_cosine(rows.astype(np.float32)) == pytest.approx(sum(wanted) / 72, rel=1e-6)


def test_mean_cosine_by_hand() -> None:
    assert mean_cosine(np.eye(3)) == 0
    assert mean_cosine(np.ones((5, 1))) == pytest.approx(1)
    assert mean_cosine(np.array([[1.0, 0.0], [-1.0, 0.0]])) == -1
    assert mean_cosine(np.ones((1, 1))) == 0
