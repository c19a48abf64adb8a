"""The methods of explaining: what each finds on a photo and on the known one it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

import numpy as np

from resight.errors import ModelError
from resight.features.encoder import Encoder, GlobalEncoder, LocalEncoder
from resight.features.normalisation import unit
from resight.io.images import Photo
from resight.results import ScoreSplit
from resight.search.candidates import CHANCE
from resight.types import Array, Correspondences, Features, Image
from resight.verification.matching import mutual
from resight.verification.near_twins import twins
from resight.verification.registration import carried, transform

from .catalogue import OF_MATCHES, require
from .faithfulness import Score, cells, of_photo
from .heat import interpolated, normalised
from .occlusion import occlusion
from .pair import EncodedPhoto, PhotoPair, around, encoded, global_score, local_score, map_shape, placed, reduction
from .parts import parts
from .similarity_map import SimilarityMap, grad_cam, gradient, similarity_map

E = TypeVar("E", bound=Encoder)

PARTS: Final = 6
"""Matching regions that are told apart: more colours nobody can."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMaps:
    """Heat maps of both photos, by one method.

    Attributes
    ----------
    weights : a map ``(h, w)`` over the photo and one over the known photo; above 0 what speaks for the target.
    splits : of the score, over the one and over the other; or None.
    scores : of the parts that are seen of the photo, and of the known one, to test either map by; or None.
    regions : heat of the regions that match, ``(k, h, w)`` over either photo; or None.
    remark : what else was found, as the end of a sentence about the target.
    apart : why the two photos could not be compared, as the end of a sentence; "" where they could. No map is lit then.
    """

    weights: tuple[Array, Array]
    splits: tuple[ScoreSplit, ScoreSplit] | None = None
    scores: tuple[Score, Score] | None = None
    regions: tuple[Array, Array] | None = None
    remark: str = ""
    apart: str = ""


@dataclass(frozen=True, slots=True)
class PairMethod(Generic[E]):
    """A way to explain a pair of photos, and the encoders it ``suits``."""

    maps: Callable[[PhotoPair, E], HeatMaps]
    suits: Callable[[Encoder], bool]


def votes(pair: PhotoPair, encoder: LocalEncoder) -> HeatMaps:
    """The weights of the points that agree, each spread over its support; either map sums to the check's score."""
    split = ScoreSplit(pair.check.score, above=pair.check.score)
    query, reference = (
        around(local.features, pair.check.inliers[:, column], pair.check.weights, map_shape(local))
        for column, local in enumerate(pair.both)
    )
    return HeatMaps((query, reference), splits=(split, split), scores=_votes(pair))


def similarity(pair: PhotoPair, encoder: GlobalEncoder) -> HeatMaps:
    """The cosine of two descriptors, split exactly over the places of either photo."""
    both = encoded(pair, encoder)
    found = [_split(pair, encoder, *sides) for sides in (both, both[::-1])]
    weights = _placed(pair, both, [each.shares for each in found])
    answered = pair.cosines.get(encoder.fingerprint)
    splits = _told_apart(found[0], answered), _told_apart(found[1], answered)
    return HeatMaps(weights, splits=splits, scores=_cosines(pair, encoder, both))


def channels(pair: PhotoPair, encoder: GlobalEncoder) -> HeatMaps:
    """Grad-CAM of the cosine of two descriptors, in closed form: channels weighed by their mean gradient."""
    both = encoded(pair, encoder)
    weights = _placed(pair, both, [_channels(pair, encoder, *sides) for sides in (both, both[::-1])])
    return HeatMaps(weights, scores=_cosines(pair, encoder, both))


def occluded(pair: PhotoPair, encoder: Encoder) -> HeatMaps:
    """Maps what the score loses where a window of the photo is hidden."""
    scores = _votes(pair) if isinstance(encoder, LocalEncoder) else _cosines(pair, encoder, encoded(pair, encoder))
    weights = []
    for score, local in zip(scores, pair.both, strict=True):
        falls = occlusion(score, cells(map_shape(local)))
        height, width = falls.shape
        across, down = np.arange(width), np.arange(height)
        weights.append(interpolated(falls, across, down, size=(width, height), shape=map_shape(local)))
    return HeatMaps((weights[0], weights[1]), scores=scores)


def differing(pair: PhotoPair, encoder: LocalEncoder) -> HeatMaps:
    """Maps where the two photos differ, laid over each other; by no more points than agree by chance they cannot be."""
    if pair.check.score <= CHANCE:
        return _apart(pair, "too few of their points agree")
    found = twins(pair.query, pair.reference, pair.check)
    if found is None or pair.check.transform is None:
        return _apart(pair, "they cannot be laid over each other")
    plane, shape = found.difference, map_shape(pair.query)
    onto = reduction(pair.reference, plane.shape) @ pair.check.transform @ np.linalg.inv(reduction(pair.query, shape))
    weights = carried(plane, onto, shape), plane
    return HeatMaps(weights, remark=found.sentence())


def agreeing(pair: PhotoPair, encoder: Encoder) -> HeatMaps:
    """Maps which region of the photo matches which of the known one; the weight of what matches is the score."""
    if isinstance(encoder, LocalEncoder):
        seen, scores = [local.features for local in pair.both], _votes(pair)
        pairs = Correspondences(pair.check.inliers, pair.check.weights)
    else:
        seen = [one.features for one in encoded(pair, encoder)]
        pairs, scores = _corresponding(*seen), _matches(pair, encoder, seen)
    labels = parts(seen[1].points[pairs.pairs[:, 1]], PARTS)
    query, reference = (
        np.stack([
            around(features, pairs.pairs[labels == label, side], pairs.weights[labels == label], map_shape(local))
            for label in range(PARTS)
        ])
        for side, (features, local) in enumerate(zip(seen, pair.both, strict=True))
    )  # fmt: skip
    heat = normalised(query), normalised(reference)
    weights = query.sum(axis=0), reference.sum(axis=0)
    remark = f"in {len(np.unique(labels))} regions, each in its colour" if len(labels) else ""
    return HeatMaps(weights, scores=scores, regions=heat, remark=remark)


