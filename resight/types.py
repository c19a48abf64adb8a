"""The words that the project speaks inside: arrays, and records of them.

Images are upright RGB ``(h, w, 3) uint8``. ``(n, d)`` means that rows are items. Scores: larger is
nearer, always. Points are ``(x, y)`` in pixels of the upright photo. Descriptors are float32 unit rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from resight.errors import ShapeError

Array = npt.NDArray[Any]
Image = npt.NDArray[np.uint8]
Aggregate = Callable[[Any], Any]
"""Values ``(..., m, c)`` of NumPy or torch to one descriptor ``(..., d)``."""

UNKNOWN: Final = -1
"""The label of "none of these" where labels are integers."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features of a photo: ``m`` points with a value each.

    Attributes
    ----------
    points : (m, 2) float32, ``(x, y)`` in pixels of the upright photo.
    values : (m, c) descriptors of the points, float32 or the codes of an extractor (uint8).
    scales : (m,) float32, diameter of each point's support in pixels of the upright photo.
    angles : (m,) float32, radians in [0, 2π), counted from x towards y.
    size : (width, height) of the upright photo in pixels.
    grid : (h', w') where the points are the cells of a feature map in row-major order, else None.
    """

    points: Array
    values: Array
    scales: Array
    angles: Array
    size: tuple[int, int]
    grid: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        m = len(self.values)
        found = (self.points.shape, self.values.shape, self.scales.shape, self.angles.shape)
        if found != ((m, 2), (m, self.values.shape[-1]), (m,), (m,)):
            raise ShapeError(
                f"features of {m} points have points {found[0]}, values {found[1]}, scales {found[2]}, "
                f"angles {found[3]}; wanted (m, 2), (m, c), (m,), (m,)"
            )
        if self.grid is not None and self.grid[0] * self.grid[1] != m:
            raise ShapeError(f"a grid of {self.grid} has {self.grid[0] * self.grid[1]} cells, but there are {m} points")

    def __len__(self) -> int:
        return len(self.values)

    def only(self, rows: Array) -> Features:
        """The points that ``rows`` choose, indices or ``(m,)`` bool; a grid is one no more."""
        points, values, scales, angles = (each[rows] for each in (self.points, self.values, self.scales, self.angles))
        return Features(points, values, scales, angles, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Neighbours, nearest first: ``rows (q, k)`` into the gallery, -1 for none, and their ``scores (q, k)``."""

    rows: Array
    scores: Array

    def __post_init__(self) -> None:
        if self.rows.shape != self.scores.shape or self.rows.ndim != 2:
            raise ShapeError(f"matches have rows {self.rows.shape} and scores {self.scores.shape}; wanted (q, k) twice")


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """A voting rule's answer: ``labels (q,)``, UNKNOWN allowed, and ``confidences (q,)``, larger is surer."""

    labels: Array
    confidences: Array


@dataclass(frozen=True, slots=True, eq=False)
class Correspondences:
    """Point pairs of two photos: ``pairs (i, 2)`` index (query, reference), ``weights (i,)`` > 0."""

    pairs: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True, eq=False)
class SpatialVerification:
    """Outcome of spatial verification (Philbin et al. 2007): the geometry between a query and one reference.

    Attributes
    ----------
    score : weight of the consistent correspondences, ≥ 0.
    inliers : (i, 2) index pairs (query, reference) of the consistent correspondences.
    transform : (3, 3) from query pixels to reference pixels, or None where nothing is consistent.
    weights : (i,) weight of each inlier; they sum to ``score``.

    Raises ShapeError where there is not one weight for each inlier, ValueError where they sum to something else.
    """

    score: float
    inliers: Array
    transform: Array | None
    weights: Array

    def __post_init__(self) -> None:
        if self.inliers.shape != (len(self.weights), 2):
            raise ShapeError(
                f"spatial verification has inliers {self.inliers.shape} and {len(self.weights)} weights; wanted (i, 2)"
            )
        total = _total(self.weights)
        if abs(self.score - total) > 1e-6 * max(total, 1.0):
            raise ValueError(
                f"spatial verification has the score {self.score} and weights that sum to {total}; wanted their sum"
            )

    def only(self, rows: Array) -> SpatialVerification:
        """The inliers that ``rows`` choose, indices or ``(i,)`` bool, and their weight; the transform stays."""
        weights = self.weights[rows]
        return SpatialVerification(_total(weights), self.inliers[rows], self.transform, weights)


def _total(weights: Array) -> float:
    return float(weights.sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Preprocessing of a photo to an encoder's input; part of the encoder's identity.

    Attributes
    ----------
    long_side : longer side after resizing, pixels.
    enlarge : whether a smaller photo is scaled up to ``long_side``.
    resampling : the one named filter, "area", "bilinear", "bicubic" or "lanczos".
    mean, std : per RGB channel, subtracted and divided after scaling to [0, 1].
    """

    long_side: int = 640
    enlarge: bool = True
    resampling: str = "bicubic"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """PCA-whitening ``(x − mean) @ projection``.

    ``mean (d,)``, ``projection (d, d')``, and the ``variances (d',)`` along its axes before the floor.
    """

    mean: Array
    projection: Array
    variances: Array


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """unit → whiten → unit; without a whitening, unit alone."""

    whitening: Whitening | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Codebook:
    """Visual words: ``centroids (k, c)`` and ``idf (k,)``, each word's inverse document frequency, natural log."""

    centroids: Array
    idf: Array


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """An encoder as a gallery knows it.

    Attributes
    ----------
    fingerprint : identity; equal fingerprints give equal features and descriptors.
    name : for people, such as "classical".
    kind : for people, such as "local" or "global".
    description : options of the encoder, as JSON.
    """

    fingerprint: str
    name: str
    kind: str
    description: Mapping[str, Any] = field(default_factory=dict)
