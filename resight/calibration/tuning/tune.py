"""Tuning: a gallery's search settings, chosen by what it answers to questions about its own photos."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.calibration.fitting import calibrate, cross_fitted
from resight.calibration.importance import balanced
from resight.calibration.samples import CalibrationSamples, concatenate
from resight.calibration.self_queries import Picture, plan_queries, run_queries, vote_again
from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.io.images import Photo
from resight.progress import Job, Progress
from resight.search.candidates import candidates, columns
from resight.search.describe import PhotoFeatures, extract
from resight.search.gallery_index import GalleryIndex
from resight.search.search_settings import SearchSettings
from resight.search.voting_rule import VotingRule
from resight.types import Array

from .choice import FEW, LEVEL, Gain, Trial, best, gain

ASKED: Final = 200
"""Photos that are asked about, at most."""

TIMED: Final = 12
"""Photos whose answers are timed."""

FLOOR: Final = 1e-3
"""Least probability that a right answer counts with, so that a single miss does not outweigh hundreds of answers."""

DEPTHS: Final = (2, 3, 8)
"""Numbers of photos compared that are tried beside the default."""

VOTES: Final = (
    *(VotingRule("similarity", k, f) for k in (3, 7, 13, 23) for f in ("identity", "square")),
    *(VotingRule("majority", k) for k in (3, 7)),
    *(VotingRule("mean", k, alpha=alpha) for k in (3, 7, 13) for alpha in (None, 0.7, 0.5)),
)
"""Votes that are tried beside the top score, where things have several photos: those of Bouček 2020 that lead its
tables somewhere, at the numbers of neighbours where they do, and the plain majority."""


@dataclass(frozen=True, slots=True, eq=False)
class TuningChoice:
    """Outcome of a tuning.

    Attributes
    ----------
    settings : that were chosen and stored, with the reason in three sentences.
    trials : everything that was tried, the default first.
    questions, things : that were asked, and how many different things they are about.
    latency : milliseconds that an answer might take, None for any.
    importance : (q,) of the questions.
    """

    settings: SearchSettings
    trials: tuple[Trial, ...]
    questions: int
    things: int
    latency: float | None
    importance: Array

    @property
    def is_default(self) -> bool:
        """Whether the default was kept."""
        return self.settings == SearchSettings()


def tune(gallery: Gallery, encoders: Sequence[Encoder], *, latency: float | None = None) -> Job[TuningChoice]:
    """Choose how a gallery is searched, store that, and fit its calibration to it.

    The gallery is asked about its own photos, held out, in views, and with their things left out, as its calibration
    asks: with the default settings, then with others of one kind at a time (photos compared, whitening, votes with
    their k, f and α), each
    beside the best so far. Probabilities are those of fits that know nothing of what is asked about. Others take the
    place of the default where the right answers become likelier by more than noise, after correction for all that was
    tried; or where the default takes more than ``latency`` milliseconds an answer and they do not.
    """
    trying = _Trying(gallery, encoders)
    first = yield from trying.trial(SearchSettings())
    trials, chosen = [first], first
    stages = trying.stages() if trying.things >= FEW or latency is not None else []
    for options in stages:
        found = yield from trying.each(options(chosen.settings))
        trials += found
        chosen = _chosen(trying, chosen, found, latency, LEVEL / len(stages))
    settings = replace(chosen.settings, reason=_reason(trying, chosen, trials, latency))
    yield from calibrate(gallery, encoders, settings=settings)
    return TuningChoice(settings, tuple(trials), len(trying.instances), trying.things, latency, trying.importance)


Options = Callable[[SearchSettings], list[SearchSettings]]
"""Settings to try beside those that are best so far."""


class _Trying:
    """The questions that a gallery is asked in each trial.

    Attributes
    ----------
    instances : (q,) what each question is about.
    importance : (q,) of each question.
    """

    def __init__(self, gallery: Gallery, encoders: Sequence[Encoder]) -> None:
        index = GalleryIndex(gallery, encoders, newest=True, settings=SearchSettings())
        asked = sorted(index.items, key=lambda id: index.items[id].digest)[:ASKED]
        self._gallery = gallery
        self._encoders = encoders
        self._queries = [query for query in plan_queries(index) if query.id in {*asked, -1}]
        self._timed = asked[:TIMED]
        self._pictures: dict[Picture, PhotoFeatures] = {}
        self._answers: dict[tuple[int, bool], tuple[list[CalibrationSamples], float]] = {}
        self._trials = 0
        counts = Counter(item.instance for item in index.items.values())
        self._is_whitened = any(index.whitenings.values())
        self._has_several = max(counts.values(), default=0) > 1
        self._has_descriptors = bool(index.descriptors)
        self.instances = [index.items[query.id].instance if query.id >= 0 else "" for query in self._queries]
        self.importance = np.zeros(len(self._queries))

    @property
    def things(self) -> int:
        """Number of different things that the questions are about."""
        return len({*self.instances} - {""})

    def stages(self) -> list[Options]:
        """The kinds of settings that can make a difference here."""
        stages: list[Options] = [lambda best: [replace(best, compared=depth) for depth in DEPTHS]]
        if self._is_whitened:
            stages.append(lambda best: [replace(best, whiten=False)])
        if self._has_descriptors and self._has_several:
            stages.append(lambda best: [replace(best, vote=vote) for vote in VOTES])
        return stages

    def each(self, settings: Sequence[SearchSettings]) -> Job[list[Trial]]:
        """Ask all questions with each of these settings."""
        found: list[Trial] = []
        for one in settings:
            trial = yield from self.trial(one)
            found.append(trial)
        return found

    def trial(self, settings: SearchSettings) -> Job[Trial]:
        """Ask all questions with these settings."""
        self._trials += 1
        index = GalleryIndex(self._gallery, self._encoders, newest=True, settings=settings)
        blocks = yield from self._asked(index)
        names = columns(index)
        samples = concatenate(blocks, len(names))
        self.importance = balanced(samples)
        scores = right_answers(samples, cross_fitted(index, names, samples, ()))
        return Trial(settings, scores, self._answers[_compares(settings)][1])

    def _asked(self, index: GalleryIndex) -> Job[list[CalibrationSamples]]:
        """The answers to all questions, a block each; of settings that differ by the vote alone nothing is compared
        again.
        """
        settings, total = index.settings, len(self._queries)
        blocks: list[CalibrationSamples] = []
        before = self._answers.get(_compares(settings))
        answers = (
            run_queries(index, self._encoders, self._queries, pictures=self._pictures)
            if before is None
            else vote_again(index, self._queries, before[0], self._pictures)
        )
        for block in answers:
            blocks.append(block)
            yield Progress(f"trial {self._trials}", len(blocks), total, str(settings))
        if before is None:
            self._answers[_compares(settings)] = blocks, self._milliseconds(index)
        return blocks

    def _milliseconds(self, index: GalleryIndex) -> float:
        taken = []
        for id in self._timed:
            start = time.perf_counter()
            candidates(index, extract(Photo.of(index.local(id).image), self._encoders), exclude=[id])
            taken.append(1000 * (time.perf_counter() - start))
        return float(np.median(taken)) if taken else 0.0


def _compares(settings: SearchSettings) -> tuple[int, bool]:
    """The part of settings that decides which photos are compared; a vote takes no time beside that."""
    return settings.compared, settings.whiten


def right_answers(samples: CalibrationSamples, probabilities: Array) -> Array:
    """Log probability ``(q,)`` of what is right, by ``probabilities (q, k)`` of the candidates: not below log FLOOR.

    A known thing that is no candidate has none at all, however sure it is that nothing is known.
    """
    rows = np.arange(len(samples))
    named = np.where(samples.answers >= 0, probabilities[rows, samples.answers], 0.0)
    unknown = 1 - np.where(samples.present, probabilities, 0.0).sum(axis=1)
    return np.asarray(np.log(np.maximum(np.where(samples.known, named, unknown), FLOOR)))


def _chosen(trying: _Trying, current: Trial, found: Sequence[Trial], latency: float | None, level: float) -> Trial:
    """The trial to go on with: one that is surely better, or one that is fast enough where the present one is not."""
    quick = [one for one in (current, *found) if latency is None or one.milliseconds <= latency]
    if not quick:
        return min((current, *found), key=lambda one: one.milliseconds)
    if current not in quick:
        return max(quick, key=lambda one: _gain(trying, one, current).mean)
    others = [one for one in quick if one is not current]
    chosen = best([_gain(trying, one, current) for one in others], level=level)
    return current if chosen is None else others[chosen]


def _gain(trying: _Trying, one: Trial, base: Trial) -> Gain:
    return gain(one.scores, base.scores, trying.importance, trying.instances)


def _reason(trying: _Trying, chosen: Trial, trials: Sequence[Trial], latency: float | None) -> tuple[str, ...]:
    """Three sentences: what was chosen, on what evidence, and what it takes."""
    first, *others = trials
    kept = chosen.settings == first.settings
    what = f"kept the default: {first.settings}" if kept else f"chose {chosen.settings}; the default: {first.settings}"
    asked = f"{len(trying.instances)} questions about {trying.things} things, {len(trials)} settings tried"
    if trying.things < FEW and not others:
        why = f"{asked}: of fewer than {FEW} things no gain can be told from noise"
    elif kept:
        rival = max(others, key=lambda one: _gain(trying, one, first).mean)
        said = f"the best other one, {rival.settings}, {_told(trying, rival, first)}"
        why = f"{asked}: none is better by more than noise; {said}"
    else:
        why = f"{asked}: it {_told(trying, chosen, first)}"
    takes = f"an answer takes {chosen.milliseconds:.0f} ms once the photo is read"
    if not kept:
        takes += f", by default {first.milliseconds:.0f} ms"
    if latency is not None:
        within = "within" if chosen.milliseconds <= latency else "which no setting brings within"
        takes += f", {within} the {latency:g} ms that were allowed"
    return what, why, takes


def _told(trying: _Trying, one: Trial, base: Trial) -> str:
    found = _gain(trying, one, base)
    spread = "" if math.isinf(found.error) else f" ± {1.96 * found.error:.3f}"
    return f"changes the log probability of right answers by {found.mean:+.3f}{spread} a question"
