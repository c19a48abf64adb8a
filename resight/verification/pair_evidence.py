"""Evidence that two photos show one thing: their points, and their pixels laid over each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.runtimes import blas
from resight.types import Array, SpatialVerification

from .comparison import LOCAL, NO_VOTES, Comparison, LocalFeatures, verify
from .fusion import LOCAL_PARTS
from .near_twins import local_difference, twins


@dataclass(frozen=True, slots=True, eq=False)
class PairEvidence:
    """``parts (e,)`` in the order of LOCAL_PARTS, and the ``check`` with the transform that they were found under."""

    parts: Array
    check: SpatialVerification


@blas.one_thread()
def local_parts(first: LocalFeatures, second: LocalFeatures) -> PairEvidence:
    """Compare two photos closely, as a recogniser does with its candidates: see :func:`parts_of`."""
    found = verify(first, second, NO_VOTES)
    return PairEvidence(parts_of(first, second, found), found.check)


def parts_of(first: LocalFeatures, second: LocalFeatures, found: Comparison) -> Array:
    """Parts ``(e,)`` in the order of LOCAL_PARTS of two photos that were compared.

    points : log(1 + the weight of the points that agree on one motion); NaN where a photo has no points at all.
    registered : 1 where both could be laid over each other, else 0, and then the rest is 0 as well.
    structure, chroma : correlations of lightness and of colour (`similarity_measures.agreement`).
    alike : 1 less the share of what lies between the points that agree which differs (`near_twins.Twins`).
    difference : 0 where nothing differs though the rest agrees, and below 0 the more does
        (`near_twins.local_difference`).
    """
    measured = dict(zip(LOCAL, found.evidence.tolist(), strict=True))
    laid = twins(first, second, found.check) if measured["registered"] else None
    values = {
        **measured,
        "points": float(np.log1p(found.check.score)) if all(len(one.features) for one in (first, second)) else np.nan,
        "alike": 0.0 if laid is None else 1 - laid.share,
        "difference": 0.0 if laid is None else -local_difference(first, second, found.check),
    }
    return np.array([values[name] for name in LOCAL_PARTS])
