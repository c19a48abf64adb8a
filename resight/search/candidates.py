"""Candidates: the known photos that may show what a query shows, with the evidence for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from resight.runtimes import blas
from resight.types import Array, Check
from resight.verification.comparison import LOCAL, Comparison, verify, verify_briefly

from .describe import PhotoFeatures
from .gallery_index import GalleryIndex

PROPOSED: Final = 20
"""Photos with most votes whose votes are checked by consensus."""

COMPARED: Final = 5
"""Photos, each of another instance, that are looked at closely; two more of each global proposer."""

CLEAR: Final = 15.0
"""Score of a consensus from which a fourth of it is no rival: near twins reach more than half of it."""

CHANCE: Final = 5.0
"""Score that the consensus of photos of different things reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Known photos of different instances, with evidence.

    Attributes
    ----------
    ids : of the photos.
    evidence : (k, e), with :func:`columns`.
    votes : what agreed among the local votes for each, from which it was compared.
    checks : geometry of each.
    twins : pairs of rows, the smaller first, whose known photos look alike.
    """

    ids: tuple[int, ...]
    evidence: Array
    votes: tuple[Check, ...]
    checks: tuple[Check, ...]
    twins: frozenset[tuple[int, int]] = frozenset()

    def __len__(self) -> int:
        return len(self.ids)

    def exclude(self, id: int) -> Self:
        """Everything but one photo."""
        rows = [row for row, other in enumerate(self.ids) if other != id]
        votes, checks = (tuple(each[row] for row in rows) for each in (self.votes, self.checks))
        twins = frozenset((rows.index(a), rows.index(b)) for a, b in self.twins if a in rows and b in rows)
        return type(self)(tuple(self.ids[row] for row in rows), self.evidence[rows], votes, checks, twins)


def columns(index: GalleryIndex) -> tuple[str, ...]:
    """Names of the evidence's columns: :data:`resight.verification.comparison.LOCAL`, and two of each global encoder's
    cosine.

    One is of photos that could be laid over each other, whose pixels say more than any descriptor; the other of those
    that could not, where it is nearly all that there is. Each is zero where the other speaks.
    """
    return (*LOCAL, *(name for encoder in index.descriptors for name in (encoder, f"{encoder} alone")))


@blas.one_thread()
def candidates(index: GalleryIndex, query: PhotoFeatures, *, exclude: Collection[int] = ()) -> Candidates:
    """Propose, check and compare, as if the photos ``exclude`` were not known."""
    proposed = {proposal.id: proposal.check for proposal in index.propose(query.local, PROPOSED, exclude=exclude)}
    chosen = index.first_of_each(proposed)[:COMPARED]
    for encoder, descriptors in index.descriptors.items():
        nearest = descriptors.propose(query.descriptors[encoder], PROPOSED, exclude=exclude)
        count = COMPARED if not proposed else 2
        named = {index.items[id].instance for id in chosen}
        chosen += [id for id in index.first_of_each(nearest)[:count] if index.items[id].instance not in named]
    checks = {id: proposed.get(id, NO_VOTES) for id in chosen}
    return verify_all(index, query, checks, briefly=_outvoted([check.score for check in checks.values()]))


def verify_all(
    index: GalleryIndex, query: PhotoFeatures, checks: Mapping[int, Check], *, briefly: Sequence[bool] | None = None
) -> Candidates:
    """Photos by id as candidates, compared from the ``checks`` of their votes; some of them ``briefly``."""
    briefly = [False] * len(checks) if briefly is None else briefly
    compared = [
        verify_briefly(check) if brief else verify(query.local, index.local(id), check)
        for (id, check), brief in zip(checks.items(), briefly, strict=True)
    ]
    rows = evidence(index, query, checks, compared)
    return Candidates(tuple(checks), rows, tuple(checks.values()), tuple(one.check for one in compared))


NO_VOTES: Final = Check(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))
"""The check of a photo that only a global proposer named."""


def _outvoted(scores: list[float]) -> list[bool]:
    """Which candidates need no closer look, because the first has far more votes; the second always gets one."""
    first = max(scores, default=0.0)
    clear = first >= CLEAR and len(scores) > 1 and sorted(scores)[-2] < first / 4
    second = scores.index(sorted(scores)[-2]) if clear else -1
    return [clear and score < first / 4 and place != second for place, score in enumerate(scores)]


def evidence(index: GalleryIndex, query: PhotoFeatures, ids: Collection[int], compared: Sequence[Comparison]) -> Array:
    """Evidence ``(k, e)`` with :func:`columns` for the photos ``ids`` that were compared with a query."""
    if not ids:
        return np.zeros((0, len(columns(index))))
    local = np.array([one.evidence for one in compared])
    laid = local[:, LOCAL.index("registered")] > 0
    cosines = [each.cosine(query.descriptors[encoder], ids) for encoder, each in index.descriptors.items()]
    return np.column_stack([local, *(np.where(where, cosine, 0.0) for cosine in cosines for where in (laid, ~laid))])
