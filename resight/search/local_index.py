"""The default proposer: local votes from an inverted file, checked by consensus."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from resight.features.coarse_quantiser import CoarseQuantiser
from resight.types import Array, Features, SpatialVerification
from resight.verification.consensus import Tolerance, consensus, frames

from . import feature_votes
from .inverted_file import InvertedFile

NEIGHBOURS = 10
"""Nearest gallery features of a query feature; the last is the background. From 5 to 20, answers stay the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A known photo that may show what the query shows: its ``id`` in the gallery and the ``check`` of its votes."""

    id: int
    check: SpatialVerification


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Nearest neighbours of each of ``m`` query features, ``(m, k)`` each, nearest first.

    Attributes
    ----------
    distances : squared; inf where there is none.
    rows : gallery features, -1 for none.
    places : of their photos in the index, -1 for none; they are of this moment of the index.
    """

    distances: Array
    rows: Array
    places: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Enrolled:
    id: int
    rows: range
    frames: Array
    diagonal: float


class LocalIndex:
    """Known photos' local features in memory; a cache of the gallery, never the truth.

    Parameters
    ----------
    cells : of the inverted file.
    tolerance : of the consensus.
    """

    def __init__(self, cells: CoarseQuantiser, *, tolerance: Tolerance | None = None) -> None:
        self._cells = cells
        self._file = InvertedFile(cells)
        self._tolerance = tolerance or Tolerance()
        self._photos: list[_Enrolled | None] = []
        self._places: dict[int, int] = {}
        self._place_of_row = np.zeros(1024, np.int32)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, id: int, features: Features, *, cells: Array | None = None) -> None:
        """Enrol a photo, in place of any of its ``id``; ``cells (m,)`` of its codes are found anew if not given."""
        self.remove([id])
        rows = self._file.add(features.values, self._cells.assign(features.values) if cells is None else cells)
        place = len(self._photos)
        diagonal = float(np.hypot(*features.size))
        self._photos.append(_Enrolled(id, rows, frames(features.points, features.scales, features.angles), diagonal))
        self._places[id] = place
        if rows.stop > len(self._place_of_row):
            room = np.zeros(max(rows.stop, 2 * len(self._place_of_row)), np.int32)
            room[: len(self._place_of_row)] = self._place_of_row
            self._place_of_row = room
        self._place_of_row[rows.start : rows.stop] = place

    def remove(self, ids: Collection[int]) -> None:
        """Forget photos; unknown ids are ignored."""
        rows = self._rows(ids)
        for id in ids:
            place = self._places.pop(id, None)
            if place is not None:
                self._photos[place] = None
        self._file.remove(rows)

    def propose(self, features: Features, k: int, *, exclude: Collection[int] = ()) -> list[Proposal]:
        """The ``k`` photos with most votes, nearest by consensus first, as if those ``exclude`` were not enrolled."""
        return self.proposals(features, self.neighbours(features, exclude=exclude), k)

    def neighbours(self, features: Features, *, exclude: Collection[int] = ()) -> Neighbours:
        """The nearest gallery features of each query feature, as if the photos ``exclude`` were not enrolled."""
        distances, rows = self._file.search(features.values, NEIGHBOURS, exclude=self._rows(exclude))
        return Neighbours(distances, rows, np.where(rows < 0, -1, self._place_of_row[rows]))

    def proposals(
        self, features: Features, neighbours: Neighbours, k: int, *, left: Array | None = None
    ) -> list[Proposal]:
        """:meth:`propose` by the query features that are ``left (m,)`` bool; the others are explained and do not vote.

        A gallery feature that an explained one voted with is free for another: for a second copy of the same thing.
        """
        rows = np.arange(len(features)) if left is None else np.flatnonzero(left)
        votes = feature_votes.cast(neighbours.distances[rows], neighbours.rows[rows], neighbours.places[rows])
        votes = replace(votes, queries=rows[votes.queries])
        totals = feature_votes.tally(votes, len(self._photos))
        order = np.argsort(-totals, kind="stable")[:k]
        query = frames(features.points, features.scales, features.angles)
        proposals = [self._checked(query, votes.of(place), place) for place in order[totals[order] > 0]]
        return sorted(proposals, key=lambda proposal: -proposal.check.score)

    def _rows(self, ids: Collection[int]) -> list[range]:
        photos = (self._photos[self._places[id]] for id in ids if id in self._places)
        return [photo.rows for photo in photos if photo is not None]

    def _checked(self, query: Array, votes: feature_votes.LocalVotes, place: int) -> Proposal:
        photo = self._photos[place]
        assert photo is not None  # removed photos have no rows left that could vote
        rows = votes.rows - photo.rows.start
        check = consensus(
            query[votes.queries], photo.frames[rows], votes.weights, diagonal=photo.diagonal, tolerance=self._tolerance
        )
        agreeing = check.inliers[:, 0]
        pairs = np.column_stack([votes.queries[agreeing], rows[agreeing]])
        return Proposal(photo.id, SpatialVerification(check.score, pairs, check.transform, check.weights))
