"""Weights of scales, learned on a gallery's held-out pairs: the second idea of Bouček 2020, chapter 6."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import minimize

from resight.types import Array

from .pairs import HeldOutPairs

TEMPERATURE: Final = 0.05
"""Difference of cosines that makes one candidate e times as likely as another."""

PULL: Final = 0.1
"""Strength with which weights are held near equal ones: the log likelihood that a weight of twice that share has to
gain on average."""


def fit_scale_weights(pairs: HeldOutPairs, *, temperature: float = TEMPERATURE, pull: float = PULL) -> Array:
    """Weights ``(s,)`` ≥ 0 with the sum 1 by whose Σ w_s x_s the right candidates are nearest.

    They make ``−log(Σ_right exp(cos / T) / Σ exp(cos / T))`` least on average (neighbourhood components, Goldberger et
    al. 2004, with a scalar for each scale), by L-BFGS from equal weights. Without pairs they are equal.
    """
    scales = pairs.own.shape[-1]
    equal = np.full(scales, 1 / scales)
    if not len(pairs):
        return equal
    found = minimize(
        _loss, equal, args=(pairs, temperature, pull), jac=True, method="L-BFGS-B", bounds=[(0, None)] * scales
    )
    weights: Array = np.maximum(found.x, 0.0)
    return weights / weights.sum() if weights.any() else equal


def cosines(pairs: HeldOutPairs, weights: Array) -> Array:
    """Cosines ``(q, c)`` of the summed descriptors, from the matrices alone: wᵀSw / √(wᵀGw · wᵀHw)."""
    return _cosines(pairs, weights)[0]


def _cosines(pairs: HeldOutPairs, weights: Array) -> tuple[Array, Array]:
    """Cosines ``(q, c)`` and their gradients ``(q, c, s)``."""
    across = pairs.matrices @ weights
    both = across + np.swapaxes(pairs.matrices, -1, -2) @ weights
    own, theirs = pairs.own @ weights, pairs.theirs @ weights
    lengths, others = (np.maximum(each @ weights, 1e-24) for each in (own, theirs))
    scale = np.sqrt(lengths[:, None] * others)
    found = (across @ weights) / scale
    bent = found[..., None] * ((own / lengths[:, None])[:, None] + theirs / others[..., None])
    return found, both / scale[..., None] - bent


def _loss(weights: Array, pairs: HeldOutPairs, temperature: float, pull: float) -> tuple[float, Array]:
    found, slopes = _cosines(pairs, weights.astype(np.float64))
    logits = found / temperature
    everything = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = everything / everything.sum(axis=1, keepdims=True)
    right = np.where(pairs.right, probabilities, 0.0)
    hits = np.maximum(right.sum(axis=1), 1e-300)
    gradient = np.einsum("qc,qcs->s", probabilities - right / hits[:, None], slopes) / temperature / len(pairs)
    apart = len(weights) * weights - 1
    return float(-np.log(hits).mean() + pull * apart @ apart), gradient + 2 * pull * len(weights) * apart
