"""The second proposer: one whitened descriptor a photo, searched exactly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from typing import Final

import numpy as np

from resight.errors import GalleryError
from resight.features.head import head
from resight.features.normalisation import unit
from resight.types import Array, Head

from .exact import search
from .knn_vote import TRANSFORMS
from .voting_rule import VotingRule

BLOCK: Final = 256
"""Rows that go through the head together, of galleries that have as many: a matrix product rounds by its shape, and in
products of one shape a row is the same to the bit whatever rows are beside it."""

GROWN: Final = 1.2
"""Growth of a gallery from which its whitening is fitted again, and its calibration asked anew from the start."""


class GlobalIndex:
    """Known photos' descriptors in memory; a cache of the gallery, never the truth.

    Parameters
    ----------
    ids : (n,) of the photos.
    descriptors : (n, d) unwhitened.
    settings : the head that is applied to descriptors of known and new photos alike.
    """

    def __init__(self, ids: Array, descriptors: Array, settings: Head) -> None:
        self._ids = ids
        self._length = descriptors.shape[1]
        self._head = settings
        self._rows = _through(descriptors, settings)
        self._row_of = {int(id): row for row, id in enumerate(ids)}

    def __len__(self) -> int:
        return len(self._ids)

    def changed(self, removed: Collection[int], ids: Array, descriptors: Array) -> GlobalIndex | None:
        """The index of other photos by the same head: without those ``removed``, and with new ones of larger ``ids``.

        It is the same to the bit as one that is made of all their descriptors. None where only that is: where either
        has fewer than BLOCK photos, and for new descriptors of another length.
        """
        stay = ~np.isin(self._ids, list(removed))
        if min(len(self), stay.sum() + len(ids)) < BLOCK or (len(ids) and descriptors.shape[1] != self._length):
            return None
        new = copy(self)
        new._ids = np.concatenate([self._ids[stay], ids])
        new._rows = np.concatenate([self._rows[stay], *(_in_blocks(descriptors, self._head) if len(ids) else ())])
        new._row_of = {int(id): row for row, id in enumerate(new._ids)}
        return new

    @property
    def settings(self) -> Head:
        """The head that is applied to all descriptors."""
        return self._head

    def propose(self, descriptor: Array, k: int, *, exclude: Collection[int] = ()) -> list[int]:
        """Ids of the ``k`` photos nearest to an unwhitened descriptor ``(d,)``, as if ``exclude`` were not here.

        A zero descriptor, which is a photo without features, is near to none.
        """
        if not len(self) or not descriptor.any():
            return []
        barred = set(exclude)
        matches = search(self._seen(descriptor)[None], self._rows, k + sum(id in self._row_of for id in barred))
        found = [int(self._ids[row]) for row in matches.rows[0] if row >= 0]
        return [id for id in found if id not in barred][:k]

    def evidence(
        self,
        descriptor: Array,
        ids: Collection[int],
        vote: VotingRule,
        instance: Callable[[int], str],
        *,
        exclude: Collection[int] = (),
        photos: Callable[[str], Sequence[int]] = lambda name: (),
    ) -> Array:
        """Evidence of a ``vote`` of the nearest photos for the ``instance`` of each of these photos, ``(len(ids),)``.

        The top score is the cosine of the photo itself, and Mean k-NN that of the mean of it and of its instance's
        photos among the k nearest, with α also of those of the ``photos`` of that name whose cosine with one of them is
        at least α. The other votes are the instance's sum as a share of the k neighbours, so that one spelling of
        weights fits all k. The photos ``exclude`` have no vote.
        """
        if vote.kind == "top" or not descriptor.any():
            return self.cosine(descriptor, ids)
        near = self.propose(descriptor, vote.k, exclude=exclude)
        names = np.array([instance(id) for id in near], object)
        friends = [names == instance(id) for id in ids]
        if vote.kind == "mean":
            joined = ({id, *(near[row] for row in np.flatnonzero(same))} for id, same in zip(ids, friends, strict=True))
            if vote.alpha is not None:
                barred, least = set(exclude), vote.alpha
                of = (set(photos(instance(id))) - barred for id in ids)
                joined = (self._expanded(group, others, least) for group, others in zip(joined, of, strict=True))
            means = [self.rows(sorted(group)).mean(axis=0) for group in joined]
            return np.asarray(unit(np.array(means)) @ self._seen(descriptor), np.float64)
        cosines = self.cosine(descriptor, near)
        voices = TRANSFORMS[vote.f](cosines) if vote.kind == "similarity" else np.ones(len(near))
        return np.array([voices[same].sum() / vote.k for same in friends])

    def _expanded(self, group: Collection[int], others: Collection[int], least: float) -> set[int]:
        """A group of photos with those ``others`` whose cosine with one of it is at least ``least``."""
        more = sorted({*others} - {*group})
        if not more:
            return {*group}
        near = (self.rows(more) @ self.rows(sorted(group)).T).max(axis=1) >= least
        return {*group, *(id for id, joins in zip(more, near, strict=True) if joins)}

    def rows(self, ids: Iterable[int]) -> Array:
        """Descriptors of these photos through the head, ``(n, d)``; raises KeyError for one that is not here."""
        return np.asarray(self._rows[[self._row_of[id] for id in ids]])

    def cosine(self, descriptor: Array, ids: Collection[int]) -> Array:
        """Cosine of a query's unwhitened descriptor ``(d,)`` with these photos, ``(len(ids),)``."""
        rows = self._rows[[self._row_of[id] for id in ids]]
        return (rows @ self._seen(descriptor)).astype(np.float64)

    def propose_any(self, descriptors: Array, k: int, *, exclude: Collection[int] = ()) -> list[int]:
        """Ids of the ``k`` photos nearest to any of several descriptors ``(n, d)``, as :meth:`propose` has it."""
        seen = head(descriptors[descriptors.any(axis=1)].astype(np.float32), self._head)
        if not len(self) or not len(seen):
            return []
        nearest = np.max(
            [(part @ self._rows.T).max(axis=0) for part in np.array_split(seen, -(-len(seen) // 64))], axis=0
        )
        barred = set(exclude)
        order = (int(self._ids[row]) for row in np.argsort(-nearest, kind="stable"))
        return list(islice((id for id in order if id not in barred), k))

    def cosines(self, descriptors: Array, ids: Collection[int]) -> Array:
        """Cosines of unwhitened descriptors ``(n, d)`` with these photos, ``(n, len(ids))``."""
        rows = self._rows[[self._row_of[id] for id in ids]]
        return (head(descriptors.astype(np.float32), self._head) @ rows.T).astype(np.float64)

    def _seen(self, descriptor: Array) -> Array:
        """Raises GalleryError for a descriptor of another length than the known ones have."""
        if descriptor.shape != (self._length,):
            raise GalleryError(
                f"the known photos have descriptors of {self._length} numbers, this photo one of {len(descriptor)}: "
                "they are not of one encoder; make the gallery anew by `resight index FOLDER --rebuild`"
            )
        return head(descriptor[None].astype(np.float32), self._head)[0]


def _through(descriptors: Array, settings: Head) -> Array:
    """Known photos' descriptors ``(n, d)`` through the head, ``(n, d')``."""
    if not len(descriptors):
        return np.zeros((0, descriptors.shape[1]), np.float32)
    if len(descriptors) < BLOCK:
        return head(descriptors, settings)
    return np.concatenate([*_in_blocks(descriptors, settings)])


def _in_blocks(descriptors: Array, settings: Head) -> Iterator[Array]:
    for start in range(0, len(descriptors), BLOCK):
        rows = descriptors[start : start + BLOCK]
        block = np.zeros((BLOCK, descriptors.shape[1]), descriptors.dtype)
        block[: len(rows)] = rows
        yield head(block, settings)[: len(rows)]
