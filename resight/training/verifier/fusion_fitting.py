"""Fit of a verifier's fusion: how much each part counts, none of them against what it is to speak for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from resight.calibration import conditional_logit
from resight.calibration.prior import shipped_fits
from resight.types import Array
from resight.verification.fusion import OF_OVERLAY, PARTS, Fusion, scaled

PRECISION: Final = 0.1
"""Precision of the belief that a part says nothing, before any pair."""


def fit_fusion(evidence: Array, same: Array) -> Fusion:
    """Fit the fusion of pairs with ``evidence (p, e)``, NaN where there is none, of which ``same (p,)`` show one thing.

    A conditional logit with one candidate, whose weights have the sign that they are to have; both kinds of pairs count
    alike as wholes. How much a look-alike's contrast counts is believed to be what a recogniser of everyday photos
    learned, until pairs with look-alikes tell. Raises ValueError where there are no pairs of a kind.
    """
    if same.all() or not same.any():
        raise ValueError(f"{same.sum()} of {same.size} pairs show one thing; wanted some of each kind")
    centre, spread = _scale(evidence)
    told = _contrast()
    spread[_CONTRAST], centre[_CONTRAST] = told["spread"], told["centre"]
    rows = np.column_stack([scaled(evidence, centre, spread), np.ones(len(same))])
    questions = conditional_logit.Questions(rows[:, None], np.ones((len(same), 1), bool), np.where(same, 0, -1))
    importance = np.where(same, 0.5 / same.mean(), 0.5 / (~same).mean())
    mean, precision = np.zeros(rows.shape[1]), np.full(rows.shape[1], PRECISION)
    mean[_CONTRAST], precision[_CONTRAST] = told["weight"], told["precision"]
    prior = conditional_logit.Prior(mean, precision)
    signs = np.array([*np.ones(len(PARTS)), 0])
    weights = conditional_logit.fit(questions, prior, importance=importance, signs=signs)
    return Fusion(centre, spread, weights[:-1], float(weights[-1]), int(same.sum()), int((~same).sum()))


_CONTRAST: Final = PARTS.index("contrast")


def _contrast() -> Mapping[str, float]:
    """The row that ships for the contrast of candidates of a recogniser."""
    return next(fit["contrast"] for fit in shipped_fits() if "contrast" in fit)


def _scale(evidence: Array) -> tuple[Array, Array]:
    """Centre and spread of each part, of those pairs that have it."""
    laid = evidence[:, PARTS.index("registered")] > 0
    centre, spread = np.zeros(len(PARTS)), np.ones(len(PARTS))
    for place, name in enumerate(PARTS):
        there = ~np.isnan(evidence[:, place]) & (laid if name in OF_OVERLAY else True)
        values = evidence[there, place]
        if name != "registered" and len(values) and np.ptp(values) > 0:
            centre[place], spread[place] = values.mean(), values.std()
    return centre, spread
