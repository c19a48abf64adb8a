"""The evidence that a known photo shows what the query shows, as one vector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.types import Array, Features, Image, SpatialVerification

from . import registration
from .consensus import consensus, frames
from .matching import mutual
from .registration import LONG_SIDE, RegisteredPair, discs
from .similarity_measures import MEASURES, agreement

BESIDE = ("contrast", "explained", "misfit", "difference", "print")
"""Kinds of evidence that a photo has beside others of a shortlist, 0 where none looks like it; how much of what is
likeliest differs though the rest of it agrees; and whether it is the very picture that is known, or that picture
altered."""

LOCAL = ("votes", "registered", *MEASURES, *BESIDE)
"""Kinds of evidence from two photos' local features and pixels, in the order of :func:`verify`'s vector, where those of
BESIDE are 0."""

LEAST = 50
"""Pixels of two photos laid over each other below which there is too little to compare."""

AROUND: Final = 1.8
"""Distance around the points that agree up to which their motion is believed, in sizes of their hull."""

NO_VOTES: Final = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))
"""The check of two photos between which no vote was cast."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """A photo as it is compared.

    Attributes
    ----------
    features : local ones, none where no encoder votes.
    image : (h, w, 3), a small one.
    encoders : fingerprints of those that saw it.
    """

    features: Features
    image: Image
    encoders: tuple[str, ...] = ()

    @property
    def corners(self) -> Array:
        """The photo's corners ``(4, 2)`` in its pixels, of which the first reaches from -½ to ½."""
        width, height = self.features.size
        return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64) - 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """``evidence (e,)`` in the order of LOCAL, and the ``check`` with the transform that it was measured under."""

    evidence: Array
    check: SpatialVerification


def verify(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> Comparison:
    """Look at one candidate closely: match again in full, fit a plane, and compare the photos laid over each other.

    ``check`` is the consensus of the candidate's votes, whose score is the first column of the evidence; the check that
    comes back has a score of its own, that of the points that the plane fits.
    """
    best = _better(query.features, reference.features, check)
    evidence = np.zeros(len(LOCAL))
    evidence[0] = np.log1p(check.score)
    fitted = _fitted(query.features, reference.features, best)
    if fitted is None or fitted.transform is None:
        return Comparison(evidence, best)
    laid = overlay(query, reference, fitted.transform, reference.features.points[fitted.inliers[:, 1]])
    if laid.mask.sum() >= LEAST:
        evidence[1] = 1.0
        evidence[2 : 2 + len(MEASURES)] = agreement(_soft(laid.query), _soft(laid.reference), laid.mask)
    return Comparison(evidence, fitted)


def agreed(query: Features, reference: Features, check: SpatialVerification) -> SpatialVerification:
    """The check that :func:`verify` comes to, without a look at the photos' pixels."""
    best = _better(query, reference, check)
    return _fitted(query, reference, best) or best


def verify_briefly(check: SpatialVerification) -> Comparison:
    """Verifies a candidate by its votes alone: enough where another has far more of them."""
    evidence = np.zeros(len(LOCAL))
    evidence[0] = np.log1p(check.score)
    return Comparison(evidence, check)


def overlay(
    query: LocalFeatures, reference: LocalFeatures, matrix: Array, points: Array, *, long_side: int = LONG_SIDE
) -> RegisteredPair:
    """The small images laid over each other.

    ``matrix (3, 3)`` leads from query to reference, and the points ``(i, 2)`` of the reference span what is compared;
    both are in pixels of the upright photos.
    """
    shrink = _shrink(reference)
    between = shrink @ matrix @ np.linalg.inv(_shrink(query))
    hull = points @ shrink[:2, :2] + shrink[:2, 2]
    return registration.register(query.image, reference.image, between, hull, long_side=long_side)


def lay(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> RegisteredPair | None:
    """Both photos laid over each other by the check's transform; None where there is too little to compare.

    What is compared are the points that agree, with all between them, and around these what is drawn on the known
    photo: the flavour that tells two cartons apart agrees with nothing, and a bare background tells nothing.
    """
    if check.transform is None:
        return None
    agreeing = reference.features.points[check.inliers[:, 1]]
    between = overlay(query, reference, check.transform, agreeing)
    if between.mask.sum() < LEAST:
        return None
    centre = agreeing.mean(axis=0)
    around = overlay(query, reference, check.transform, centre + AROUND * (agreeing - centre))
    shrink = np.array(between.mask.shape[::-1]) / reference.features.size
    drawn = discs(reference.features.points * shrink, reference.features.scales * shrink.mean() / 2, between.mask.shape)
    return replace(around, mask=between.mask | (around.mask & drawn))


def rematch(query: Features, reference: Features) -> SpatialVerification:
    """The consensus of two photos' features, matched with one another and with nothing else."""
    pairs = mutual(query.values, reference.values)
    a, b = (frames(features.points, features.scales, features.angles) for features in (query, reference))
    rows = pairs.pairs
    check = consensus(a[rows[:, 0]], b[rows[:, 1]], pairs.weights, diagonal=float(np.hypot(*reference.size)))
    return replace(check, inliers=rows[check.inliers[:, 0]])


def _better(query: Features, reference: Features, check: SpatialVerification) -> SpatialVerification:
    """The check, or that of all features matched again where as many agree."""
    full = rematch(query, reference)
    return full if len(full.inliers) >= len(check.inliers) else check


def _fitted(query: Features, reference: Features, check: SpatialVerification) -> SpatialVerification | None:
    """The part of a check that lies on one plane; None where no transform fits."""
    points = query.points[check.inliers[:, 0]], reference.points[check.inliers[:, 1]]
    found = registration.transform(*points, diagonal=float(np.hypot(*reference.size)))
    return None if found is None else replace(check.only(found[1]), transform=found[0])


def _shrink(local: LocalFeatures) -> Array:
    """The transform from the upright photo to the small image."""
    return registration.resized(np.array(local.image.shape[1::-1]) / np.array(local.features.size))


def _soft(photo: Array) -> Array:
    """Chroma is smoothed before it is compared: JPEG keeps it at half the detail of luminance."""
    return np.concatenate([photo[..., :1], registration.smooth(photo[..., 1:])], axis=2)
