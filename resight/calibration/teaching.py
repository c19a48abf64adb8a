"""Teaching: fitting a calibration to examples of real use, which weigh against simulated questions by what they are
worth.

The weights that simulated questions give are the prior of a second fit, to the examples (a hierarchical model; the
prior's precision is a power of the simulated likelihood, Ibrahim and Chen 2000). How much simulated questions count in
it, beside a scale of all evidence and an offset that examples may set alone, is chosen by the likelihood of examples
that were held out, each thing whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.metrics.checks import is_number
from resight.metrics.reliability import ece
from resight.types import Array

from . import calibration, conditional_logit, importance, prior
from .calibration import Calibration
from .conditional_logit import Prior, Questions
from .samples import CalibrationSamples

LESSON: Final = "lesson"
"""Key of a stored calibration's parameters below which what examples taught it is."""

WORTHS: Final = (1, 3, 10)
"""Numbers of simulated questions that an example may count as much as; or it counts as nothing."""

FOLDS: Final = 5
"""Parts that examples are held out in."""

SCALE: Final = 0.5
"""Spread of the belief about how much more, or less, all evidence together says of real photos than of simulated."""

OFFSET: Final = 2.0
"""Spread of the belief about how much likelier, or less likely, real photos are known at the same evidence; in log
odds."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Lesson that examples taught a calibration.

    Attributes
    ----------
    known, things : examples of known things, and how many things those are.
    unknown : photos that show none.
    worth : how many simulated questions one example counts as much as; 0 where held-out examples became no likelier, so
        that none is used.
    before, after : of examples that were held out, each with all of its thing: the calibration error, in [0, 1], at the
        share of unknown photos among them, and the mean log loss at an even share; by the calibration without
        examples, and by those fitted on the other examples.
    """

    known: int
    things: int
    unknown: int
    worth: int
    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """The gain, for people."""
        asked = f"{_count(self.known, 'example')} of {_count(self.things, 'thing')}, "
        asked += f"{_count(self.unknown, 'photo')} of unknown ones"
        figures = ", ".join(
            f"{name} {self.before[key]:.3f} → {self.after[key]:.3f}"
            for name, key in (("calibration error", "ece"), ("log loss", "log_loss"))
        )
        held = f"held-out ones (n={self.known + self.unknown:,})"
        if not self.worth:
            return f"{asked}: not used, for nothing is gained with {held}: {figures}"
        worth = f"one example counts as much as {_count(self.worth, 'simulated question')}"
        return f"{asked}: {figures} on {held}; {worth}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self | None:
        """The lesson of a stored calibration; raises GalleryError for what is none."""
        if (stored := parameters.get(LESSON)) is None:
            return None
        try:
            lesson = cls(**stored)
        except TypeError as error:
            raise GalleryError(f"what examples taught it is {stored!r:.80}") from error
        counts = lesson.known, lesson.things, lesson.unknown, lesson.worth
        both = [one if isinstance(one, Mapping) else {} for one in (lesson.before, lesson.after)]
        figures = [one.get(name) for one in both for name in ("ece", "log_loss")]
        if not all(map(is_number, [*counts, *figures])):
            raise GalleryError(f"what examples taught it is {stored!r:.80}")
        return lesson


