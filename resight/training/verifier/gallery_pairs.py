"""Pairs of a gallery's photos that a verifier learns from, dealt to parts of its things that share none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.calibration.simulated_views import view
from resight.features.encoder import Encoder
from resight.features.similarity_network import SimilarityNetwork
from resight.io.images import Photo
from resight.progress import Job, Progress
from resight.recognition.verifier import SeenPhoto, Verifier
from resight.search.describe import extract
from resight.search.gallery_index import GalleryIndex
from resight.types import Array
from resight.verification.fusion import PARTS

FOLDS: Final = 3
"""Parts of the things: of each turn one teaches the network, one the fusion, and one judges both."""

MOST: Final = 500
"""Photos that are asked about, at most."""

NEAR: Final = 4
"""Photos of other things, the nearest by descriptor, that each is compared with."""

_NETWORK: Final = PARTS.index("network")


@dataclass(frozen=True, slots=True, eq=False)
class GalleryPairs:
    """Pairs of which both photos are of things of one fold.

    Attributes
    ----------
    evidence : (p, e) in the order of PARTS, what the network says left out.
    rows : (p, 2, d) descriptors that a network compares; NaN where a photo has none.
    things : (p, 2) number of each photo's thing.
    views : how many pairs are of a simulated view, since their thing has one photo.
    """

    evidence: Array
    rows: Array
    things: Array
    views: int

    def __len__(self) -> int:
        return len(self.things)

    @property
    def same(self) -> Array:
        """(p,) whether both photos are of one thing."""
        return np.asarray(self.things[:, 0] == self.things[:, 1])

    @property
    def folds(self) -> Array:
        """(p,) the fold of each pair's things."""
        return np.asarray(self.things[:, 0] % FOLDS)

    def seen_by(self, network: SimilarityNetwork | None) -> Array:
        """The evidence ``(p, e)`` with what a network says."""
        evidence = self.evidence.copy()
        there = np.isfinite(self.rows).all(axis=(1, 2))
        if network is not None and there.any():
            evidence[there, _NETWORK] = network.log_odds(self.rows[there, 0], self.rows[there, 1])
        return evidence


def by_thing(index: GalleryIndex) -> dict[str, list[int]]:
    """Ids of the photos of each thing, in the order in which things came."""
    found: dict[str, list[int]] = defaultdict(list)
    for id, item in sorted(index.items.items()):
        found[item.instance].append(id)
    return dict(found)


def compare_pairs(
    index: GalleryIndex, verifier: Verifier, things: Mapping[str, Sequence[int]], rng: np.random.Generator
) -> Job[GalleryPairs]:
    """Compares each photo with another one of its thing, or a simulated view of a lone one with itself, and with the
    nearest photos of other things of its fold.
    """
    asked = list(_asked(index, things, rng))
    evidence: list[Array] = []
    rows: list[list[Array]] = []
    seen: dict[int, SeenPhoto] = {}
    for query, reference, *_ in asked:
        first = _viewed(index, verifier, query, rng) if query == reference else _seen(index, verifier, query, seen)
        both = first, _seen(index, verifier, reference, seen)
        evidence.append(verifier.evidence(*both).values)
        rows.append([_row(verifier, photo) for photo in both])
        yield Progress("pairs", len(evidence), len(asked))
    views = sum(query == reference for query, reference, *_ in asked)
    return GalleryPairs(np.array(evidence), np.array(rows), np.array([ends for *_, ends in asked]), views)


def learnable_rows(index: GalleryIndex, verifier: Verifier, things: Mapping[str, Sequence[int]]) -> tuple[Array, Array]:
    """Descriptors ``(n, d)`` that a network compares of all photos of things with two or more, and their things' number
    ``(n,)``; none without the encoder that makes them.
    """
    found: list[tuple[Array, int]] = []
    for number, ids in enumerate(things.values()):
        told = [verifier.everyday_row(index.features(id)) for id in ids]
        shown = [row for row in told if row is not None and row.any()]
        found += [(row, number) for row in shown if len(shown) > 1]
    if not found:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.int64)
    return np.stack([row for row, _ in found]).astype(np.float32), np.array([number for _, number in found])


def _asked(
    index: GalleryIndex, things: Mapping[str, Sequence[int]], rng: np.random.Generator
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Ids of both photos of each pair, and both things' numbers; a photo with itself stands for a view of it."""
    number = {id: place for place, ids in enumerate(things.values()) for id in ids}
    folds = [{id for id, place in number.items() if place % FOLDS != fold} for fold in range(FOLDS)]
    for id in rng.permutation(sorted(number))[:MOST].tolist():
        thing = number[id]
        own = [other for other in things[index.instance(id)] if other != id]
        yield id, int(rng.choice(own)) if own else id, (thing, thing)
        for other in _nearest(index, id, {*own, id, *folds[thing % FOLDS]}):
            yield id, other, (thing, number[other])


def _nearest(index: GalleryIndex, id: int, exclude: set[int]) -> list[int]:
    """The photos of other things nearest to a known one by the first descriptor, or any where there is none."""
    for encoder, descriptors in index.descriptors.items():
        return descriptors.propose(index.descriptor(encoder, id), NEAR, exclude=exclude)
    return [other for other in index.items if other not in exclude][:NEAR]


def _seen(index: GalleryIndex, verifier: Verifier, id: int, seen: dict[int, SeenPhoto]) -> SeenPhoto:
    if id not in seen:
        seen[id] = verifier.seen(index.features(id))
    return seen[id]


def _viewed(index: GalleryIndex, verifier: Verifier, id: int, rng: np.random.Generator) -> SeenPhoto:
    """A simulated view of a known photo, by its small image."""
    encoders: tuple[Encoder, ...] = verifier.encoders
    return verifier.seen(extract(Photo.of(view(index.image(id), (), rng)), encoders))


def _row(verifier: Verifier, photo: SeenPhoto) -> Array:
    row = verifier.everyday_row(photo.features)
    if row is None:
        return np.full(1, np.nan)
    return row if row.any() else np.full(row.shape, np.nan)
