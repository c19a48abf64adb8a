"""Hypotheses that a known photo lies at a place, and what they are told as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.calibration.decision import Decision
from resight.types import Array, SpatialVerification
from resight.verification.polygons import overlap
from resight.verification.suppression import suppress

SAME_PLACE: Final = 0.5
"""Share of the smaller of two outlines that both cover, from which they are of one place."""


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A known photo that may lie at a place.

    Attributes
    ----------
    id : of the known photo.
    instance : what it shows.
    evidence : (e,), columns as in :func:`resight.search.candidates.columns`.
    outline : (c, 2) convex, on the photo.
    check : geometry from the whole photo, or None where none was tried.
    """

    id: int
    instance: str
    evidence: Array
    outline: Array
    check: SpatialVerification | None


@dataclass(frozen=True, slots=True, eq=False)
class NamedHypothesis:
    """A hypothesis that got its name, or is told together with that of a look-alike.

    Attributes
    ----------
    hypothesis : where it is what.
    probability : that this is right.
    method : how it was found.
    mirrored : whether only the mirror image of that place fits, so that it is not named after all.
    other : a known photo of what looks alike, which it may be as well, with its probability; None where it is named.
    """

    hypothesis: Hypothesis
    probability: float
    method: str
    mirrored: bool = False
    other: tuple[Hypothesis, float] | None = None

    @property
    def instances(self) -> tuple[str, ...]:
        """Names that are told: one, or two of things that look alike."""
        first = self.hypothesis.instance
        return (first,) if self.other is None else (first, self.other[0].instance)


def named_hypothesis(hypotheses: Sequence[Hypothesis], decision: Decision, method: str) -> NamedHypothesis | None:
    """The hypothesis of one place that a decision among them tells, with a second one where it is either; or None.

    Each is of another instance.
    """
    if not decision.told:
        return None
    of = {hypothesis.instance: hypothesis for hypothesis in hypotheses}
    likeliest = [(of[instance], probability) for instance, probability in decision.ranking[:2]]
    (first, probability), other = likeliest[0], likeliest[1] if decision.either else None
    return NamedHypothesis(first, probability, method, other=other)


def places(outlines: Sequence[Array], scores: Array) -> list[Array]:
    """Hypotheses in groups, one for each place: the strongest first, then those whose outlines it overlaps."""
    overlaps = np.array([overlap(a, b) for a in outlines for b in outlines]).reshape(2 * (len(outlines),))
    return suppress(scores, overlaps, least=SAME_PLACE)