def _votes_by_points(encoder: Encoder) -> bool:
    return isinstance(encoder, LocalEncoder)


def _splits(encoder: Encoder) -> bool:
    """Whether its descriptor can be split over places."""
    return isinstance(encoder, GlobalEncoder) and encoder.pullback is not None


def _has_grid(encoder: Encoder) -> bool:
    return isinstance(encoder, GlobalEncoder) and encoder.has_grid


METHODS: Final[dict[str, PairMethod[Any]]] = {
    "votes": PairMethod(votes, _votes_by_points),
    "similarity": PairMethod(similarity, _splits),
    "grad-cam": PairMethod(channels, _has_grid),
    "occlusion": PairMethod(occluded, lambda encoder: True),
    "agreement": PairMethod(agreeing, lambda encoder: _votes_by_points(encoder) or _has_grid(encoder)),
    "difference": PairMethod(differing, _votes_by_points),
}
"""Makers of the maps of each method of OF_MATCHES, by name."""


def suited(pair: PhotoPair, method: str | None) -> tuple[str, Encoder]:
    """The method by name, or the one that is likeliest to show something, and the encoder it is for.

    Raises ValueError for an unknown name, and ModelError, with what is possible, where no encoder suits the method.
    """
    if method is None:
        voted = pair.check.score > CHANCE
        order = ("votes", "similarity") if voted else ("similarity", "votes")
        return next(
            (name, encoder)
            for name in (*order, "occlusion")
            for encoder in pair.encoders
            if METHODS[name].suits(encoder)
        )
    require(method, OF_MATCHES)
    for encoder in pair.encoders:
        if METHODS[method].suits(encoder):
            return method, encoder
    names = " and ".join(encoder.name for encoder in pair.encoders)
    possible = [name for name, each in METHODS.items() if any(map(each.suits, pair.encoders))]
    raise ModelError(
        f"{method} wants {OF_MATCHES[method].needs}, and the gallery was made with {names}; possible here: "
        f"{', '.join(possible)}"
    )


def _apart(pair: PhotoPair, why: str) -> HeatMaps:
    nothing = np.zeros(map_shape(pair.query)), np.zeros(map_shape(pair.reference))
    return HeatMaps(nothing, apart=why)


def _split(pair: PhotoPair, encoder: GlobalEncoder, one: EncodedPhoto, other: EncodedPhoto) -> SimilarityMap:
    assert encoder.pullback is not None
    settings = pair.heads[encoder.fingerprint]
    return similarity_map(one.features.values, one.aggregate, other.row, pullback=encoder.pullback, settings=settings)


def _channels(pair: PhotoPair, encoder: GlobalEncoder, one: EncodedPhoto, other: EncodedPhoto) -> Array:
    assert encoder.pullback is not None
    values, settings = one.features.values, pair.heads[encoder.fingerprint]
    return grad_cam(values, gradient(values, one.aggregate, other.row, pullback=encoder.pullback, settings=settings))


def _placed(pair: PhotoPair, both: tuple[EncodedPhoto, EncodedPhoto], weights: list[Array]) -> tuple[Array, Array]:
    query, reference = (
        placed(one.features, each, map_shape(local)) for one, each, local in zip(both, weights, pair.both, strict=True)
    )
    return query, reference


def _told_apart(found: SimilarityMap, answered: float | None) -> ScoreSplit:
    above, below = (float(side(found.shares, 0).sum()) for side in (np.maximum, np.minimum))
    return ScoreSplit(found.score, above, below, found.constant, answered)


def _votes(pair: PhotoPair) -> tuple[Score, Score]:
    """The check's score of the parts of the photo, and of those of the known photo."""
    return local_score(pair), local_score(pair, side=1)


def _cosines(pair: PhotoPair, encoder: GlobalEncoder, both: tuple[EncodedPhoto, EncodedPhoto]) -> tuple[Score, Score]:
    """The cosine of two photos as parts are taken away: the score that its maps are tested by."""
    query, reference = both
    return global_score(pair, encoder, reference.row), global_score(pair, encoder, query.row, side=1)


def _corresponding(query: Features, reference: Features) -> Correspondences:
    """The positions of two maps that are each other's nearest, and lie alike if any do."""
    found = mutual(unit(query.values), unit(reference.values), least=0.0)
    here, there = query.points[found.pairs[:, 0]], reference.points[found.pairs[:, 1]]
    fitted = transform(here, there, diagonal=float(np.hypot(*reference.size)))
    kept = np.ones(len(found), bool) if fitted is None else fitted[1]
    return Correspondences(found.pairs[kept], found.weights[kept])


def _matches(pair: PhotoPair, encoder: GlobalEncoder, seen: Sequence[Features]) -> tuple[Score, Score]:
    """The weight of the positions that match, of the parts of the photo, and of those of the known photo."""

    def weight(side: int, image: Image) -> float:
        sides = list(seen)
        sides[side] = encoder.extractor.features(Photo.of(image))
        return float(_corresponding(*sides).weights.sum())

    query, reference = (of_photo(partial(weight, side), local.image) for side, local in enumerate(pair.both))
    return query, reference