def teach(
    columns: Sequence[str], samples: CalibrationSamples, things: Sequence[str], *, photos: int
) -> tuple[Calibration, Lesson | None]:
    """The calibration of a gallery of ``photos`` that was asked ``samples``, and what examples among them taught it.

    ``things`` are those of the photos that a person gave, in order; views of one count less each, the more there are.
    Without an example of a known thing it is :func:`resight.calibration.calibration.fit`, and nothing is taught.
    """
    examples = samples.given & samples.known
    plain = calibration.fit(columns, samples.only(~examples), photos=photos)
    if not examples.any():
        return plain, None
    school = _School(columns, samples, things)
    worth, before, after = school.chosen()
    known = [thing for thing, is_known in zip(things, samples.known[samples.given], strict=True) if is_known]
    lesson = Lesson(len(known), len(set(known)), len(things) - len(known), worth, before, after)
    taught = replace(plain, counts=samples.counts())
    if worth:
        weights = school.fitted(np.ones(len(samples), bool), worth)
        probabilities = conditional_logit.probabilities(taught.scale(samples.evidence), samples.present, weights)
        impostors = probabilities[importance.impostors(samples)].max(axis=1, initial=0.0)
        taught = replace(taught, weights=weights, impostors=impostors)
    return taught, lesson


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _School:
    """Simulated questions and examples, and the fits to them."""

    def __init__(self, columns: Sequence[str], samples: CalibrationSamples, things: Sequence[str]) -> None:
        self._given, self._known = samples.given, samples.known
        self._signs = prior.signs(columns)
        scale, shipped = prior.starting_point(columns)
        taught, own = (prior.without(kinds, columns, samples.evidence) for kinds in (prior.PRINTS, prior.UNASKED))
        evidence = scale(np.where(samples.given[:, None, None], taught, own))
        self._questions = Questions(evidence, samples.present, samples.answers)
        names = np.array(things)
        each, self._thing, views = np.unique(names, return_inverse=True, return_counts=True)
        self._share = np.zeros(len(samples))
        self._share[self._given] = 1 / np.sqrt(views[self._thing])
        self._fold = _folds(each, self._thing, self._known[self._given])
        simulated = samples.only(~self._given)
        self._base = calibration.fit(columns, simulated, photos=0).weights
        self._weighed = np.append(prior.without(prior.PRINTS, columns, self._base[:-1]), self._base[-1])
        self._simulated = np.zeros(len(samples))
        self._simulated[~self._given] = weighed = importance.balanced(simulated)
        asked = self._questions.only(~self._given)
        known = conditional_logit.curvature(asked, self._base, weighed) + np.diag(shipped.precision)
        self._covariance = np.linalg.inv(known)

    def chosen(self) -> tuple[int, dict[str, float], dict[str, float]]:
        """The worth of an example, 0 for none, and how held-out examples fared without and with them.

        It is the smallest of which the best is not better by more than its standard error (Breiman et al. 1984), and
        0 where that is not better than none by more than it either.
        """
        weighed = self._importance(np.ones(len(self._known), bool))
        without = [self._base] * FOLDS
        plain = self._held_out(without)
        fits = {worth: [self._taught_without(fold, worth) for fold in range(FOLDS)] for worth in WORTHS}
        likelihoods = {worth: self._held_out(weights) for worth, weights in fits.items()}
        best = max(likelihoods, key=lambda one: float(weighed @ likelihoods[one]))
        worth = next(one for one in WORTHS if self._is_near(weighed * (likelihoods[best] - likelihoods[one])))
        is_used = not self._is_near(weighed * (likelihoods[worth] - plain))
        before = self._figures(plain, without, weighed)
        return worth if is_used else 0, before, self._figures(likelihoods[worth], fits[worth], weighed)

    def _is_near(self, gain: Array) -> bool:
        """Whether a gain ``(q,)`` as a whole is within its standard error, by things."""
        each = np.bincount(self._thing, gain[self._given])
        error = np.sqrt(len(each) / max(len(each) - 1, 1)) * np.linalg.norm(each - each.mean())
        return bool(gain.sum() <= error)

    def fitted(self, kept: Array, worth: int) -> Array:
        """The weights by the examples that are ``kept (q,)``."""
        offset = np.eye(len(self._base))[-1]
        spread = SCALE**2 * np.outer(self._weighed, self._weighed) + OFFSET**2 * np.outer(offset, offset)
        belief = Prior(self._base, np.linalg.inv(worth * self._covariance + spread))
        weighed = self._importance(kept)
        return conditional_logit.fit(self._questions, belief, importance=weighed, signs=self._signs)

    def _taught_without(self, fold: int, worth: int) -> Array:
        kept = np.ones(len(self._known), bool)
        kept[self._given] = self._fold != fold
        return self.fitted(kept, worth)

    def _importance(self, kept: Array) -> Array:
        """Importance ``(q,)`` of the questions: that of the examples, and known and unknown ones alike as wholes.

        Of which there are fewer, simulated ones take the place, so that neither ten examples of known things nor of
        unknown ones say how many photos are known.
        """
        found = np.where(kept & self._given, self._share, 0.0)
        sides = self._known, ~self._known
        most = max(found[side].sum() for side in sides)
        for side in sides:
            simulated = np.where(side, self._simulated, 0.0)
            found += simulated * (most - found[side].sum()) / max(simulated.sum(), 1e-12)
        return found

    def _held_out(self, weights: Sequence[Array]) -> Array:
        """Log likelihood ``(q,)`` of each example by the weights of the fold that it was held out of; of simulated
        questions, which stand for examples that are missing, the mean of all.
        """
        each = np.array([conditional_logit.log_likelihood(self._questions, one) for one in weights])
        found = each.mean(axis=0)
        found[self._given] = each[self._fold, np.flatnonzero(self._given)]
        return found

    def _figures(self, likelihood: Array, weights: Sequence[Array], weighed: Array) -> dict[str, float]:
        asked, known = self._questions.only(self._given), self._known[self._given]
        unknown = (~known).sum() + 1, known.sum() + 1  # no examples prove that there are no unknown photos at all
        offset = float(np.log(unknown[0] / unknown[1]))
        each = np.array(
            [conditional_logit.probabilities(asked.evidence, asked.present, one, offset=offset) for one in weights]
        )[self._fold, np.arange(len(known))]
        right = each.argmax(axis=1) == asked.answers
        error = ece(each.max(axis=1), right & (asked.answers >= 0))
        return {"ece": error, "log_loss": -float(weighed @ likelihood / weighed.sum())}


def _folds(things: Array, thing: Array, known: Array) -> Array:
    """The fold ``(x,)`` of each example: its thing's, dealt out by name, known and unknown things apart."""
    is_known = np.zeros(len(things), bool)
    is_known[thing] = known
    order = sorted(
        range(len(things)),
        key=lambda one: (bool(is_known[one]), zlib.crc32(str(things[one]).encode(errors="surrogateescape"))),
    )
    fold = np.zeros(len(things), np.int64)
    fold[order] = np.arange(len(things)) % FOLDS
    return fold[thing]
