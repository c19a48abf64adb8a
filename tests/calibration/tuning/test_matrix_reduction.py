"""The learned reduction: few pairs leave the thesis's best, many find where the truth stands."""

from __future__ import annotations

import numpy as np

from resight.calibration.tuning.matrix_reduction import PRIOR, fit_reduction
from resight.calibration.tuning.pairs import held_out_pairs
from resight.search.similarity_matrix import REDUCTIONS
from resight.types import Array


def _photos(rng: np.random.Generator, noise: Array, n: int) -> tuple[Array, Array]:
    labels = np.repeat(np.arange(n // 2), 2)
    centres = rng.normal(size=(n, 1, 10))
    rows = centres[labels] + noise[:, None] * rng.normal(size=(n, len(noise), 10))
    return (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32), labels


def test_without_pairs_it_is_the_sum_of_columns(rng: np.random.Generator) -> None:
    rows, _ = _photos(rng, np.array([1.0, 1.0]), 8)
    reduction = fit_reduction(held_out_pairs(rows, np.arange(8), rows, np.arange(8), left_out=np.arange(8)))
    matrices = rng.normal(size=(5, 2, 2))
    np.testing.assert_allclose(reduction(matrices), PRIOR / 2 * REDUCTIONS["columns"](matrices))


def test_it_learns_which_scales_to_trust(rng: np.random.Generator) -> None:
    """Of three scales one is all noise; on photos that it was not fitted on it errs less often than the sums."""
    noise = np.array([0.6, 0.6, 8.0])
    rows, labels = _photos(rng, noise, 160)
    reduction = fit_reduction(held_out_pairs(rows, labels, rows, labels, left_out=np.arange(160)))
    fresh, named = _photos(rng, noise, 160)
    pairs = held_out_pairs(fresh, named, fresh, named, left_out=np.arange(160))

    def hits(similarities: Array) -> float:
        return float(np.mean(np.take_along_axis(pairs.right, similarities.argmax(axis=1)[:, None], axis=1)))

    assert hits(reduction(pairs.matrices)) > max(hits(reduce(pairs.matrices)) for reduce in REDUCTIONS.values())
