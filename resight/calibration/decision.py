"""The decision about a photo or a place in it: a name, two names of things that look alike, or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from resight.metrics.acceptance import Threshold
from resight.types import Array

from .calibration import EVEN, Calibration

Asked = tuple[Array, Sequence[str]]
"""One way in which a photo was asked about: evidence ``(k, e)`` for its candidates, and the instance of each."""

Twins = Collection[frozenset[str]]
"""Pairs of instances that look alike."""

NO_TWINS: Final[Twins] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """A decision about a photo, or about a place in it.

    Attributes
    ----------
    probabilities : (k,) of each candidate, one way of asking after the other; the rest is that of "none".
    ranking : instances with their probabilities, the likeliest first.
    told : the instance that is named, the two that it is one of, or nothing.
    """

    probabilities: Array
    ranking: tuple[tuple[str, float], ...]
    told: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether the likeliest instance gets its name."""
        return len(self.told) == 1

    @property
    def either(self) -> tuple[str, ...]:
        """The two instances that it is one of, the likelier first; nothing where one is named, or none."""
        return self.told if len(self.told) > 1 else ()


@dataclass(frozen=True, eq=False)
class DecisionRule:
    """The rule by which instances are told.

    Attributes
    ----------
    calibration : of the gallery.
    false_accept_rate : share of what is unknown that may get a name, or None where nobody chose one.
    unknown_share : share of unknown photos or things to expect.
    orientations : how many of a photo are asked about, as it is and mirrored; a rate is kept by its share in each.
    false_discovery_rate : share of names that may be wrong, or None where nobody chose one.
    """

    calibration: Calibration
    false_accept_rate: float | None = None
    unknown_share: float = EVEN
    orientations: int = 1
    false_discovery_rate: float | None = None

    @cached_property
    def threshold(self) -> Threshold | None:
        """The threshold that the chosen rates ask for in each orientation; None where none is chosen.

        In an orientation that a known thing is not in, it is as an unknown one, and any name would be wrong. What
        bounds the wrong names of unknown photos, ``unknown_share`` of all, bounds those by 1 / ``unknown_share`` times
        as many.
        Raises as :meth:`Calibration.threshold`.
        """
        accepts, discoveries, more = self.false_accept_rate, self.false_discovery_rate, self.orientations - 1
        if accepts is None and discoveries is None:
            return None
        return self.calibration.threshold(
            None if accepts is None else accepts / self.orientations,
            false_discovery_rate=None if discoveries is None else discoveries / (1 + more / self.unknown_share),
            unknown_share=self.unknown_share,
        )

    def decide(self, asked: Sequence[Asked], twins: Twins = NO_TWINS) -> Decision:
        """Decide among the candidates of one photo or place, asked about in one way or several.

        Candidates exclude each other, and either way round is an answer of its own: an instance has the sum of what it
        has each way, and "none" is weighed with as many ways, because a photo that is asked about twice has two chances
        to be taken for something. The first instance is named where it is likelier than not, or past the threshold of
        a chosen rate. Two ``twins`` that come first, and are likelier than not together, are told together where the
        first is not named.
        """
        evidence = np.concatenate([each for each, _ in asked])
        share, instances = self.unknown_share, [name for _, names in asked for name in names]
        probabilities = self.calibration.probabilities(evidence, unknown_share=share, orientations=len(asked))
        sums: dict[str, float] = {}
        for instance, probability in zip(instances, probabilities.tolist(), strict=True):
            sums[instance] = sums.get(instance, 0.0) + probability
        ranking = tuple(sorted(sums.items(), key=lambda one: -one[1]))
        return Decision(probabilities, ranking, self._told(ranking, asked, twins))

    def logits(self, evidence: Array) -> Array:
        """Log odds ``(k,)`` by which hypotheses of different places are ordered."""
        return self.calibration.logits(evidence)

    def _told(self, ranking: Sequence[tuple[str, float]], asked: Sequence[Asked], twins: Twins) -> tuple[str, ...]:
        threshold = self.threshold  # raises, whether or not there is a candidate
        first, pair = (tuple(name for name, _ in ranking[:count]) for count in (1, 2))
        likely = [sum(probability for _, probability in ranking[: len(names)]) >= EVEN for names in (first, pair)]
        if first and (likely[0] if threshold is None else self._reach(threshold, first, asked)):
            return first
        if frozenset(pair) in twins and likely[1] and (threshold is None or self._reach(threshold, pair, asked)):
            return pair
        return ()

    def _reach(self, threshold: Threshold, told: Collection[str], asked: Sequence[Asked]) -> bool:
        """Whether these instances together reach the threshold any way, which is kept at an even share."""
        return any(
            self.calibration.probabilities(evidence)[[name in told for name in instances]].sum() >= threshold.value
            for evidence, instances in asked
        )
