"""Calibrating a gallery: asking it what it holds, and fitting its calibration to the answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.gallery.records import StoredCalibration
from resight.io.datasets.dataset import Entry
from resight.progress import Job, Progress
from resight.search.candidates import columns
from resight.search.gallery_index import GalleryIndex
from resight.search.global_index import GROWN
from resight.search.search_settings import KEY, SearchSettings, settings_of
from resight.types import Array

from . import calibration, conditional_logit
from .asking import Asking
from .examples import EXAMPLES, ExamplesAsked, remembered
from .held_out import HeldOutAnswers, cross_fit, hold_out
from .near_duplicates import Duplicates, among_answers, find_near_duplicates
from .samples import CalibrationSamples, Key, concatenate
from .seen_share import SeenShare, share_of
from .self_queries import neighbours, plan_queries, run_queries
from .teaching import LESSON, Lesson, teach

Steps = Job[tuple[CalibrationSamples, Duplicates]]
"""Questions being asked; what comes of them, and the near duplicates among all."""

BLOCK: Final = 64
"""Examples that are asked about between two moments at which what came of them is stored."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Outcome of a calibration: of the photos that a person gave, and what they taught, None without a known thing."""

    examples: ExamplesAsked
    lesson: Lesson | None
    seen: SeenShare | None = None


def calibrate(
    gallery: Gallery,
    encoders: Sequence[Encoder],
    given: Sequence[Entry] = (),
    *,
    seen: Sequence[Entry] = (),
    forget: bool | Collection[bytes] = False,
    settings: SearchSettings | None = None,
) -> Job[Calibrated]:
    """Fit the calibration to what the gallery holds now and to examples: those ``given``, and those given before unless
    they are to be forgotten, all or those of these digests.

    Examples without a label are of unknown things. Questions asked before are kept while their photo, its instance, its
    neighbours, the whitening and the size of the gallery are much the same, so that ten photos added to ten thousand
    are calibrated in seconds. Of ``seen`` photos, of which nobody says what they show, the share of unknown ones is
    estimated. With ``settings`` the gallery is searched by them from now on, otherwise as before.
    """
    index = GalleryIndex(gallery, encoders, newest=True, settings=settings)
    names = columns(index)
    past = calibration.stored(gallery)
    before = _looked_at_before(gallery, past)
    found = yield from find_near_duplicates(index, before)
    kept = _kept(gallery, past, index, names, found)
    simulated, found = yield from _asked(index, encoders, kept.simulated, found, anew=not len(before.ids))
    told = {} if past is None or forget is True else past.parameters
    examples, due = remembered(told, kept.examples, kept.stale, index.items)
    for digest in () if isinstance(forget, bool) else forget:
        examples.forget(digest)
    asking = Asking(index, encoders, calibration.fit(names, simulated, photos=len(index)), examples)
    yield from asking.renew(due)

    def fitted() -> Lesson | None:
        everything = concatenate([simulated, *examples.samples.values()], len(names))
        things = examples.things()
        fit, lesson = teach(names, everything, things, photos=len(index))
        fit = replace(fit, held_out=hold_out(everything, cross_fitted(index, names, everything, things)))
        more = {"asked_at": kept.asked_at, "whitened": dict(index.whitenings), EXAMPLES: examples.to_list()}
        more[KEY] = index.settings.to_dict()
        parameters = {**fit.parameters(), **more, LESSON: lesson and lesson.to_dict()}
        gallery.save_calibration(parameters, {**fit.arrays(), **everything.arrays(), **found.arrays()})
        return lesson

    for start in range(0, len(given), BLOCK):
        yield from asking.ask(given[start : start + BLOCK], start, len(given))
        if start + BLOCK < len(given):
            fitted()
    is_same = simulated is kept.simulated and len(found.ids) == len(before.ids) and is_calibrated(gallery)
    is_same = is_same and past is not None and HeldOutAnswers.are_in(past.arrays)
    is_same = is_same and index.settings.reason == settings_of(gallery).reason
    lesson = Lesson.of(told) if is_same and not due and examples.are_of(calibration.stored(gallery)) else fitted()
    yield Progress("calibration", len(simulated), len(simulated))
    photos = yield from asking.look_at(seen)
    now = calibration.stored(gallery)
    if not photos or now is None:
        return Calibrated(examples, lesson)
    everything = concatenate([simulated, *examples.samples.values()], len(names))
    probabilities = cross_fitted(index, names, everything, examples.things())
    fit = calibration.Calibration.of(now.parameters, now.arrays)
    return Calibrated(examples, lesson, share_of(fit, concatenate(photos, len(names)), everything, probabilities))


