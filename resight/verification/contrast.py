"""Contrast: what a query shows in the places where known photos that look alike differ from each other.

Over a whole photo two labels of one design agree with a query equally well; what tells them apart is a word, a year or
a colour. There the query is compared with each of them, after everything that is *not* what tells them apart was fitted
where they agree with each other: the light, how blurred the query is, and how far it strays from what it shows. What
the query does not resolve therefore tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, SpatialVerification

from .comparison import LEAST, NO_VOTES, LocalFeatures, agreed, lay, overlay
from .difference_map import difference
from .likeness import DETAIL, WINDOW, blur_of, blurred, errors, in_light, steepness, summed

ALIKE: Final = 15.0
"""Score of the consensus of two known photos from which they look alike; photos of different things reach 5."""

DIFFERENT: Final = 0.3
"""Difference from which two places are looked at: less than is told to people, since a small word makes no more."""

BOUND: Final = 4.0
"""Errors, as a multiple of those expected, from which they cost but their logarithm, as those of Student's t do: a
glare or a finger, which no known photo explains, costs each much the same."""

STRAYING: Final = (1.5, 2.0, 2.0)
"""Least deviation of L*, a* and b* that is expected of the same thing: JPEG alone makes as much."""

DOUBT: Final = 4.0
"""Log likelihood ratio that there has to be between two photos for half of what the query lacks to count."""

MARGIN: Final = 32
"""Pixels around the places that differ on which light, blur and straying are fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class LookAlike:
    """A known photo that looks like another one, laid over it.

    Attributes
    ----------
    matrix : (3, 3) from its pixels to those of the other one, both upright.
    differs : (h, w) bool, the places where they differ, in the other one's frame.
    shared : (h, w) bool, what could be compared.
    """

    matrix: Array
    differs: Array
    shared: Array


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Contrast of ``k`` known photos in one query.

    Attributes
    ----------
    ratios : (k, k) log likelihood ratio of each photo against each other one, up to a factor that the weights of a
        calibration make good; antisymmetric, 0 where nothing tells.
    misfits : (k,) share of what tells each photo from its most serious rival that the query lacks, [0, 2]: little where
        it shows that photo's thing, 1 where it is as far from both, 2 where it shows the rival's; less where all that
        differs is hardly to be seen.
    """

    ratios: Array
    misfits: Array


def look_alike(photo: LocalFeatures, other: LocalFeatures) -> LookAlike | None:
    """``photo`` as it looks like ``other``; None where it does not."""
    check = agreed(photo.features, other.features, NO_VOTES)
    laid = lay(photo, other, check) if check.score >= ALIKE else None
    if laid is None or check.transform is None:
        return None
    return LookAlike(check.transform, difference(laid.query, laid.reference, laid.mask) > DIFFERENT, laid.mask)


def explained(checks: Sequence[SpatialVerification]) -> Array:
    """Natural log of how many of a query's points one photo alone explains to those that only another does, ``(k, k)``.

    ``checks`` are those of ``k`` photos with one query. One point is added to either count.
    """
    points = [set(check.inliers[:, 0].tolist()) for check in checks]
    alone = np.array([[len(one - other) for other in points] for one in points], float).reshape(len(points), -1)
    return np.log((1 + alone) / (1 + alone.T))


def deficits(ratios: Array) -> Array:
    """Deficit of each of several photos that look alike, ``(k,)`` at most 0, of ``ratios (k, k)``; 0 for the winner.

    Twice the logarithm of what it loses by to its most serious rival, so that two of them are as far apart as their
    ratio says. Were the winner's gain counted, a thing that is not known would gain by it as well: it resembles one of
    them more than the others.
    """
    return 2 * np.minimum(worst(np.sign(ratios) * np.log1p(np.abs(ratios))), 0.0)


def worst(ratios: Array) -> Array:
    """The ratio of each photo against its most serious rival, ``(k, k)`` to ``(k,)``."""
    return np.min(ratios + np.diag(np.full(len(ratios), np.inf)), axis=1)


@forking.held_off()
def contrast(
    query: LocalFeatures,
    reference: LocalFeatures,
    check: SpatialVerification,
    others: Sequence[tuple[LocalFeatures, LookAlike]],
) -> Contrast:
    """The contrast of a reference, which comes first, and of the ``others`` that look like it.

    The ``check`` is that of the query with the reference. Everything is laid over the reference.
    """
    nothing = Contrast(np.zeros((len(others) + 1,) * 2), np.zeros(len(others) + 1))
    scene = None if check.transform is None else _scene(query, reference, check.transform, others)
    sigma = None if scene is None else blur_of(scene.query, scene.photos[0], scene.common)
    if scene is None or sigma is None:
        return nothing
    photos = np.array([blurred(photo, sigma) for photo in scene.photos])
    missed = np.array([errors(scene.query, photo) for photo in photos])
    expected = _expected(photos, missed, scene.common)
    costs = np.array([_costs(each, expected) for each in missed])
    differs = scene.differs[:, None] | scene.differs
    # Errors of places beside each other are the same error: as far as the window reaches, or the blur.
    together = max(WINDOW**2, 4 * np.pi * sigma**2)
    ratios = ((costs - costs[:, None]) * differs).sum(axis=(-2, -1), dtype=np.float64) / together
    return Contrast(ratios, _misfits(ratios, photos, expected, scene.differs, together))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A ``query (h, w, 3)`` and ``photos (k, h, w, 3)`` in one frame and light, L*a*b*.

    ``differs (k, h, w)`` says where each photo differs from the first one, ``common (h, w)`` where all are alike.
    """

    query: Array
    photos: Array
    differs: Array
    common: Array


