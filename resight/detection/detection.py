"""Detection of several known things in one photo, each with its outline, name and probability."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from resight.calibration.decision import DecisionRule
from resight.errors import GalleryError, suggestion
from resight.results import Detection, Match
from resight.search.gallery_index import GalleryIndex

from .by_geometry import GEOMETRY, by_geometry
from .by_heat import HEAT, by_heat
from .hypotheses import Hypothesis, NamedHypothesis, places
from .magnified import MagnifiedPhoto

METHODS: Final = (GEOMETRY, HEAT)
"""Methods of detection, the one with the more exact outlines first."""

BOTH: Final = "both"

ONLY_MIRRORED: Final = (
    "the mirror image of this photo shows {}: ask with `resight recognise --mirrored`, from Python with "
    "recognise(photo, mirrored=True)"
)


def find(
    index: GalleryIndex,
    magnified: MagnifiedPhoto,
    rule: DecisionRule,
    *,
    method: str = BOTH,
    exclude: Collection[int] = (),
) -> list[NamedHypothesis]:
    """The known things in a photo, the surest first, found by one of METHODS or by both and merged.

    After them come those that fit only mirrored, which get no name. Few points of a mirror image agree with anything,
    so that it is looked for by itself where nothing else is found.
    Raises as :func:`require_method`.
    """
    require_method(index, method)
    found = [] if method == HEAT else by_geometry(index, magnified, rule, exclude=exclude)
    if method != GEOMETRY:
        found += by_heat(index, magnified, rule, exclude=exclude, found=found)
    if not found:
        return _only_mirrored(index, magnified, rule, exclude)
    turned = [one for one in found if one.mirrored]
    return merged([one for one in found if not one.mirrored]) + turned


def _only_mirrored(
    index: GalleryIndex, magnified: MagnifiedPhoto, rule: DecisionRule, exclude: Collection[int]
) -> list[NamedHypothesis]:
    """Hypotheses about the mirror image, with outlines on the photo; geometry alone tells left from right."""
    found = [one for one in by_geometry(index, magnified.flipped, rule, exclude=exclude) if not one.mirrored]
    right = np.array([magnified.photo.size[0] - 1, 0])
    hypotheses = [
        replace(one.hypothesis, outline=right + (-1, 1) * one.hypothesis.outline, check=None) for one in found
    ]
    return [replace(one, hypothesis=each, mirrored=True) for one, each in zip(found, hypotheses, strict=True)]


def record(index: GalleryIndex, rule: DecisionRule, named: NamedHypothesis) -> Detection:
    """A named hypothesis as the public record."""
    match = _match(index, rule, named.hypothesis, named.probability)
    other = None if named.other is None else _match(index, rule, *named.other)
    return Detection(match, named.hypothesis.outline, named.method, other)


def _match(index: GalleryIndex, rule: DecisionRule, hypothesis: Hypothesis, probability: float) -> Match:
    score = float(rule.logits(hypothesis.evidence[None])[0])
    photo = index.items[hypothesis.id].photo
    return Match(photo, hypothesis.instance, score, probability, hypothesis.check, id=hypothesis.id)


def merged(named: Sequence[NamedHypothesis]) -> list[NamedHypothesis]:
    """The surest detection of each place; where a more exact method gives it the same name, that method's detection."""
    kept = []
    probabilities = np.array([one.probability for one in named])
    for group in places([one.hypothesis.outline for one in named], probabilities):
        here = [named[row] for row in group]
        agreeing = [one for one in here if set(one.instances) == set(here[0].instances)]
        kept.append(min(agreeing, key=lambda one: METHODS.index(one.method)))
    return sorted(kept, key=lambda one: -one.probability)


def require_method(index: GalleryIndex, method: str) -> None:
    """Raise ValueError for a method that there is not, GalleryError for one that the gallery's encoders cannot take."""
    if method not in (*METHODS, BOTH):
        near = suggestion(method, (*METHODS, BOTH))
        raise ValueError(f"method is {method!r}{near}; wanted {', '.join(map(repr, METHODS))} or {BOTH!r}")
    if method == GEOMETRY and index.local_index is None:
        raise GalleryError(
            f"{index.gallery.location} has no local features, which geometry needs: its encoders see a photo as one "
            "descriptor. Find by heat, or index the photos with `--encoder classical` as well"
        )
