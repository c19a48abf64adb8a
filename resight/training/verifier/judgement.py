"""The worth of a fitted verifier: on pairs of things that it was not fitted to, and to a recogniser's candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from resight.calibration import calibration, conditional_logit
from resight.calibration.calibration import Calibration
from resight.calibration.held_out import cross_fit, hold_out
from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.metrics.interval import Estimate, bootstrap, bootstrap_difference
from resight.metrics.pairs import PairFigure, auc, missed_at, pair_figure
from resight.metrics.ranking import micro_ap
from resight.types import Array
from resight.verification.fusion import PARTS

ROUNDS: Final = 500
"""Resamples of an interval."""

HARDEST: Final = 0.1
"""Share of the pairs of two things that are the hardest: those whose descriptors are nearest. They are at least as many
as there are things, so that few resamples of these lack them."""

FALSE_RATE: Final = 0.01
"""Share of the pairs of two things that may be taken for one, at which it is told how many of one are missed."""


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """A figure by what ships and by what was fitted."""

    before: Estimate
    after: Estimate


@dataclass(frozen=True, slots=True)
class PairJudgement:
    """The worth of the fitted model on pairs of held-out things.

    Attributes
    ----------
    gain : fall of the cost of a pair in bits, both kinds counting alike; above 0 is better.
    auc : chance that a pair of one thing scores above one of two.
    missed : share of pairs of one thing that is missed where a hundredth of those of two is taken for one.
    hardest_auc : against the HARDEST of the pairs of two things alone.
    hardest : how many these are.
    """

    gain: Estimate
    auc: BeforeAndAfter
    missed: BeforeAndAfter
    hardest_auc: BeforeAndAfter
    hardest: int

    @property
    def better(self) -> bool:
        """Whether it is better beyond chance."""
        return self.gain.low > 0


@dataclass(frozen=True, slots=True)
class RecognitionJudgement:
    """The worth of re-ranking by the verifier to answers about the gallery's own photos, on held-out things.

    Attributes
    ----------
    gain : fall of the cost of an answer in bits, known and unknown photos counting alike; above 0 is better.
    micro_ap : µAP of the answers.
    micro_ap_gain : rise of it, on the same photos.
    named : share of known photos that get the right name.
    false_names : share of unknown photos that get one.
    photos : that were asked about.
    """

    gain: Estimate
    micro_ap: BeforeAndAfter
    micro_ap_gain: Estimate
    named: tuple[float, float]
    false_names: tuple[float, float]
    photos: int

    @property
    def better(self) -> bool:
        """Whether it is better beyond chance, and ranks no worse."""
        return self.gain.low > 0 and self.micro_ap_gain.value >= 0

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain numbers."""
        return asdict(self)


def judge_pairs(before: Array, after: Array, evidence: Array, things: Array, rng: np.random.Generator) -> PairJudgement:
    """Judges scores ``(p,)`` of pairs of ``things (p, 2)`` with that ``evidence (p, e)``."""
    same = things[:, 0] == things[:, 1]
    costs = [pair_costs(each, same) for each in (before, after)]
    gain = bootstrap(_mean, costs[0] - costs[1], rng=rng, rounds=ROUNDS, groups=things[:, 0])
    cosines = np.nan_to_num(evidence[:, PARTS.index("descriptor")], nan=-1.0)
    false = np.flatnonzero(~same)
    count = max(len(np.unique(things[:, 0])), round(HARDEST * len(false)))
    hardest = false[np.argsort(-cosines[false], kind="stable")[:count]]
    hard = np.concatenate([np.flatnonzero(same), hardest])

    def figures(figure: PairFigure, rows: Array) -> BeforeAndAfter:
        return BeforeAndAfter(
            *(
                pair_figure(figure, each[rows], same[rows], things[rows], rng=rng, rounds=ROUNDS)
                for each in (before, after)
            )
        )

    every = np.arange(len(same))
    return PairJudgement(
        gain, figures(auc, every), figures(missed_at(FALSE_RATE), every), figures(auc, hard), len(hardest)
    )


def pair_costs(log_odds: Array, same: Array) -> Array:
    """The cost of each pair in bits, such that both kinds count alike as wholes (Brümmer and du Preez 2006)."""
    costs = np.logaddexp(0.0, np.where(same, -log_odds, log_odds)) / np.log(2)
    return np.asarray(costs * np.where(same, 0.5 / same.mean(), 0.5 / (~same).mean()))


def judge_recognition(
    names: Sequence[str], samples: CalibrationSamples, things: Sequence[str], photos: int, rng: np.random.Generator
) -> tuple[Calibration, RecognitionJudgement]:
    """The calibration of re-ranked answers, and what it is worth beside one that lacks the last column of evidence.

    ``samples`` are questions with the columns ``names``, about ``things (q,)`` of a gallery of so many ``photos``. Each
    question is answered by fits without its thing.
    """
    bare = CalibrationSamples(
        samples.ids,
        samples.kinds,
        samples.tokens,
        samples.evidence[..., :-1],
        samples.present,
        samples.answers,
        samples.candidates,
    )
    chances = [
        cross_fit(each, things, _chances(columns, each, photos))
        for columns, each in ((names[:-1], bare), (names, samples))
    ]
    fit = calibration.fit(names, samples, photos=photos)
    kept = samples.kinds != QueryKind.STRANGER
    known, labels = samples.known[kept], np.array(things)[kept]
    costs = [_answer_costs(each[kept], samples.answers[kept], known) for each in chances]
    gain = bootstrap(_mean, costs[0] - costs[1], rng=rng, rounds=ROUNDS, groups=labels)
    asked = [_asked(each[kept], samples.answers[kept], known) for each in chances]
    ranked = [bootstrap(micro_ap, *each, rng=rng, rounds=ROUNDS, groups=labels) for each in asked]
    difference = bootstrap_difference(micro_ap, asked[1], asked[0], rng=rng, rounds=ROUNDS, groups=labels)
    named = [float((right & (sure >= 0.5))[known].mean()) for right, sure, _ in asked]
    false = [float((sure >= 0.5)[~known].mean()) for _, sure, _ in asked]
    judged = RecognitionJudgement(
        gain,
        BeforeAndAfter(*ranked),
        difference,
        (named[0], named[1]),
        (false[0], false[1]),
        len(np.unique(samples.photos[kept])),
    )
    held_out = hold_out(samples, chances[1])
    return replace(fit, held_out=held_out), judged


def _chances(names: Sequence[str], samples: CalibrationSamples, photos: int) -> Callable[[Array], Array]:
    def chances(kept: Array) -> Array:
        fit = calibration.fit(names, samples.only(kept), photos=photos)
        return conditional_logit.probabilities(fit.scale(samples.evidence), samples.present, fit.weights)

    return chances


def _answer_costs(chances: Array, answers: Array, known: Array) -> Array:
    """The cost of each answer in bits, known and unknown photos counting alike."""
    right = np.where(
        answers >= 0,
        np.take_along_axis(chances, np.maximum(answers, 0)[:, None], axis=1)[:, 0],
        1 - chances.sum(axis=1),
    )
    costs = -np.log2(np.maximum(right, 1e-12))
    return np.asarray(costs * np.where(known, 0.5 / known.mean(), 0.5 / (~known).mean()))


def _asked(chances: Array, answers: Array, known: Array) -> tuple[Array, Array, Array]:
    """Whether each first answer is right, how sure it is, and whether the photo has one, as `micro_ap` takes them."""
    return (known & (chances.argmax(axis=1) == answers), chances.max(axis=1, initial=0.0), known)


def _mean(saved: Array) -> float:
    return float(saved.mean())
