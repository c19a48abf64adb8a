"""Views of one photo: smaller and larger, turned, stretched and slanted, each of which has its own descriptor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from resight.io.images import Photo, fit, prepare
from resight.runtimes import forking
from resight.types import Array, Image

from .encoder import GlobalEncoder


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a photo.

    Attributes
    ----------
    scale : of its sides, beside the size that the encoder takes photos at.
    angle : degrees by which it is turned, from x towards y.
    stretch : factor of its width, the inverse of that of its height.
    shear : part of a pixel by which each row is moved to the right of the one above.

    Raises ValueError unless scale and stretch are more than 0.
    """

    scale: float = 1.0
    angle: float = 0.0
    stretch: float = 1.0
    shear: float = 0.0

    def __post_init__(self) -> None:
        if not (self.scale > 0 and self.stretch > 0):
            raise ValueError(f"a view has the scale {self.scale} and the stretch {self.stretch}; wanted more than 0")

    @property
    def is_scale(self) -> bool:
        """Whether it is smaller or larger and nothing else."""
        return self == View(self.scale)

    def matrix(self) -> Array:
        """The linear map ``(2, 2)`` of a column ``(x, y)``, without the scale: slanted, stretched, then turned."""
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        turned = np.array([[cosine, -sine], [sine, cosine]])
        slanted = np.array([[1.0, self.shear], [0.0, 1.0]])
        longer: Array = turned @ np.diag([self.stretch, 1 / self.stretch]) @ slanted
        return longer


USUAL_SCALES: Final = (0.25, 0.5, math.sqrt(0.5), 1.0, math.sqrt(2))
"""Scales of Bouček 2020, section 5.3, whose √0.25, which is 0.5 again, is read as √0.5."""

SCALES: Final = tuple(View(scale) for scale in USUAL_SCALES)
"""Views at these scales and not changed otherwise."""

AFFINE: Final = (
    View(),
    *(View(angle=angle) for angle in (-12.0, 12.0)),
    *(View(stretch=stretch) for stretch in (0.85, 1 / 0.85)),
    *(View(shear=shear) for shear in (-0.2, 0.2)),
)
"""The photo as it is, turned either way, narrower, wider, and slanted either way."""


def reading_side(encoder: GlobalEncoder, views: Iterable[View]) -> int:
    """The longest side that the views ask of a photo, in pixels, to read it once for all of them."""
    return max(1, *(_side(encoder.extractor.preprocess.long_side, view) for view in views))


def describe_views(encoder: GlobalEncoder, photo: Photo, views: Sequence[View] = SCALES) -> Array:
    """Unwhitened unit descriptors ``(v, d)`` float32 of each view of a photo that was read with :func:`reading_side`.

    A view of the scale 1 and nothing else is the descriptor that a gallery holds. An encoder that does not enlarge
    small photos does not do so for larger scales either. Raises ModelError where a descriptor is not finite.
    """
    return np.stack([_described(encoder, photo, view) for view in views])


def _described(encoder: GlobalEncoder, photo: Photo, view: View) -> Array:
    taken = encoder.extractor.preprocess
    side = _side(max(fit(photo.size, taken.long_side, enlarge=taken.enlarge)), view)
    if view.is_scale:
        extractor = encoder.extractor if view == View() else encoder.extractor.at(side)
        return encoder.describe(extractor.features(photo))
    seen = warped(prepare(photo, replace(taken, long_side=side)), view)
    return encoder.describe(encoder.extractor.at(max(seen.shape[:2])).features(Photo.of(seen)))


def _side(side: int, view: View) -> int:
    return max(1, round(side * view.scale))


@forking.held_off()
def warped(image: Image, view: View) -> Image:
    """An image ``(h, w, 3)`` turned, stretched and slanted, all of it in view; what lies around mirrors its edges."""
    height, width = image.shape[:2]
    linear = view.matrix()
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ linear.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    wide, tall = (max(1, round(length)) for length in (high - low).tolist())
    # A pixel's centre is at its index, half a pixel inside its edge.
    shift = linear @ [0.5, 0.5] - low - 0.5
    affine = np.column_stack([linear, shift])
    found = cv2.warpAffine(image, affine, (wide, tall), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(found, np.uint8)
