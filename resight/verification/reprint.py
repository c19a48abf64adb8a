"""Prints of one picture: the same shot saved anew, at another size, quality or format, cut or turned.

Two photos of one thing, and near twins that share a design, are no prints of one picture: some place of them differs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array, SpatialVerification

from .comparison import LEAST as LEAST_PIXELS
from .comparison import LocalFeatures, overlay
from .likeness import DETAIL, blur_of, blurred, errors, in_light, steepness
from .polygons import area, outline
from .registration import RegisteredPair, resized, smooth

LIGHTNESS: Final = 12.0
"""L* by which a place may differ, smoothed at 160 pixels: of 190 photos saved anew at 200 to 700 pixels in five ways no
place did by more than 8.4, and none of 261 pairs of different photos with like fingerprints by less than 15.9."""

COLOUR: Final = 32.0
"""Distance in a* b* by which a place may differ: the 256 colours of a GIF do so by up to 30, other formats by 15."""

DRAWN: Final = 4.0
"""Deviation of L* below which a photo shows too little to be known by: a sky, a wall."""

COVERED: Final = 0.95
"""Share of the smaller photo that has to lie on the other one."""

LEAST: Final = 0.1
"""Share of a photo that the smaller one covers at least: of less too few pixels are left to compare."""

FINE: Final = 45.0
"""Errors, as a multiple of those to expect, up to which the details of two photos are one picture's: of 98 photos saved
anew at 200 to 700 pixels in five ways no place strayed by more than 40.5; where one year of a label was another, some
place did by 195 and more, and by 58 where one thin figure of ten pixels was another."""

SAME: Final = 20.0
"""Errors up to which two pictures are the same beyond doubt: the small image that is kept of a photo is a JPEG, and
strays from the photo itself by up to 10."""

EXPECTED: Final = (1.5, 0.1)
"""Deviation of L* that saving anew makes on flat places, and the share of a squared gradient that it adds."""

ALTERED: Final = 90.0
"""Errors at some place from which a picture that is otherwise the same was surely altered: beside the sister most like
it, copies of pictures that were not known had 57 to 1,600; of 90 copies beside the picture itself one had 57 and the
others up to 38."""

UNALTERED: Final = 3.0
"""Median of the errors up to which two pictures are otherwise the same: those sisters had up to 2.1."""

AGAINST: Final = 0.3
"""Worth of an altered picture beside one that is the same: so much is enough, and a doubt is left."""

READABLE: Final = 2.3
"""Blur, in pixels of 320, up to which the details of a photo are looked at: a photo of 120 pixels has that much."""

NO_ERRORS: Final = np.zeros(0)
"""Answer where nothing can be compared."""

NEAR: Final = 0.02
"""Share of the longer side by which corners may be off for a photo to be compared with the whole of another one."""


def print_sureness(query: LocalFeatures, reference: LocalFeatures) -> float:
    """Sureness that two photos are one picture, whole and upright, saved anew; [0, 1], 0 for those that are not.

    Prints are at least ½, and 1 where no more differs than between a photo and the small image that is kept of it.
    """
    whole = _whole(query, reference)
    found = _detail_errors(query, reference, whole) if _are_alike(query, reference, whole) else NO_ERRORS
    astray = found.max(initial=0.0)
    return float(np.interp(astray, (SAME, FINE), (1.0, 0.5))) if len(found) and astray <= FINE else 0.0


def alteration(query: LocalFeatures, reference: LocalFeatures) -> float | None:
    """Sureness that two photos are one picture, whole and upright, of which some place was made another; [0, 1].

    None where they are not one picture for the most part. So do sisters differ that were drawn in one design, as forms
    or labels, if what is compared are the drawings.
    """
    found = _detail_errors(query, reference, _whole(query, reference))
    if not len(found) or np.median(found) > UNALTERED:
        return None
    return float(np.interp(found.max(), (FINE, ALTERED), (0.0, 1.0)))


def are_prints(query: LocalFeatures, reference: LocalFeatures, transform: Array) -> bool:
    """Whether two photos, laid over each other by a transform ``(3, 3)``, are prints of one picture.

    Of whole photos the details are looked at, beside what :func:`is_reprint` says: two labels may differ by one word
    alone. A photo so small or blurred that no such word could be read is no print.
    """
    if _is_whole(query, reference, transform):
        return print_sureness(query, reference) > 0
    return _are_alike(query, reference, transform)


def may_be_whole(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> bool:
    """Whether the transform of a check, if it has any, leads the whole of one photo to the whole of another."""
    size, other = query.features.size, reference.features.size
    is_alike = abs(np.log(size[0] * other[1] / (size[1] * other[0]))) <= NEAR
    return bool(is_alike) and (check.transform is None or _is_whole(query, reference, check.transform))


def _is_whole(query: LocalFeatures, reference: LocalFeatures, transform: Array) -> bool:
    there = np.column_stack([query.corners, np.ones(4)]) @ transform.T
    if not (there[:, 2] > 0).all():
        return False
    off = np.abs(there[:, :2] / there[:, 2:] - reference.corners)
    return bool(off.max() <= NEAR * max(reference.features.size))


def _whole(query: LocalFeatures, reference: LocalFeatures) -> Array:
    """The transform from the whole of a photo to the whole of another."""
    return resized(np.array(reference.features.size) / np.array(query.features.size))


def _are_alike(query: LocalFeatures, reference: LocalFeatures, transform: Array) -> bool:
    size = reference.features.size
    laid = overlay(query, reference, transform, reference.corners)
    width, height = query.features.size
    share = area(outline(transform, size, (width, height))) / (width * height)
    return bool(laid.mask.sum() >= LEAST_PIXELS) and is_reprint(laid, share)


def _detail_errors(query: LocalFeatures, reference: LocalFeatures, transform: Array) -> Array:
    """Errors ``(p,)`` of the details, as a multiple of what saving anew makes; none where no detail can be read."""
    laid = overlay(query, reference, transform, reference.corners, long_side=DETAIL)
    if laid.mask.sum() < LEAST_PIXELS:
        return NO_ERRORS
    seen = in_light(laid.query, laid.reference, laid.mask)
    sigma = blur_of(seen, laid.reference, laid.mask)
    if sigma is None or sigma > READABLE:
        return NO_ERRORS
    photo, (noise, slope) = blurred(laid.reference, sigma), EXPECTED
    missed = errors(seen, photo)[..., 0] / (noise**2 + slope * steepness(photo)[..., 0])
    return missed[laid.mask]


def is_reprint(registered: RegisteredPair, share: float) -> bool:
    """Whether two photos laid over each other are prints of one picture.

    ``share`` of the query lies on the reference. Light may differ as a whole, for a colour profile may be lost.
    """
    covers = float(registered.mask.mean())
    if covers < LEAST or max(covers, share) < COVERED or registered.reference[registered.mask, 0].std() < DRAWN:
        return False
    lightness, *colour = np.moveaxis(np.abs(_differences(registered)), 1, 0)
    return bool(lightness.max() <= LIGHTNESS and np.hypot(*colour).max() <= COLOUR)


def _differences(registered: RegisteredPair) -> Array:
    """(p, 3) how far the places of the mask differ in L*, a* and b*, beside what all of them do."""
    found = registered.query - registered.reference
    found -= np.median(found[registered.mask], axis=0)
    weights = registered.mask.astype(np.float32)
    smoothed = smooth(found * weights[..., None]) / np.maximum(smooth(weights), 1e-3)[..., None]
    return smoothed[registered.mask]
