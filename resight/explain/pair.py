"""A pair to be explained: two photos as they were compared, and the scores of parts of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from resight.errors import EncoderMismatch
from resight.features.encoder import Encoder, GlobalEncoder
from resight.features.head import head
from resight.io import images
from resight.io.images import Photo
from resight.types import Array, Features, Head, Image, SpatialVerification
from resight.verification.comparison import LocalFeatures, agreed
from resight.verification.registration import resized

from .faithfulness import Score, of_features, of_photo
from .heat import interpolated, spread

LONG_SIDE: Final = 160
"""Pixels of a map's longer side."""

SUPPORT: Final = 6.0
"""Diameters of a SIFT point that its descriptor sees: 4 × 4 bins, each 3 σ wide, of a point of 2 σ (Lowe 2004, 6.1)."""

SMALLEST: Final = 0.12
"""Least share of a photo's longer side that a point is spread over: smaller spots would outshine all others, unseen."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPair:
    """A photo and a known photo, as they were compared: what there is to explain.

    Attributes
    ----------
    query, reference : the photo and the known one, as they are compared.
    votes : what agreed among the local votes, from which the two were compared.
    check : geometry from the one to the other, which the comparison came to.
    target : what the known photo shows.
    encoders : that saw them.
    heads : of the encoders that compare one descriptor, by fingerprint.
    cosines : that the answer had by these encoders, of the photos at full size; none where there was no answer.
    mirrored : whether the query is the mirror image of the photo that was given.

    Raises EncoderMismatch where one of the two photos was seen by other encoders.
    """

    query: LocalFeatures
    reference: LocalFeatures
    votes: SpatialVerification
    check: SpatialVerification
    target: str
    encoders: tuple[Encoder, ...]
    heads: Mapping[str, Head]
    cosines: Mapping[str, float] = field(default_factory=dict)
    mirrored: bool = False

    def __post_init__(self) -> None:
        wanted = tuple(encoder.fingerprint for encoder in self.encoders)
        for name, local in zip(("photo", "known photo"), self.both, strict=True):
            if local.encoders != wanted:
                found, asked = (" and ".join(each) or "none" for each in (local.encoders, wanted))
                raise EncoderMismatch(
                    f"the {name} was seen by the encoders {found}; wanted {asked}: see both with those of one gallery"
                )

    @property
    def both(self) -> tuple[LocalFeatures, LocalFeatures]:
        """The photo, then the known one."""
        return self.query, self.reference


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPhoto:
    """A photo as a global encoder sees it: its ``features``, their ``aggregate (d,)`` and the unit ``row (d',)``."""

    features: Features
    aggregate: Array
    row: Array


def encoded(pair: PhotoPair, encoder: GlobalEncoder) -> tuple[EncodedPhoto, EncodedPhoto]:
    """Both photos of a pair; what is seen are the small images, in their own pixels."""
    query, reference = (_described(local.image, encoder, pair.heads[encoder.fingerprint]) for local in pair.both)
    return query, reference


def local_score(pair: PhotoPair, side: int = 0) -> Score:
    """The score of the pair's check, of the parts that are seen of the photo, or with side 1 of the known one.

    The two are compared again as they were, by the points that are seen; a candidate that was verified briefly, whose
    check is that of its votes, by the votes that are left.
    """
    both = [local.features for local in pair.both]

    def score(kept: Array) -> float:
        votes = pair.votes.only(kept[pair.votes.inliers[:, side]])
        if pair.check is pair.votes:
            return votes.score
        inliers = votes.inliers.copy()
        inliers[:, side] = np.cumsum(kept)[inliers[:, side]] - 1
        seen = [features.only(kept) if column == side else features for column, features in enumerate(both)]
        return agreed(seen[0], seen[1], replace(votes, inliers=inliers)).score

    return of_features(score, both[side])


def global_score(pair: PhotoPair, encoder: GlobalEncoder, other: Array, side: int = 0) -> Score:
    """Cosine with the ``other`` photo's row, of the parts that are seen of the photo, or with side 1 the known one."""

    def cosine(image: Image) -> float:
        return float(_described(image, encoder, pair.heads[encoder.fingerprint]).row @ other)

    return of_photo(cosine, pair.both[side].image)


def map_shape(local: LocalFeatures) -> tuple[int, int]:
    """``(h, w)`` of a map over a photo."""
    width, height = images.fit(local.features.size, LONG_SIDE)
    return height, width


def reduction(local: LocalFeatures, shape: tuple[int, ...]) -> Array:
    """The transform ``(3, 3)`` from pixels of the upright photo to those of a map ``(h, w)`` over it."""
    return resized((shape[1] / local.features.size[0], shape[0] / local.features.size[1]))


def placed(features: Features, weights: Array, shape: tuple[int, int]) -> Array:
    """A map over the photo from a weight for each of its features: between the cells of a grid, or around points."""
    if features.grid is None:
        return around(features, np.arange(len(features)), weights, shape)
    height, width = features.grid
    across, down = features.points[:width, 0], features.points[::width, 1]
    return interpolated(weights.reshape(height, width), across, down, size=features.size, shape=shape)


def around(features: Features, rows: Array, weights: Array, shape: tuple[int, int]) -> Array:
    """A map over the photo from weights of some of its features, each spread over what it sees, or over SMALLEST.

    The deviation is half the radius of that.
    """
    seen = features.scales[rows] * (SUPPORT if features.grid is None else 1)
    seen = np.maximum(seen, SMALLEST * max(features.size))
    return spread(features.points[rows], seen / 4, weights, size=features.size, shape=shape, conserved=True)


def _described(image: Image, encoder: GlobalEncoder, settings: Head) -> EncodedPhoto:
    features = encoder.extractor.features(Photo.of(image))
    aggregate = encoder.aggregate(features.values).astype(np.float32)
    return EncodedPhoto(features, aggregate, head(aggregate, settings))
