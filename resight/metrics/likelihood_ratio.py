"""Cost of log-likelihood-ratios: how much of what a score could tell it tells, and how much is lost by its scale.

Source: Brümmer and du Preez 2006, *Application-independent evaluation of speaker detection*, Computer Speech and
Language 20.
"""

from __future__ import annotations

import numpy as np
import scipy  # its submodules are loaded where they are first asked for

from resight.types import Array

from .checks import flags, numbers


def cllr(log_ratios: Array, targets: Array) -> float:
    """Cost of log-likelihood-ratios in bits, 0 or more; 0 is perfect, 1 is what saying nothing costs (equation 3).

    ``log_ratios (q,)`` are natural logarithms: how much likelier the evidence is of a target than of another.
    ``targets (q,)`` are bool; targets and others count alike as wholes, however many there are. Infinite where an
    infinite ratio is wrong. Raises ShapeError, and ValueError where only one kind is present.
    """
    log_ratios, targets = _trials(log_ratios, targets)
    costs = np.logaddexp(0.0, np.where(targets, -log_ratios, log_ratios)) / np.log(2)
    return float((costs[targets].mean() + costs[~targets].mean()) / 2)


def cllr_min(scores: Array, targets: Array) -> float:
    """Cost of the best log-likelihood-ratios that grow with ``scores``, in [0, 1] bits (section 4.4).

    They are those of the pool-adjacent-violators algorithm, fitted on these very queries: what is left is what the
    order of the scores cannot tell, and ``cllr`` less this is what their scale loses. Equal scores get one ratio.
    Arguments and errors are those of :func:`cllr`.
    """
    scores, targets = _trials(scores, targets)
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    share = np.bincount(place, targets) / counts
    fitted = np.clip(scipy.optimize.isotonic_regression(share, weights=counts).x, 0, 1)[place]
    with np.errstate(divide="ignore"):
        prior = np.log(targets.sum()) - np.log((~targets).sum())
        return cllr(np.log(fitted) - np.log1p(-fitted) - prior, targets)


def _trials(scores: Array, targets: Array) -> tuple[Array, Array]:
    targets = flags("targets", targets)
    scores = numbers("log_ratios", scores, shape=targets.shape).astype(np.float64)
    if targets.all() or not targets.any():
        raise ValueError(
            f"the cost of {targets.sum()} targets among {targets.size} queries is undefined, wanted some of each kind"
        )
    return scores, targets
