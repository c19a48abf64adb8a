"""Photos in the mirror: what a photo shows whose mirror image shows it, in the pixels of the photo as it was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import numpy as np

from resight.features.encoder import Encoder, LocalEncoder
from resight.io.images import Photo
from resight.types import Array, Features, SpatialVerification
from resight.verification.comparison import NO_VOTES, LocalFeatures, agreed

from .candidates import CLEAR
from .describe import extract

ENOUGH: Final = 6.0
"""Weight that has to agree in the mirror image: photos of different things reach 1, views of one thing 13 and more."""

BEYOND: Final = 2.0
"""Factor by which more weight has to agree in the mirror image than in the photo before only the mirror image fits."""


def mirrored(photo: Photo) -> Photo:
    """The photo with left and right exchanged, which no file holds."""
    return Photo(np.ascontiguousarray(photo.image[:, ::-1]), photo.size, b"")


def reflection(width: int) -> Array:
    """The transform ``(3, 3)`` between the pixels of a photo of that width and those of its mirror image."""
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def as_given(local: LocalFeatures) -> LocalFeatures:
    """A photo as it was given, with the points that were found in its mirror image, where they lie on it."""
    features = local.features
    x, y = features.points.T
    points = np.column_stack([features.size[0] - 1 - x, y]).astype(np.float32)
    angles = np.mod(np.pi - features.angles, 2 * np.pi).astype(np.float32)
    turned = replace(features, points=points, angles=angles, grid=None)
    return replace(local, features=turned, image=np.ascontiguousarray(local.image[:, ::-1]))


def check_as_given(check: SpatialVerification, width: int) -> SpatialVerification:
    """Geometry from a photo's mirror image, as it is from the photo of that width itself."""
    return check if check.transform is None else replace(check, transform=check.transform @ reflection(width))


@dataclass(frozen=True, eq=False)
class MirrorImage:
    """A photo's mirror image, whose points are not looked for before somebody asks.

    Attributes
    ----------
    extract : looks for them; none are found where no encoder votes.
    """

    extract: Callable[[], Features]

    @classmethod
    def of(cls, query: LocalFeatures, encoders: Sequence[Encoder]) -> Self:
        """The mirror image of a photo's small image, which will do to tell whether much more agrees."""
        voting = [encoder for encoder in encoders if isinstance(encoder, LocalEncoder)]
        return cls(lambda: extract(mirrored(Photo.of(query.image)), voting).local.features)

    @cached_property
    def features(self) -> Features:
        """The local features of the mirror image, in its own pixels."""
        return self.extract()

    def fits_alone(self, reference: LocalFeatures, check: SpatialVerification) -> SpatialVerification | None:
        """The check with a known photo, where much more agrees than of the photo as it is; else None.

        Descriptors of a whole photo hardly tell left from right; points do. A photo with which enough agrees is not
        looked at again: ``check`` is what agrees of the photo as it is.
        """
        if check.score >= CLEAR or not len(self.features):
            return None
        found = agreed(self.features, reference.features, NO_VOTES)
        return found if found.score >= max(ENOUGH, BEYOND * check.score) else None
