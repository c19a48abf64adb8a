"""Things found by geometry: points that agree on one motion, one thing after another explained away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from resight.calibration.decision import DecisionRule
from resight.features.encoder import GlobalEncoder
from resight.runtimes import blas
from resight.search.candidates import PROPOSED, evidence
from resight.search.describe import PhotoFeatures, extract
from resight.search.gallery_index import GalleryIndex
from resight.search.local_index import Proposal
from resight.search.mirror_image import check_as_given
from resight.types import Array, SpatialVerification
from resight.verification.comparison import LocalFeatures, verify
from resight.verification.polygons import NOWHERE, area, inside, outline

from .hypotheses import SAME_PLACE, Hypothesis, NamedHypothesis, named_hypothesis, places
from .magnified import MagnifiedPhoto

GEOMETRY: Final = "geometry"

COMPARED: Final = 12
"""Photos, each of another instance, that are looked at closely in one round."""

WORTH: Final = 2.0
"""Score of a consensus below which a place is not looked at: two points that agree by chance have as much."""


@blas.one_thread()
def by_geometry(
    index: GalleryIndex, magnified: MagnifiedPhoto, rule: DecisionRule, *, exclude: Collection[int] = ()
) -> list[NamedHypothesis]:
    """The things whose points agree on one motion each, as if the photos ``exclude`` were not known.

    What is found explains the points inside its outline and those that agreed on it. The others vote again, so that a
    second copy of the same thing and a weaker neighbour are found, until nothing more gets a name. What fits only the
    mirror image of a place explains its points as well, and is told as ``mirrored``.
    """
    if index.local_index is None:
        return []
    features = magnified.local.features
    neighbours = index.local_index.neighbours(features, exclude=exclude)
    left = np.ones(len(features), bool)
    found: list[NamedHypothesis] = []
    while True:
        proposals = index.local_index.proposals(features, neighbours, PROPOSED, left=left)
        likeliest = _named(index, list(_hypotheses(index, magnified, proposals, left)), rule)
        named = [_looked_at_mirrored(index, magnified, one) for one in likeliest]
        for one in named:
            left &= ~inside(features.points, one.hypothesis.outline)
            if one.hypothesis.check is not None:
                left[one.hypothesis.check.inliers[:, 0]] = False
        if not named:
            return found
        found += named


def _hypotheses(
    index: GalleryIndex, magnified: MagnifiedPhoto, proposals: Sequence[Proposal], left: Array
) -> Iterator[Hypothesis]:
    """The likelier photos, each of another instance, compared by the points that are ``left (m,)``."""
    rows = np.flatnonzero(left)
    rest = replace(magnified.local, features=magnified.local.features.only(rows))
    places = np.cumsum(left) - 1
    worthy = {proposal.id: proposal for proposal in proposals if proposal.check.score >= WORTH}
    for id in index.first_of_each(worthy)[:COMPARED]:
        proposal, instance, reference = worthy[id], index.items[id].instance, index.local(id)
        pairs = np.column_stack([places[proposal.check.inliers[:, 0]], proposal.check.inliers[:, 1]])
        compared = verify(rest, reference, replace(proposal.check, inliers=pairs))
        pairs = np.column_stack([rows[compared.check.inliers[:, 0]], compared.check.inliers[:, 1]])
        check = replace(compared.check, inliers=pairs)
        border = _border(check, reference, magnified.photo.size)
        if area(border) > 0:
            seen = PhotoFeatures(rest, _descriptors(index, magnified, border))
            yield Hypothesis(proposal.id, instance, evidence(index, seen, [proposal.id], [compared])[0], border, check)


def _border(check: SpatialVerification, reference: LocalFeatures, size: tuple[int, int]) -> Array:
    """The outline of the known photo, empty if nothing was registered."""
    return NOWHERE if check.transform is None else outline(check.transform, reference.features.size, size)


def _descriptors(index: GalleryIndex, magnified: MagnifiedPhoto, border: Array) -> Mapping[str, Array]:
    """Global descriptors of the part of the photo inside a border."""
    part = magnified.part(border) if index.descriptors else None
    if part is None:
        return {}
    return extract(part, [encoder for encoder in magnified.encoders if isinstance(encoder, GlobalEncoder)]).descriptors


def _named(index: GalleryIndex, hypotheses: Sequence[Hypothesis], rule: DecisionRule) -> list[NamedHypothesis]:
    """The likeliest hypothesis of each place, where it is told."""
    if not hypotheses:
        return []
    evidence = np.array([hypothesis.evidence for hypothesis in hypotheses])
    named = []
    for group in places([hypothesis.outline for hypothesis in hypotheses], rule.logits(evidence)):
        here = [hypotheses[row] for row in group]
        asked = [(evidence[group], [hypothesis.instance for hypothesis in here])]
        decision = rule.decide(asked)
        if not decision.told and len(here) > 1 and index.look_alike(here[1].id, here[0].id) is not None:
            decision = rule.decide(asked, [frozenset(hypothesis.instance for hypothesis in here[:2])])
        named.append(named_hypothesis(here, decision, GEOMETRY))
    return [one for one in named if one is not None]


def _looked_at_mirrored(index: GalleryIndex, magnified: MagnifiedPhoto, named: NamedHypothesis) -> NamedHypothesis:
    """The hypothesis, or, where the known photo fits only mirrored, the mirrored one on the same points."""
    hypothesis = named.hypothesis
    reference = index.local(hypothesis.id)
    check = None if hypothesis.check is None else magnified.mirror.fits_alone(reference, hypothesis.check)
    if hypothesis.check is None or check is None:
        return named
    border = _border(check_as_given(check, magnified.photo.size[0]), reference, magnified.photo.size)
    agreeing = magnified.local.features.points[hypothesis.check.inliers[:, 0]]
    if inside(agreeing, border).mean() < SAME_PLACE:
        return named
    return replace(named, hypothesis=replace(hypothesis, outline=border), mirrored=True)