def _scene(
    query: LocalFeatures, reference: LocalFeatures, matrix: Array, others: Sequence[tuple[LocalFeatures, LookAlike]]
) -> _Scene | None:
    """Everything laid over the reference, cut to the places that differ and their surroundings; None for none."""
    corners = reference.corners
    seen = overlay(query, reference, matrix, corners, long_side=DETAIL)
    laid = [overlay(photo, reference, like.matrix, corners, long_side=DETAIL) for photo, like in others]
    inside = np.logical_and.reduce([seen.mask, *(each.mask for each in laid)])
    shared = np.logical_and.reduce([inside, *(_enlarged(like.shared, inside.shape) for _, like in others)])
    differs = np.array([np.zeros_like(inside), *(_enlarged(like.differs, inside.shape) for _, like in others)]) & shared
    anywhere = np.logical_or.reduce(differs)
    common = shared & (cv2.dilate(anywhere.astype(np.uint8), np.ones((WINDOW, WINDOW), np.uint8)) == 0)
    if not anywhere.any():
        return None
    box = tuple(slice(max(0, int(rows.min()) - MARGIN), int(rows.max()) + MARGIN + 1) for rows in np.nonzero(anywhere))
    common, differs = common[box], differs[:, *box]
    if common.sum() < LEAST:
        return None
    first = seen.reference[box]
    photos = [first, *(in_light(each.query[box], first, common) for each in laid)]
    return _Scene(in_light(seen.query[box], first, common), np.array(photos), differs, common)


def _enlarged(mask: Array, shape: tuple[int, ...]) -> Array:
    return cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _expected(photos: Array, missed: Array, common: Array) -> Array:
    """Squared errors ``(h, w, 3)`` to expect of the right photo: noise, and more where edges are not quite in place.

    Both are measured where all photos are alike; the edges are those of all of them, so that none is favoured.
    """
    edges = np.mean([steepness(photo) for photo in photos], axis=0)
    usual = missed.mean(axis=0)
    expected = np.empty_like(edges)
    for plane, least in enumerate(STRAYING):
        steep, strayed = edges[common, plane], usual[common, plane]
        noise = max(float(strayed[steep <= np.median(steep)].mean()), least**2)
        slope = float(np.maximum(strayed - noise, 0).sum()) / max(float(steep.sum()), 1e-6)
        expected[..., plane] = noise + slope * edges[..., plane]
    return expected


def _misfits(ratios: Array, photos: Array, expected: Array, differs: Array, together: float) -> Array:
    """Share of what tells each photo from its most serious rival that the query lacks, ``(k,)`` in [0, 2]."""
    misfits = np.zeros(len(photos))
    for one, other in enumerate(_rivals(ratios)):
        # Were the one what the query shows, both would miss it by what is expected, and the other by their difference.
        apart = expected + errors(photos[one], photos[other])
        leads = (_costs(apart, expected) - _costs(expected, expected)) * (differs[one] | differs[other])
        there = leads.sum(dtype=np.float64) / together
        lacking = 1 - ratios[one, other] / max(there, 1e-6)
        misfits[one] = np.clip(lacking, 0, 2) * there / (there + DOUBT)
    return misfits


def _costs(missed: Array, expected: Array) -> Array:
    """Costs ``(..., h, w)`` of squared errors: their multiple of those expected, and less from BOUND on."""
    return BOUND * np.log1p(summed(missed / expected) / (3 * BOUND))


def _rivals(ratios: Array) -> list[int]:
    """The photo against which each one has least, ``k`` rows."""
    return np.argmin(ratios + np.diag(np.full(len(ratios), np.inf)), axis=1).tolist()
