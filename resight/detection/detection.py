"""Detection of several known things in one photo, each with its outline, name and probability."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from resight.errors import GalleryError, suggestion
from resight.results import Detection, Match
from resight.search.gallery_index import GalleryIndex

from .by_geometry import GEOMETRY, by_geometry
from .by_heat import HEAT, by_heat
from .hypotheses import DecisionRule, NamedHypothesis, places
from .magnified import MagnifiedPhoto

METHODS: Final = (GEOMETRY, HEAT)
"""Methods of detection, the one with the more exact outlines first."""

BOTH: Final = "both"

ONLY_MIRRORED: Final = (
    "the mirror image of this photo shows {}: ask with `resight recognise --mirrored`, from Python with "
    "recognise(photo, mirrored=True)"
)


def find(
    known: GalleryIndex, look: MagnifiedPhoto, rule: DecisionRule, *, method: str = BOTH, exclude: Collection[int] = ()
) -> list[NamedHypothesis]:
    """The known things in a photo, the surest first, found by one of METHODS or by both and merged.

    After them come those that fit only mirrored, which get no name.
    Raises as :func:`require_method`.
    """
    require_method(known, method)
    found = [] if method == HEAT else by_geometry(known, look, rule, exclude=exclude)
    if method != GEOMETRY:
        found += by_heat(known, look, rule, exclude=exclude, found=found)
    turned = [one for one in found if one.mirrored]
    return merged([one for one in found if not one.mirrored]) + turned


def record(known: GalleryIndex, rule: DecisionRule, finding: NamedHypothesis) -> Detection:
    """A finding as the public record."""
    claim = finding.claim
    score = float(rule.logits(claim.evidence[None])[0])
    match = Match(known.items[claim.id].photo, claim.instance, score, finding.probability, claim.check)
    return Detection(match, claim.outline, finding.method)


def merged(findings: Sequence[NamedHypothesis]) -> list[NamedHypothesis]:
    """The surest detection of each place; where a more exact method gives it the same name, that method's detection."""
    kept = []
    probabilities = np.array([finding.probability for finding in findings])
    for group in places([finding.claim.outline for finding in findings], probabilities):
        here = [findings[row] for row in group]
        agreeing = [one for one in here if one.claim.instance == here[0].claim.instance]
        kept.append(min(agreeing, key=lambda one: METHODS.index(one.method)))
    return sorted(kept, key=lambda one: -one.probability)


def require_method(known: GalleryIndex, method: str) -> None:
    """Raise ValueError for a method that there is not, GalleryError for one that the gallery's encoders cannot take."""
    if method not in (*METHODS, BOTH):
        near = suggestion(method, (*METHODS, BOTH))
        raise ValueError(f"method is {method!r}{near}; wanted {', '.join(map(repr, METHODS))} or {BOTH!r}")
    if method == GEOMETRY and known.index is None:
        raise GalleryError(
            f"{known.gallery.location} has no local features, which geometry needs: its encoders see a photo as one "
            "descriptor. Find by heat, or index the photos with `--encoder classical` as well"
        )