def cross_fitted(
    index: GalleryIndex, names: Sequence[str], samples: CalibrationSamples, things: Sequence[str]
) -> Array:
    """Probabilities ``(q, k)`` by fits without the instance of each; ``things`` are those of given photos, in order."""
    given = samples.given
    instances = [index.items[id].instance if id in index.items else "" for id in samples.ids.tolist()]
    for row, thing in zip(np.flatnonzero(given).tolist(), things, strict=True):
        instances[row] = thing

    def probabilities(kept: Array) -> Array:
        taught = [thing for thing, is_kept in zip(things, kept[given], strict=True) if is_kept]
        fit, _ = teach(names, samples.only(kept), taught, photos=len(index))
        return conditional_logit.probabilities(fit.scale(samples.evidence), samples.present, fit.weights)

    return cross_fit(samples, instances, probabilities)


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
            everything = concatenate([everything.only([key in keys for key in everything.asked()]), *blocks], width)
        more = among_answers(index, concatenate([unseen, *blocks], width), found)
        if not more:
            return everything, found
        found, unseen = found.adding(more), concatenate([], width)


def _looked_at_before(gallery: Gallery, past: StoredCalibration | None) -> Duplicates:
    """Near duplicates that were found before, of photos that still have their names."""
    if past is None:
        return Duplicates.of({})
    changes = gallery.changed_since(past.revision)
    return Duplicates.of(past.arrays).forgetting([*changes.removed, *changes.renamed])


def is_calibrated(gallery: Gallery) -> bool:
    """Whether the photos are those that the calibration was fitted on."""
    stored = gallery.calibration()
    return stored is not None and stored.revision == gallery.revision


@dataclass(frozen=True, slots=True)
class _Kept:
    """Questions asked before that would get much the same candidates today.

    Attributes
    ----------
    simulated : about the gallery's own photos.
    examples : about photos that a person gave, all of them.
    stale : keys of those of these that should be asked again where their photo is at hand.
    asked_at : of how many photos they were asked.
    """

    simulated: CalibrationSamples
    examples: CalibrationSamples
    stale: frozenset[Key]
    asked_at: int


def _kept(
    gallery: Gallery,
    past: StoredCalibration | None,
    index: GalleryIndex,
    names: Sequence[str],
    found: Duplicates,
) -> _Kept:
    nothing = concatenate([], len(names))
    if past is None or past.parameters["columns"][:-1] != list(names):
        return _Kept(nothing, nothing, frozenset(), len(index))
    size, everything = past.parameters["asked_at"], CalibrationSamples.of(past.arrays)
    changes = gallery.changed_since(past.revision)
    changed = [*changes.removed, *changes.renamed]
    before, examples = everything.forgetting(changed), everything.forgetting(changes.removed)
    examples = examples.only(examples.given)
    searched = past.parameters.get("whitened"), settings_of(gallery)
    if not 1 / GROWN <= len(index) / max(size, 1) <= GROWN or searched != (index.whitenings, index.settings):
        return _Kept(nothing, examples, frozenset(examples.asked()), len(index))
    near = {neighbour for id in changes.added for neighbour in neighbours(index, id)}
    wanted = {question.key for question in plan_queries(index, found.links(index.items)) if question.id not in near}
    simulated = before.only([key in wanted for key in before.asked()])
    given = everything.only(everything.given)
    moved = np.any(given.present & np.isin(given.candidates, [*changed, *near]), axis=1)
    return _Kept(simulated, examples, frozenset(given.only(moved).asked()), size)
