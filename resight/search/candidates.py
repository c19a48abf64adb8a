"""Candidates: the known photos that may show what a query shows, with the evidence for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Self

import numpy as np

from resight.runtimes import blas
from resight.types import Array, SpatialVerification
from resight.verification.comparison import LOCAL, NO_VOTES, Comparison, verify, verify_briefly
from resight.verification.contrast import contrast, deficits, explained, worst
from resight.verification.near_twins import local_difference
from resight.verification.reprint import AGAINST, alteration, may_be_whole, print_sureness

from .describe import PhotoFeatures
from .gallery_index import GalleryIndex

PROPOSED: Final = 20
"""Photos with most votes whose votes are checked by consensus."""

CLEAR: Final = 15.0
"""Score of a consensus from which a fourth of it is no rival: near twins reach more than half of it."""

RIVAL: Final = 4.0
"""Times that the score of a consensus may be another's for both to be looked at where their photos differ."""

AS_NEAR, ROOM = 1.5, 0.1
"""Times, and beside them by how much, that a print's doubt may exceed that of the nearest one to be as near."""

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
    votes: tuple[SpatialVerification, ...]
    checks: tuple[SpatialVerification, ...]
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
def candidates(
    index: GalleryIndex, query: PhotoFeatures, *, exclude: Collection[int] = (), twin: int | None = None
) -> Candidates:
    """Propose, check and compare, as if the photos ``exclude`` were not known.

    Of an excluded ``twin`` it is still known where photos that look like it differ from it: the one candidate left of a
    design is compared there, as it would be beside any other twin.
    """
    proposed = {proposal.id: proposal.check for proposal in index.propose(query.local, PROPOSED, exclude=exclude)}
    depth = index.settings.compared
    chosen = index.first_of_each(proposed)[:depth]
    for encoder, descriptors in index.descriptors.items():
        nearest = descriptors.propose(query.descriptors[encoder], PROPOSED, exclude=exclude)
        count = depth if not proposed else 2
        named = {index.items[id].instance for id in chosen}
        chosen += [id for id in index.first_of_each(nearest)[:count] if index.items[id].instance not in named]
    known = index.holding(query.digest)
    if known is not None and known not in exclude and known in index.items:
        name = index.items[known].instance
        chosen = [known, *(id for id in chosen if index.items[id].instance != name)]
    checks = {id: proposed.get(id, NO_VOTES) for id in chosen}
    outvoted = _outvoted([check.score for check in checks.values()])
    return verify_all(index, query, checks, briefly=outvoted, twin=twin, exclude=exclude)


def verify_all(
    index: GalleryIndex,
    query: PhotoFeatures,
    checks: Mapping[int, SpatialVerification],
    *,
    briefly: Sequence[bool] | None = None,
    twin: int | None = None,
    exclude: Collection[int] = (),
) -> Candidates:
    """Photos by id as candidates, compared from the ``checks`` of their votes; some of them ``briefly``.

    ``twin`` and ``exclude`` are as for :func:`candidates`.
    """
    briefly = [False] * len(checks) if briefly is None else briefly
    compared = [
        verify_briefly(check) if brief else verify(query.local, index.local(id), check)
        for (id, check), brief in zip(checks.items(), briefly, strict=True)
    ]
    rows = evidence(index, query, checks, compared, exclude=exclude)
    ids, found = tuple(checks), tuple(one.check for one in compared)
    twins = _contrasted(index, query, ids, found, rows)
    if twin is not None and not twins:
        _beside_twin(index, query, ids, found, rows, twin)
    _differing(index, query, ids, found, rows, twins)
    rows[:, LOCAL.index("print")] = _prints(index, query, ids, found, {row for pair in twins for row in pair})
    return Candidates(ids, rows, tuple(checks.values()), found, twins)


def _outvoted(scores: list[float]) -> list[bool]:
    """Flags of the candidates that need no closer look, as the first has far more votes; the second always gets one."""
    first = max(scores, default=0.0)
    clear = first >= CLEAR and len(scores) > 1 and sorted(scores)[-2] < first / 4
    second = scores.index(sorted(scores)[-2]) if clear else -1
    return [clear and score < first / 4 and place != second for place, score in enumerate(scores)]


def _contrasted(
    index: GalleryIndex, query: PhotoFeatures, ids: Sequence[int], checks: Sequence[SpatialVerification], rows: Array
) -> frozenset[tuple[int, int]]:
    """Puts into the evidence ``rows (k, e)`` what speaks for one of several photos that look alike; pairs of them."""
    twins: set[tuple[int, int]] = set()
    for group in _alike(index, ids, checks):
        first, *others = group
        alike = [(index.local(ids[row]), index.look_alike(ids[row], ids[first])) for row in others]
        laid = [(local, like) for local, like in alike if like is not None]
        found = contrast(query.local, index.local(ids[first]), checks[first], laid)
        against = explained([checks[row] for row in group])
        rows[group, LOCAL.index("contrast")] = deficits(found.ratios)
        rows[group, LOCAL.index("explained")] = 2 * np.minimum(worst(against), 0.0)
        # What the likeliest of them lacks speaks for a thing that is not known, and not for the others.
        rows[group, LOCAL.index("misfit")] = found.misfits[worst(found.ratios).argmax()]
        twins.update(combinations(sorted(group), 2))
    return frozenset(twins)


