"""A reduction of similarity matrices, learned on held-out pairs: the first idea of Bouček 2020, chapter 6."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.calibration.conditional_logit import Prior, Questions, fit
from resight.search.similarity_matrix import LearnedReduction, entries_and_maxima
from resight.types import Array

from .pairs import HeldOutPairs

PRIOR: Final = 10.0
"""Weight that the mean of the columns' maxima has before anything is learned."""

PRECISION: Final = 0.1
"""Belief in that, as the inverse variance of each weight."""


def fit_reduction(pairs: HeldOutPairs, *, precision: float = PRECISION) -> LearnedReduction:
    """The weighted sum of entries and maxima by which right candidates come before wrong ones.

    A conditional logit, as the recogniser's own choice is: each query is asked with its nearest right candidate among
    the wrong ones, and with the wrong ones alone, where the answer is none of them, so that similarities of different
    queries can be compared. Its prior is the thesis's best reduction, the sum of the columns' maxima, which is what few
    pairs leave of it.
    """
    evidence = entries_and_maxima(pairs.matrices)
    evidence = np.concatenate([evidence, np.ones((*evidence.shape[:2], 1))], axis=-1)
    mean = _columns(pairs.own.shape[-1])
    best = np.where(pairs.right, evidence @ mean, -np.inf).argmax(axis=1)
    first = np.arange(pairs.right.shape[1]) == best[:, None]
    known = Questions(evidence, ~pairs.right | first, best)
    unknown = Questions(evidence, ~pairs.right, np.full(len(pairs), -1))
    weights = fit(_both(known, unknown), Prior(mean, np.append(np.full(len(mean) - 1, precision), 1e-6)))
    return LearnedReduction(weights[:-1])


def _both(one: Questions, other: Questions) -> Questions:
    arrays = ((getattr(each, name) for each in (one, other)) for name in ("evidence", "present", "answers"))
    return Questions(*(np.concatenate(list(both)) for both in arrays))


def _columns(scales: int) -> Array:
    """Weights of the mean of the columns' maxima among :func:`entries_and_maxima` and a constant."""
    weights = np.zeros(scales * scales + 2 * scales + 2)
    weights[scales * scales + scales : scales * scales + 2 * scales] = PRIOR / scales
    return weights
