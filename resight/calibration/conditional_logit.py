"""Conditional logit over evidence: which candidate it is, or none of them.

A query's candidates have evidence vectors x_i; "none of these" has utility 0. The chance of candidate i is
``exp(w·x_i) / (1 + Σ_j exp(w·x_j))`` (conditional logit, McFadden 1974, eq. 12, with an outside option). One set of
weights ranks candidates, accepts or refuses them, and says how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """``q`` asked queries with up to ``k`` candidates each.

    Attributes
    ----------
    evidence : (q, k, e), zero where there is no candidate.
    present : (q, k) bool.
    answers : (q,) column of the right candidate, -1 where the right answer is "none".

    Raises ShapeError where the three do not fit each other, ValueError for answers that are no candidate.
    """

    evidence: Array
    present: Array
    answers: Array

    def __post_init__(self) -> None:
        q, k = self.present.shape
        if self.evidence.shape[:2] != (q, k) or self.answers.shape != (q,):
            raise ShapeError(
                f"questions have evidence {self.evidence.shape}, present {self.present.shape}, answers "
                f"{self.answers.shape}; wanted (q, k, e), (q, k), (q,)"
            )
        named = (self.right & self.present).any(axis=1)
        if not (named | (self.answers == -1)).all():
            wrong = self.answers[~named & (self.answers != -1)]
            raise ValueError(f"questions have the answer {wrong[0]}; wanted -1 or a column with a candidate")

    @property
    def right(self) -> Array:
        """(q, k) whether a candidate is the right one."""
        return np.arange(self.present.shape[1]) == self.answers[:, None]

    def __len__(self) -> int:
        return len(self.answers)

    def only(self, kept: Array) -> Questions:
        """The questions that are ``kept (q,)``."""
        return Questions(self.evidence[kept], self.present[kept], self.answers[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Gaussian belief about the weights before any question: ``mean (e,)`` and ``precision`` = 1 / variance, ``(e,)``,
    or ``(e, e)``, the inverse of the covariance, where weights are believed to go together.
    """

    mean: Array
    precision: Array

    def without(self, left_out: Array) -> Prior:
        """The belief about the others where the weights ``left_out (e,)`` are 0, a belief that no question moves."""
        certain = np.where(left_out, _CERTAIN, 0.0)
        if self.precision.ndim == 1:
            return Prior(np.where(left_out, 0.0, self.mean), np.where(left_out, _CERTAIN, self.precision))
        free = ~left_out
        inner, across = self.precision[np.ix_(free, free)], self.precision[np.ix_(free, left_out)]
        mean, precision = np.zeros_like(self.mean), np.diag(certain)
        mean[free] = self.mean[free] + np.linalg.solve(inner, across @ self.mean[left_out])
        precision[np.ix_(free, free)] = inner
        return Prior(mean, precision)

    def penalty(self, weights: Array) -> float:
        """Twice the negative log of its density, up to a constant."""
        off = weights - self.mean
        return float(self.precision @ off**2 if self.precision.ndim == 1 else off @ self.precision @ off)

    def pull(self, weights: Array) -> Array:
        """Half the gradient ``(e,)`` of :meth:`penalty`."""
        off = weights - self.mean
        return self.precision * off if self.precision.ndim == 1 else self.precision @ off


_CERTAIN: Final = 1e12
"""Precision of a belief that no question moves."""


def probabilities(evidence: Array, present: Array, weights: Array, *, offset: float = 0.0) -> Array:
    """Probability of each candidate, ``(..., k)``; what is missing to 1 is "none".

    ``offset`` is added to the utility of "none": the log odds by which unknown photos are commoner than in the fit.
    """
    logits = _utilities(evidence, present, weights)
    top = np.maximum(logits.max(axis=-1, keepdims=True, initial=-np.inf), offset)
    raised = np.exp(logits - top)
    return raised / (raised.sum(axis=-1, keepdims=True) + np.exp(offset - top))


def log_likelihood(questions: Questions, weights: Array) -> Array:
    """Log of the probability ``(q,)`` of each right answer."""
    # In logarithms: 1 - Σ chances would leave nothing of a "none" that is thought to be all but impossible.
    logits = _utilities(questions.evidence, questions.present, weights)
    right = np.where(questions.right, logits, 0.0).sum(axis=1)
    return right - np.logaddexp.reduce(logits, axis=1, initial=0.0)


def _utilities(evidence: Array, present: Array, weights: Array) -> Array:
    return np.where(present, evidence @ weights, -np.inf)


def fit(
    questions: Questions,
    prior: Prior,
    *,
    importance: Array | None = None,
    signs: Array | None = None,
    rounds: int = 50,
) -> Array:
    """Weights ``(e,)`` of largest posterior probability, by Newton steps; the problem is concave, so there is one.

    ``importance (q,)`` weighs the questions, 1 each if not given. ``signs (e,)`` says which way evidence may speak: 1,
    -1, or 0 for either; of what would speak the other way the worst offender is left out, weight 0, and the rest is
    fitted again. With no questions the prior's mean is returned.
    """
    importance = np.ones(len(questions)) if importance is None else importance
    signs = np.zeros(len(prior.mean)) if signs is None else signs
    free = np.ones(len(prior.mean), bool)
    while True:
        weights = np.where(free, _newton(questions, prior.without(~free), importance, rounds), 0.0)
        wrong = np.where(signs * weights < 0, np.abs(weights), 0.0)
        if not wrong.any():
            return weights
        free[wrong.argmax()] = False


def _newton(questions: Questions, prior: Prior, importance: Array, rounds: int) -> Array:
    weights = prior.mean.astype(np.float64).copy()
    value = _objective(questions, prior, importance, weights)
    for _ in range(rounds):
        gradient, bend = _derivatives(questions, prior, importance, weights)
        step = np.linalg.solve(bend, gradient)
        pace, better = 1.0, -np.inf
        while pace > 1e-6 and (better := _objective(questions, prior, importance, weights + pace * step)) < value:
            pace /= 2  # a full Newton step may overshoot where the chances are saturated
        if better - value < 1e-10 * (1 + abs(value)):
            break
        weights, value = weights + pace * step, better
    return weights


def curvature(questions: Questions, weights: Array, importance: Array) -> Array:
    """Negative Hessian ``(e, e)`` of the log likelihood: how much the questions know about the weights."""
    flat = Prior(np.zeros_like(weights), np.zeros_like(weights))
    return _derivatives(questions, flat, importance, weights)[1]


def _objective(questions: Questions, prior: Prior, importance: Array, weights: Array) -> float:
    """Log posterior up to a constant."""
    likelihood = importance @ log_likelihood(questions, weights)
    return float(likelihood - 0.5 * prior.penalty(weights))


def _derivatives(questions: Questions, prior: Prior, importance: Array, weights: Array) -> tuple[Array, Array]:
    """Gradient ``(e,)`` and negative Hessian ``(e, e)`` of the log posterior."""
    evidence = np.where(questions.present[..., None], questions.evidence, 0.0)
    chance = probabilities(evidence, questions.present, weights)
    expected = (chance[:, None] @ evidence)[:, 0]
    off = importance[:, None] * (questions.right - chance)
    candidates = evidence.reshape(-1, evidence.shape[2])
    gradient = off.ravel() @ candidates - prior.pull(weights)
    second = candidates.T @ ((importance[:, None] * chance).reshape(-1, 1) * candidates)
    bend = second - expected.T @ (importance[:, None] * expected)
    return gradient, bend + (np.diag(prior.precision) if prior.precision.ndim == 1 else prior.precision)
