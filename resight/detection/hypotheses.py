"""Hypotheses that a known photo lies at a place, and the rule by which one of them gets its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.calibration.calibration import Calibration
from resight.types import Array, Check
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
    check: Check | None


@dataclass(frozen=True, slots=True, eq=False)
class NamedHypothesis:
    """A hypothesis that got its name.

    Attributes
    ----------
    hypothesis : where it is what.
    probability : that this is right.
    method : how it was found.
    mirrored : whether only the mirror image of that place fits, so that it is not named after all.
    """

    hypothesis: Hypothesis
    probability: float
    method: str
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """The rule by which a thing is named: calibration, false-accept rate or None, and share of unknown things."""

    calibration: Calibration
    false_accept_rate: float | None
    unknown_share: float

    def probabilities(self, evidence: Array) -> tuple[Array, bool]:
        """Probability of each hypothesis ``(k,)`` of one place, of evidence ``(k, e)``, and if the likeliest is named.

        The rest of the probability is that of "none of these"; unlike two things in one photo, those of one place
        exclude each other.
        """
        probabilities = self.calibration.probabilities(evidence, unknown_share=self.unknown_share)
        return probabilities, self.calibration.accepts(
            evidence, probabilities, false_accept_rate=self.false_accept_rate
        )

    def logits(self, evidence: Array) -> Array:
        """Log odds ``(k,)`` by which hypotheses of different places are ordered."""
        return self.calibration.logits(evidence)


def places(outlines: Sequence[Array], scores: Array) -> list[Array]:
    """Claims in groups, one for each place: the strongest first, then those whose outlines it overlaps."""
    overlaps = np.array([overlap(a, b) for a in outlines for b in outlines]).reshape(2 * (len(outlines),))
    return suppress(scores, overlaps, least=SAME_PLACE)
