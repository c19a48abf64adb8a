"""The choice among what a photo may show: options, likeliest first, and which of them are told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resight.calibration.decision import DecisionRule
from resight.search.candidates import Candidates
from resight.search.gallery_index import GalleryIndex
from resight.types import SpatialVerification
from resight.verification.comparison import LOCAL

_REGISTERED: Final = LOCAL.index("registered")


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A known thing that may be the answer, by the known photo and the way round that fit best.

    Attributes
    ----------
    id : of the known photo.
    instance : what that shows.
    score : its utility; log odds against "none of these".
    probability : that the photo, or its mirror image, shows this thing.
    votes, check : what agreed among the votes, and what the comparison came to.
    mirrored : whether they are of the photo's mirror image.
    """

    id: int
    instance: str
    score: float
    probability: float
    votes: SpatialVerification
    check: SpatialVerification
    mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The options, likeliest first, and how many of the first are told: one by its name, two as "A or B", or none."""

    options: tuple[Option, ...]
    count: int

    @property
    def shown(self) -> tuple[Option, ...]:
        """The options that the answer shows."""
        return self.options[: self.count]

    @property
    def instance(self) -> str | None:
        """The name that is given; None where none is."""
        return self.options[0].instance if self.count == 1 else None

    @property
    def either(self) -> tuple[str, ...]:
        """The two names that it is one of, the likelier first; nothing where one is given, or none."""
        return tuple(option.instance for option in self.shown) if self.count > 1 else ()

    def probability(self, rank: int) -> float:
        """Probability of the option at a rank from 0; 0 where there is none."""
        return self.options[rank].probability if rank < len(self.options) else 0.0

    @property
    def unknown(self) -> float:
        """The probability that it is none of the options."""
        return max(0.0, 1.0 - math.fsum(option.probability for option in self.options))


def choose(index: GalleryIndex, found: Sequence[Candidates], rule: DecisionRule) -> Choice:
    """Chooses among the candidates of a photo, or of the photo and its mirror image."""
    instances = [[index.items[id].instance for id in one.ids] for one in found]
    twins = {
        frozenset(names[row] for row in pair) for one, names in zip(found, instances, strict=True) for pair in one.twins
    }
    asked = [(one.evidence, names) for one, names in zip(found, instances, strict=True)]
    decision = rule.decide(asked, twins)
    places = [(way, place) for way, one in enumerate(found) for place in range(len(one))]

    def option(instance: str, probability: float) -> Option:
        same = [row for row, (way, place) in enumerate(places) if instances[way][place] == instance]
        # A descriptor of the whole photo does not tell which way round it is; points that agree do.
        told = [row for row in same if places[row][0] == 0 or found[1].evidence[places[row][1], _REGISTERED] > 0]
        way, place = places[max(told or same, key=lambda row: decision.probabilities[row])]
        one = found[way]
        score = float(rule.logits(one.evidence[place : place + 1])[0])
        return Option(one.ids[place], instance, score, probability, one.votes[place], one.checks[place], way == 1)

    options = tuple(option(instance, probability) for instance, probability in decision.ranking)
    return Choice(options, len(decision.told))
