"""Fisher vectors: how the points of a photo would move a mixture of Gaussians that explains all photos' points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.errors import MissingExtra, ShapeError
from resight.features.normalisation import alike, namespace, power_law
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A mixture of k Gaussians with diagonal covariances: soft visual words.

    Attributes
    ----------
    weights : (k,) > 0, which sum to 1.
    means, variances : (k, c).
    """

    weights: Array
    means: Array
    variances: Array


def fit_mixture(photos: Sequence[Array], words: int, *, seed: int = 0, iterations: int = 100) -> Mixture:
    """The mixture of ``words`` Gaussians that explains the values ``(m_i, c)`` of photos best: scikit-learn's EM.

    Deterministic in ``seed``. Raises ValueError for fewer values than words, MissingExtra without scikit-learn.
    """
    try:
        from sklearn.mixture import GaussianMixture
    except ImportError as error:
        raise MissingExtra("fitting the words of Fisher vectors", "scikit-learn", "report") from error
    values = np.concatenate([np.asarray(photo, np.float64) for photo in photos])
    if len(values) < words:
        raise ValueError(
            f"{words} words are wanted of {len(values)} values; wanted as many values at least: add photos"
        )
    # One step short of convergence is as good a vocabulary; scikit-learn would warn of it.
    found = GaussianMixture(words, covariance_type="diag", max_iter=iterations, tol=1e-3, random_state=seed)
    found.fit(values)
    arrays = (found.weights_, found.means_, found.covariances_)
    return Mixture(*(np.asarray(array, np.float32) for array in arrays))


def fisher(values: Any, mixture: Mixture, *, power: float = 0.5) -> Any:
    """The improved Fisher vector ``(..., 2 · k · c)`` of values ``(..., m, c)``, NumPy or torch.

    With γ the posterior of each word, the gradients by the means and by the deviations, word by word, first all of the
    means: ``Σ γ (x − μ) / σ / (m √w)`` and ``Σ γ ((x − μ)² / σ² − 1) / (m √(2 w))`` (Sánchez, Perronnin, Mensink &
    Verbeek 2013, equations 17 and 18), then a signed ``power`` (Perronnin, Sánchez & Mensink 2010, section 3.2; 1 for
    none). The gradient by the weights is left out, as is usual. Lengths are left to the head. A photo without points
    gives zeros. Raises ShapeError for values of another number of channels than the words.
    """
    xp = namespace(values)
    if values.ndim < 2 or values.shape[-1] != mixture.means.shape[-1]:
        raise ShapeError(
            f"values have shape {tuple(values.shape)}, and words {mixture.means.shape[-1]} channels; wanted (..., m, c)"
        )
    weights, means, variances = (alike(array, values) for array in (mixture.weights, mixture.means, mixture.variances))
    posteriors = _posteriors(xp, values, weights, means, variances)
    counts = xp.sum(posteriors, axis=-2)[..., None]
    sums = xp.matrix_transpose(posteriors) @ values
    squares = xp.matrix_transpose(posteriors) @ (values * values)
    points = max(values.shape[-2], 1)
    moved = (sums - counts * means) / xp.sqrt(variances)
    spread = (squares - 2 * means * sums + counts * means * means) / variances - counts
    by_means = moved / (points * xp.sqrt(weights)[:, None])
    by_deviations = spread / (points * xp.sqrt(2 * weights)[:, None])
    both = xp.concat([by_means, by_deviations], axis=-2)
    return power_law(xp.reshape(both, (*both.shape[:-2], both.shape[-2] * both.shape[-1])), power=power)


def _posteriors(xp: Any, values: Any, weights: Any, means: Any, variances: Any) -> Any:
    """Chance ``(..., m, k)`` that each value is of each word."""
    precisions = 1 / variances
    constant = xp.log(weights) - xp.sum(xp.log(variances) + means * means * precisions, axis=-1) / 2
    logits = constant + values @ (means * precisions).T - (values * values) @ precisions.T / 2
    raised = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return raised / xp.sum(raised, axis=-1, keepdims=True)
