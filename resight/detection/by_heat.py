"""Hotspots: heat of a known thing on a photo, thresholded, connected, cropped and recognised.

The title of "Simultaneous Intelligent Localization and Recognition Network" (Ghosh et al. 2017), for any encoder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.calibration.decision import DecisionRule
from resight.explain.heat import spread
from resight.explain.hot_regions import rise
from resight.features.encoder import GlobalEncoder
from resight.runtimes import blas
from resight.search.candidates import PROPOSED, candidates
from resight.search.describe import extract
from resight.search.gallery_index import GalleryIndex
from resight.search.global_index import GlobalIndex
from resight.search.mirror_image import MirrorImage
from resight.types import Array, Features
from resight.verification.components import components
from resight.verification.polygons import clipped, overlap
from resight.verification.rectangle import rectangle

from .by_geometry import WORTH
from .hypotheses import SAME_PLACE, Hypothesis, NamedHypothesis, named_hypothesis
from .magnified import GLOBAL_MAGNIFICATION, MagnifiedPhoto
from .windows import plane, windows

HEAT: Final = "heat"

CELLS: Final = 30
"""Cells of a heat map along its longer side."""

WINDOWS: Final = (1, 2, 4)
"""Sides of the windows that are described, in ACROSS cells: the smallest draw the map, all choose whose it is."""

ACROSS: Final = 5
"""Cells that the smallest window covers each way; larger windows lie that much farther apart."""

ASKED: Final = 8
"""Known things whose heat is drawn for each encoder, the likeliest."""

HOT: Final = 0.2
"""Share of the way from the ground to the peak where a thing ends (chosen on a third of museum's photos)."""

PEAK: Final = 0.6
"""Share of that way that a further part has to reach, to be more than a trace of the ground."""

SUPPORT: Final = 3.0
"""Diameters of a point around it that its vote is spread over: about as far as its descriptor looks."""

BLUR: Final = 2.0
"""Cells that a vote is spread over at least: points of one thing have gaps between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Hotspot:
    """A place ``outline (c, 2)`` on the photo that may show the known photo ``id``."""

    id: int
    outline: Array


@blas.one_thread()
def by_heat(
    index: GalleryIndex,
    magnified: MagnifiedPhoto,
    rule: DecisionRule,
    *,
    exclude: Collection[int] = (),
    found: Sequence[NamedHypothesis] = (),
) -> list[NamedHypothesis]:
    """The things whose hotspots are recognised as what they are hot for, as if the photos ``exclude`` were not known.

    A hotspot is cut out and asked about as any photo is, so that its probability means the same. What was ``found``
    already is not asked about again.
    """
    done = [(instance, one.hypothesis.outline) for one in found for instance in one.instances]
    named = (_recognised(index, magnified, rule, spot, exclude) for spot in _spots(index, magnified, exclude, done))
    return [one for one in named if one is not None]


def _spots(
    index: GalleryIndex, magnified: MagnifiedPhoto, exclude: Collection[int], taken: list[tuple[str, Array]]
) -> Iterator[Hotspot]:
    """Hotspots of every encoder's heat, but for those on a place that is ``taken`` for the same thing."""
    for id, heat in _maps(index, magnified, exclude):
        instance = index.items[id].instance
        for outline in outlines(heat, magnified.photo.size):
            if not any(instance == other and overlap(outline, place) >= SAME_PLACE for other, place in taken):
                taken.append((instance, outline))
                yield Hotspot(id, outline)


def _maps(index: GalleryIndex, magnified: MagnifiedPhoto, exclude: Collection[int]) -> Iterator[tuple[int, Array]]:
    """Known photos and their heat ``(h, w)``, the likelier first."""
    if index.local_index is not None:
        yield from _votes(index, magnified, exclude)
    for encoder in magnified.encoders:
        if isinstance(encoder, GlobalEncoder):
            descriptors = index.descriptors[encoder.fingerprint]
            yield from _cosines(index, descriptors, encoder, magnified, exclude)


def _votes(index: GalleryIndex, magnified: MagnifiedPhoto, exclude: Collection[int]) -> Iterator[tuple[int, Array]]:
    """Heat by local votes: the weight of those that agree, spread over what their points saw."""
    features, size = magnified.local.features, magnified.photo.size
    cell, shape = max(size) / CELLS, plane(size, CELLS)
    covered = shape[1] * cell, shape[0] * cell
    proposals = index.propose(magnified.local, PROPOSED, exclude=exclude)
    checks = {proposal.id: proposal.check for proposal in proposals if proposal.check.score >= WORTH}
    for id in index.first_of_each(checks)[:ASKED]:
        rows = checks[id].inliers[:, 0]
        widths = np.maximum(SUPPORT * features.scales[rows], BLUR * cell)
        points, weights = features.points[rows], checks[id].weights
        votes = spread(points, widths, weights, size=covered, shape=shape, conserved=False)
        yield id, np.sqrt(votes)  # else one detailed corner would outshine the rest of a thing


def _cosines(
    index: GalleryIndex,
    descriptors: GlobalIndex,
    encoder: GlobalEncoder,
    magnified: MagnifiedPhoto,
    exclude: Collection[int],
) -> Iterator[tuple[int, Array]]:
    """Heat by descriptors: how near what the encoder sees around each cell is to a known photo."""
    features = magnified.features(encoder, GLOBAL_MAGNIFICATION)
    if not len(features):
        return
    described = [_described(encoder, features, times) for times in WINDOWS]
    ids = index.first_of_each(descriptors.propose_any(np.concatenate(described), PROPOSED, exclude=exclude))[:ASKED]
    if not ids:
        return
    for id, column in zip(ids, descriptors.cosines(described[0], ids).T, strict=True):
        yield id, column.reshape(plane(magnified.photo.size, CELLS))


def _described(encoder: GlobalEncoder, features: Features, times: int) -> Array:
    """The descriptor ``(n, d)`` of what lies in a window, ACROSS cells wide, around each cell ``times`` as large.

    Where there is nothing, that is the nearest point.
    """
    cell = times * max(features.size) / CELLS
    low, high = np.split(windows(plane(features.size, CELLS, times=times), cell, ACROSS * cell), 2, axis=1)
    points = features.points[None]
    between = (points >= low[:, None]) & (points < high[:, None])
    within = between[..., 0] & between[..., 1]
    nearest = ((points - (low + high)[:, None] / 2) ** 2).sum(axis=2).argmin(axis=1)
    within[np.arange(len(within)), nearest] = True
    return np.array([encoder.describe(features.only(rows)) for rows in within])


def outlines(heat: Array, size: tuple[int, int]) -> list[Array]:
    """Hot regions of heat ``(h, w)`` over a photo of ``size``: rectangles ``(c, 2)``, cut off at the photo's edge."""
    risen, cell = rise(heat), max(size) / CELLS
    numbers = components(risen >= HOT)
    parts = (numbers == number for number in range(1, numbers.max() + 1))
    corners = (np.column_stack([rectangle(part) * cell, np.ones(4)]) for part in parts if risen[part].max() >= PEAK)
    return [clipped(each, size) for each in corners]


def _recognised(
    index: GalleryIndex, magnified: MagnifiedPhoto, rule: DecisionRule, spot: Hotspot, exclude: Collection[int]
) -> NamedHypothesis | None:
    """The hotspot's hypothesis, named where what is cut out gets the name of what it is hot for."""
    part = magnified.part(spot.outline)
    if part is None:
        return None
    seen = extract(part, magnified.encoders)
    found = candidates(index, seen, exclude=exclude)
    instances = [index.items[id].instance for id in found.ids]
    twins = {frozenset((instances[a], instances[b])) for a, b in found.twins}
    decision = rule.decide([(found.evidence, instances)], twins)
    if index.items[spot.id].instance not in decision.told:
        return None
    image = MirrorImage.of(seen.local, magnified.encoders)
    best = instances.index(decision.told[0])
    mirrored = image.fits_alone(index.local(found.ids[best]), found.checks[best]) is not None
    rows = zip(found.ids, instances, found.evidence, strict=True)
    named = named_hypothesis([Hypothesis(*row, spot.outline, None) for row in rows], decision, HEAT)
    return named and replace(named, mirrored=mirrored)