def _beside_twin(
    index: GalleryIndex,
    query: PhotoFeatures,
    ids: Sequence[int],
    checks: Sequence[SpatialVerification],
    rows: Array,
    twin: int,
) -> None:
    """Puts into the evidence ``rows (k, e)`` what each photo that looks like a twin lacks where the two differ."""
    for row, (id, check) in enumerate(zip(ids, checks, strict=True)):
        if check.transform is None or check.score < CHANCE:
            continue
        like = index.look_alike(twin, id)
        if like is not None:
            found = contrast(query.local, index.local(id), check, [(index.local(twin), like)])
            rows[row, LOCAL.index("misfit")] = found.misfits[0]


def _differing(
    index: GalleryIndex,
    query: PhotoFeatures,
    ids: Sequence[int],
    checks: Sequence[SpatialVerification],
    rows: Array,
    twins: frozenset[tuple[int, int]],
) -> None:
    """Puts into the evidence ``rows (k, e)`` how much differs of the photo that agrees best, though the rest agrees.

    Of several that look alike it is the likeliest of them, which speaks for a thing that is not known and so against
    them all.
    """
    scores = [0.0 if check.transform is None else check.score for check in checks]
    best = int(np.argmax(scores)) if scores else -1
    if not scores or scores[best] < CHANCE:
        return
    group = sorted({best, *(row for pair in twins if best in pair for row in pair)})
    likeliest = max(group, key=lambda row: (rows[row, LOCAL.index("contrast")], scores[row]))
    rows[group, LOCAL.index("difference")] = local_difference(
        query.local, index.local(ids[likeliest]), checks[likeliest]
    )


def _alike(index: GalleryIndex, ids: Sequence[int], checks: Sequence[SpatialVerification]) -> Iterator[list[int]]:
    """Groups of rows whose photos look like the first of them, which agrees best with the query.

    Photos of one thing are no rivals, however alike they are: each group has one of them at most.
    """
    scores = [0.0 if check.transform is None else check.score for check in checks]
    least = max(CHANCE, max(scores, default=0.0) / RIVAL)
    left = [row for row in np.argsort(scores, kind="stable")[::-1].tolist() if scores[row] >= least]
    while len(left) > 1:
        first, *rivals = left
        group, things = [first], {index.items[ids[first]].instance}
        for row in rivals:
            instance = index.items[ids[row]].instance
            if instance not in things and index.look_alike(ids[row], ids[first]) is not None:
                group.append(row)
                things.add(instance)
        left = [row for row in left if row not in group]
        if len(group) > 1:
            yield group


def _prints(
    index: GalleryIndex,
    query: PhotoFeatures,
    ids: Sequence[int],
    checks: Sequence[SpatialVerification],
    twins: Collection[int],
) -> Array:
    """Sureness that each photo is the very picture that is asked about, ``(k,)`` up to 1.

    Of several prints the nearest is it, and those that are as near: a picture that is known under two names has both.
    It is below 0 for ``twins``, the rows that look like others, where the picture is none of them and the least altered
    one is altered: of a design that is known in several versions that is another one. Elsewhere it may be the known
    picture, written on.
    """
    known = index.holding(query.digest)
    whole = [row for row, id in enumerate(ids) if may_be_whole(query.local, index.local(id), checks[row])]
    sure = np.zeros(len(ids))
    for row, id in enumerate(ids):
        if id == known:
            sure[row] = 1.0
        elif row in whole:
            sure[row] = print_sureness(query.local, index.local(id))
    if sure.any():
        return np.where(1 - sure <= AS_NEAR * (1 - sure.max()) + ROOM, sure, 0.0)
    altered = [alteration(query.local, index.local(ids[row])) for row in whole if row in twins]
    least = min((one for one in altered if one is not None), default=0.0)
    return np.where([row in twins for row in range(len(ids))], -AGAINST * least, 0.0)


def evidence(
    index: GalleryIndex,
    query: PhotoFeatures,
    ids: Collection[int],
    compared: Sequence[Comparison],
    *,
    exclude: Collection[int] = (),
) -> Array:
    """Evidence ``(k, e)`` with :func:`columns` for the photos ``ids`` that were compared with a query.

    In place of an encoder's cosine stands what the gallery's vote says, in which the photos ``exclude`` have none.
    """
    if not ids:
        return np.zeros((0, len(columns(index))))
    return voted(index, query, ids, np.array([one.evidence for one in compared]), exclude=exclude)


def voted(
    index: GalleryIndex, query: PhotoFeatures, ids: Collection[int], compared: Array, *, exclude: Collection[int] = ()
) -> Array:
    """Evidence ``(k, e)`` as :func:`evidence` has it, of what ``compared (k, …)`` holds of local features in its first
    columns and of the gallery's vote.
    """
    local = compared[:, : len(LOCAL)]
    laid = local[:, LOCAL.index("registered")] > 0
    vote = index.settings.vote
    cosines = [
        each.evidence(query.descriptors[encoder], ids, vote, index.instance, exclude=exclude, photos=index.photos_of)
        for encoder, each in index.descriptors.items()
    ]
    return np.column_stack([local, *(np.where(where, cosine, 0.0) for cosine in cosines for where in (laid, ~laid))])
