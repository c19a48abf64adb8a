"""Calibrating a gallery: asking it what it holds, and fitting its calibration to the answers."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.io.datasets.dataset import Entry
from resight.progress import Job, Progress
from resight.search.candidates import columns
from resight.search.gallery_index import GalleryIndex
from resight.search.global_index import GROWN

from . import calibration
from .near_duplicates import Duplicates, among_answers, find_near_duplicates
from .samples import CalibrationSamples, QueryKind, concatenate
from .self_queries import neighbours, plan_queries, run_queries
from .unknown_photos import UnknownPhotos, ask_unknown_photos

Steps = Job[tuple[CalibrationSamples, Duplicates]]
"""Questions being asked; what comes of them, and the near duplicates among all."""


def calibrate(
    gallery: Gallery, encoders: Sequence[Encoder], unknown_photos: Sequence[Entry] = ()
) -> Job[UnknownPhotos]:
    """Fit the calibration to what the gallery holds now.

    Questions asked before are kept while their photo, its instance, its neighbours, the whitening and the size of the
    gallery are much the same, so that ten photos added to ten thousand are calibrated in seconds. Returns what
    came of the ``unknown_photos``.
    """
    index = GalleryIndex(gallery, encoders, newest=True)
    names = columns(index)
    before = _looked_at_before(gallery)
    found = yield from find_near_duplicates(index, before)
    kept, asked_at = _kept(gallery, index, names, found)
    everything, found = yield from _asked(index, encoders, kept, found, anew=not len(before.ids))
    result = UnknownPhotos()
    if unknown_photos:
        taught = calibration.fit(names, everything.only(everything.kinds != QueryKind.UNKNOWN), photos=len(index))
        result = yield from ask_unknown_photos(index, encoders, unknown_photos, everything, taught)
        stays = [key not in result.withdrawn for key in everything.asked()]
        if result.asked or not all(stays):
            everything = concatenate([everything.only(stays), *result.asked], len(names))
    if everything is not kept or not is_calibrated(gallery) or len(found.ids) > len(before.ids):
        fitted = calibration.fit(names, everything, photos=len(index))
        parameters = {**fitted.parameters(), "asked_at": asked_at, "whitened": dict(index.whitenings)}
        gallery.save_calibration(parameters, {**fitted.arrays(), **everything.arrays(), **found.arrays()})
    yield Progress("calibration", len(everything), len(everything))
    return result


def _asked(
    index: GalleryIndex, encoders: Sequence[Encoder], kept: CalibrationSamples, found: Duplicates, *, anew: bool
) -> Steps:
    """Ask what is due beside what was ``kept``, and again where answers show that two names are of one picture.

    ``anew`` where what was kept has not been looked through for such pictures.
    """
    width = kept.evidence.shape[2]
    everything, unseen, before = kept, kept if anew else concatenate([], width), 0
    while True:
        links = found.links(index.items)
        wanted = plan_queries(index, links)
        keys = {question.key for question in wanted}
        asked = set(everything.asked())
        new = [question for question in wanted if question.key not in asked]
        blocks: list[CalibrationSamples] = []
        for block in run_queries(index, encoders, new, links):
            blocks.append(block)
            yield Progress("calibration", before + len(blocks), before + len(new))
        before += len(blocks)
        if blocks:
            still = [key in keys or key[1] == QueryKind.UNKNOWN for key in everything.asked()]
            everything = concatenate([everything.only(still), *blocks], width)
        more = among_answers(index, concatenate([unseen, *blocks], width), found)
        if not more:
            return everything, found
        found, unseen = found.adding(more), concatenate([], width)


def _looked_at_before(gallery: Gallery) -> Duplicates:
    """Near duplicates that were found before, of photos that still have their names."""
    stored = calibration.stored(gallery)
    if stored is None:
        return Duplicates.of({})
    changes = gallery.changed_since(stored.revision)
    return Duplicates.of(stored.arrays).forgetting([*changes.removed, *changes.renamed])


def is_calibrated(gallery: Gallery) -> bool:
    """Whether the photos are those that the calibration was fitted on."""
    stored = gallery.calibration()
    return stored is not None and stored.revision == gallery.revision


def _kept(
    gallery: Gallery, index: GalleryIndex, names: Sequence[str], found: Duplicates
) -> tuple[CalibrationSamples, int]:
    """Questions asked before that would get much the same candidates today, and of how many photos they were asked."""
    nothing = concatenate([], len(names)), len(index)
    stored = calibration.stored(gallery)
    if stored is None or stored.parameters["columns"][:-1] != list(names):
        return nothing
    size = stored.parameters["asked_at"]
    if not 1 / GROWN <= len(index) / max(size, 1) <= GROWN or stored.parameters.get("whitened") != index.whitenings:
        return nothing
    changes = gallery.changed_since(stored.revision)
    before = CalibrationSamples.of(stored.arrays).forgetting([*changes.removed, *changes.renamed])
    near = {neighbour for id in changes.added for neighbour in neighbours(index, id)}
    wanted = {question.key for question in plan_queries(index, found.links(index.items)) if question.id not in near}
    known_now = {zlib.crc32(item.digest) for item in index.items.values()}
    still_unknown = [key[1] == QueryKind.UNKNOWN and key[2] not in known_now for key in before.asked()]
    return before.only([old or key in wanted for old, key in zip(still_unknown, before.asked(), strict=True)]), size
