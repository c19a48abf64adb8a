"""One-point consensus, for spatial verification: which correspondences agree on one similarity transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, SpatialVerification


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Tolerance within which two correspondences count as one motion.

    Attributes
    ----------
    distance : of the mapped point, as a share of the reference's diagonal.
    octaves : of the scale change.
    angle : of the rotation, degrees.
    hypotheses : heaviest correspondences that propose a transform.
    """

    distance: float = 0.06
    octaves: float = 1.0
    angle: float = 40.0
    hypotheses: int = 150


def frames(points: Array, scales: Array, angles: Array) -> Array:
    """Local frames ``(m, 4)`` float32: x, y, scale, angle."""
    return np.column_stack([points, scales, angles]).astype(np.float32)


def consensus(
    query: Array, reference: Array, weights: Array, *, diagonal: float, tolerance: Tolerance | None = None
) -> SpatialVerification:
    """The similarity on which the heaviest set of correspondences agrees.

    Fast spatial matching (Philbin et al. 2007): one correspondence of two local frames fixes a similarity, so each
    of the heaviest proposes one and the others are counted; no sampling, hence deterministic.

    Parameters
    ----------
    query, reference : (i, 4) local frames of the corresponding points.
    weights : (i,) > 0.
    diagonal : of the reference photo, pixels.

    Returns
    -------
    SpatialVerification whose ``inliers`` index the correspondences, ``(j, 2)`` with the same index twice; its score is
    the largest Σ w.
    """
    if query.shape != reference.shape or query.shape != (len(weights), 4):
        raise ShapeError(f"frames {query.shape} and {reference.shape} for {len(weights)} weights; wanted (i, 4) twice")
    if not len(weights):
        return SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))
    tolerance = tolerance or Tolerance()
    proposers = np.argsort(-weights, kind="stable")[: tolerance.hypotheses]
    agree = _agreement(query, reference, proposers, diagonal, tolerance)
    scores = agree @ weights.astype(np.float64)
    best = int(np.argmax(scores))
    inliers = np.flatnonzero(agree[best])
    return SpatialVerification(
        float(scores[best]),
        np.column_stack([inliers, inliers]),
        similarity(query[proposers[best]], reference[proposers[best]]),
        weights[inliers],
    )


def _agreement(query: Array, reference: Array, proposers: Array, diagonal: float, tolerance: Tolerance) -> Array:
    """(h, i) bool: which correspondences agree with the similarity of each proposer."""
    source, target = _complex(query), _complex(reference)
    octaves = np.log2(reference[:, 2] / query[:, 2])
    turns = np.exp(1j * (reference[:, 3] - query[:, 3])).astype(np.complex64)
    motion = (np.exp2(octaves) * turns)[proposers, None]
    miss = motion * (source - source[proposers, None]) + target[proposers, None] - target
    near = miss.real**2 + miss.imag**2 < (tolerance.distance * diagonal) ** 2
    same_scale = np.abs(octaves - octaves[proposers, None]) < tolerance.octaves
    # Re(e^{iα} e^{-iβ}) is the cosine of the angle between the two rotations, with no wrap-around to mind.
    same_angle = (turns * turns[proposers, None].conj()).real > np.cos(np.deg2rad(tolerance.angle))
    near &= same_scale & same_angle
    near[np.arange(len(proposers)), proposers] = True
    return near


def _complex(frame: Array) -> Array:
    return (frame[:, 0] + 1j * frame[:, 1]).astype(np.complex64)


def similarity(query: Array, reference: Array) -> Array:
    """The ``(3, 3)`` similarity that carries one local frame ``(4,)`` onto another."""
    motion = reference[2] / query[2] * np.exp(1j * (reference[3] - query[3]))
    shift = complex(*reference[:2]) - motion * complex(*query[:2])
    return np.array([[motion.real, -motion.imag, shift.real], [motion.imag, motion.real, shift.imag], [0.0, 0.0, 1.0]])
