"""Mean k-NN: each label is judged by the mean of its photos near the query (Bouček 2020, equations 4.7 to 4.10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from resight.errors import ShapeError
from resight.features.normalisation import unit
from resight.types import Array, Matches, Votes

from .knn_vote import decide, labels_of, nearest

TIE: Final = 1e-12
"""Cosines that differ by less are equal: the order in which sums are taken would part them otherwise."""

_TINY: Final = 1e-24
"""Squared length below which a mean is none, and its cosine 0."""

_QUERIES: Final = 128
"""Queries that are looked at together."""

_NUMBERS: Final = 1 << 22
"""Numbers that a table of queries, or of neighbours, by photos of one label may hold, beyond a single row."""


def mean_vote(matches: Matches, labels: Array, queries: Array, gallery: Array, *, k: int) -> Votes:
    """The label whose mean of the k nearest is most similar to the query: Bouček 2020, equations 4.7 and 4.8.

    A label's mean is that of its photos among the k nearest, made a unit vector; the confidence is its cosine with the
    query, in [−1, 1]. Of labels with equal cosines the one with the nearest photo wins. Parameters and errors are those
    of :func:`mean_votes`.
    """
    [votes] = mean_votes(matches, labels, queries, gallery, ks=(k,)).values()
    return votes


def expanded_mean_vote(
    matches: Matches,
    labels: Array,
    queries: Array,
    gallery: Array,
    *,
    k: int,
    alpha: float | None = None,
    radius: float | None = None,
) -> Votes:
    """α-expanded Mean k-NN: Bouček 2020, equations 4.9 and 4.10.

    To each label's mean come all photos of that label whose cosine with one of its photos among the k nearest is at
    least ``alpha``. The thesis writes a distance, but its Table 5.2 is one of similarities. ``radius`` is the distance
    instead, on unit vectors: r = √(2 − 2α) gives the same photos. The nearest themselves always belong to the mean, so
    that from α = 1 on, where no two photos are the same, the vote is that of :func:`mean_vote`. Raises ValueError
    unless one of ``alpha`` and ``radius`` is given.
    """
    if (alpha is None) == (radius is None):
        raise ValueError(f"alpha is {alpha} and radius is {radius}; wanted one of them, and None for the other")
    least = threshold_of(radius) if alpha is None and radius is not None else alpha
    [votes] = mean_votes(matches, labels, queries, gallery, ks=(k,), thresholds=(least,)).values()
    return votes


def threshold_of(radius: float) -> float:
    """The cosine of unit vectors ``radius`` apart: α = 1 − r² / 2. Raises ValueError for a negative radius."""
    if radius < 0:
        raise ValueError(f"radius is {radius}; wanted a distance, 0 or more")
    return 1 - radius * radius / 2


def mean_votes(
    matches: Matches,
    labels: Array,
    queries: Array,
    gallery: Array,
    *,
    ks: Collection[int],
    thresholds: Sequence[float | None] = (None,),
) -> dict[tuple[int, float | None], Votes]:
    """The votes of every k with every threshold at once, by ``(k, α)``; α None is Mean k-NN without expansion.

    Parameters
    ----------
    matches : the neighbours, as many as the largest k at least.
    labels : (n,) integers, one per gallery row; photos labelled UNKNOWN have a mean as the others have.
    queries, gallery : (q, d) and (n, d) that were searched; here they are unit rows in float64.

    Each label's photos are looked at once for all settings and 128 queries. Beside the answers and one label's photos
    the memory is of the order of 128 · k · d numbers, and no table of queries by photos is larger than 4 million.
    A query without neighbours is UNKNOWN with confidence −inf. Raises ShapeError where the arrays do not fit,
    ValueError for k < 1.
    """
    rows, _ = nearest(matches, labels, max(ks, default=1))
    nearest(matches, labels, min(ks, default=1))
    if queries.ndim != 2 or gallery.ndim != 2 or (len(rows), len(labels)) != (len(queries), len(gallery)):
        raise ShapeError(
            f"{len(rows)} queries with {len(labels)} labels have descriptors of {queries.shape} and {gallery.shape}; "
            "wanted (q, d) and (n, d): pass what was searched"
        )
    voters = labels_of(rows, labels)
    cosines = np.full((len(thresholds), *rows.shape), -np.inf)
    groups = _Groups.of(labels)
    for start in range(0, len(rows), _QUERIES):
        part = slice(start, start + _QUERIES)
        asked = unit(queries[part].astype(np.float64))
        _put_single(cosines[:, part], asked, gallery, rows[part], groups)
        _put_means(cosines[:, part], asked, gallery, rows[part], groups, thresholds)
    return {
        (k, least): _decided(voters[:, :k], cosines[which, :, :k]) for which, least in enumerate(thresholds) for k in ks
    }


def _decided(voters: Array, cosines: Array) -> Votes:
    """The vote of the neighbours ``(q, k)``, of which each knows the cosine of its label's mean up to itself."""
    same = voters[:, :, None] == voters[:, None, ::-1]
    last = voters.shape[1] - 1 - np.argmax(same, axis=2)
    evidence = np.take_along_axis(cosines, last, axis=1)
    return decide(voters, np.where(np.isneginf(cosines), -np.inf, evidence), tolerance=TIE)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Gallery rows by their label.

    Attributes
    ----------
    order : (n,) rows, those of one label beside each other and rising.
    starts : (g + 1,) where each label's begin in it, and the end.
    of_row : (n,) the number of each row's label among them.
    """

    order: Array
    starts: Array
    of_row: Array

    @classmethod
    def of(cls, labels: Array) -> Self:
        order = np.argsort(labels, kind="stable")
        _, of_row, counts = np.unique(labels, return_inverse=True, return_counts=True)
        return cls(order, np.append(0, np.cumsum(counts)), of_row)

    def rows(self, group: int) -> Array:
        """The rows of one label, rising."""
        return self.order[self.starts[group] : self.starts[group + 1]]

    def sizes(self) -> Array:
        """Photos of each label."""
        return np.diff(self.starts)


def _put_single(cosines: Array, queries: Array, gallery: Array, rows: Array, groups: _Groups) -> None:
    """Puts the cosines of neighbours whose label has no other photo into ``cosines (thresholds, q, k)``."""
    if not len(gallery):
        return
    which, ranks = np.nonzero((rows >= 0) & (groups.sizes()[groups.of_row[rows]] == 1))
    known = unit(gallery[rows[which, ranks]].astype(np.float64))
    cosines[:, which, ranks] = np.einsum("pd,pd->p", queries[which], known)


def _put_means(
    cosines: Array, queries: Array, gallery: Array, rows: Array, groups: _Groups, thresholds: Sequence[float | None]
) -> None:
    """Puts the cosines of all other neighbours' means, each up to that neighbour, into ``cosines``."""
    of_neighbour = np.where(rows >= 0, groups.of_row[rows], -1) if len(gallery) else rows
    for group in np.unique(of_neighbour[of_neighbour >= 0]):
        members = groups.rows(group)
        if len(members) == 1:
            continue
        label = _Label.of(unit(gallery[members].astype(np.float64)))
        for asking, turns in _parts(of_neighbour == group, rows, members):
            similar = queries[asking] @ label.photos.T
            for which, least in enumerate(thresholds):
                inside = np.zeros(similar.shape)
                for still, ranks, photos in turns:
                    if least is not None:
                        label.join(inside, still, photos, least)
                    inside[still, photos] = 1.0
                    cosines[which, asking[still], ranks] = label.cosines(inside[still], similar[still])


_Turn = tuple[Array, Array, Array]
"""The queries that have one neighbour more of a label, its rank, and which of the label's photos it is."""


def _parts(of_label: Array, rows: Array, members: Array) -> Iterator[tuple[Array, list[_Turn]]]:
    """Queries with neighbours of a label, and turn by turn the next of these neighbours.

    So many queries at a time that their table by the members is not too large; turns count them from the first.
    """
    which, ranks = np.nonzero(of_label)
    photos = np.searchsorted(members, rows[which, ranks])
    asking, starts = np.unique(which, return_index=True)
    counts = np.diff(np.append(starts, len(which)))
    step = max(_NUMBERS // len(members), 1)
    for begin in range(0, len(asking), step):
        part = slice(begin, begin + step)
        turns = []
        for turn in range(int(counts[part].max())):
            still = np.flatnonzero(counts[part] > turn)
            at = starts[part][still] + turn
            turns.append((still, ranks[at], photos[at]))
        yield asking[part], turns


@dataclass(frozen=True, slots=True, eq=False)
class _Label:
    """The unit descriptors ``photos (s, d)`` of one label, and their cosines ``gram (s, s)`` where that is less."""

    photos: Array
    gram: Array | None

    @classmethod
    def of(cls, photos: Array) -> Self:
        return cls(photos, photos @ photos.T if len(photos) <= photos.shape[1] else None)

    def join(self, inside: Array, queries: Array, photos: Array, least: float) -> None:
        """Puts what is near enough to a photo of each of the ``queries`` into its row of ``inside``, as ones."""
        distinct, which = np.unique(photos, return_inverse=True)
        step = max(_NUMBERS // len(self.photos), 1)
        for start in range(0, len(distinct), step):
            some = distinct[start : start + step]
            cosines = self.photos[some] @ self.photos.T if self.gram is None else self.gram[some]
            here = (which >= start) & (which < start + len(some))
            near = cosines[which[here] - start] >= least - TIE
            inside[queries[here]] = np.maximum(inside[queries[here]], near)

    def cosines(self, inside: Array, similar: Array) -> Array:
        """Cosines of queries with the means of the photos ``inside (p, s)``, of ``similar (p, s)`` cosines with each.

        The mean's length falls out of both, so that sums will do.
        """
        sums = inside @ (self.photos if self.gram is None else self.gram)
        squares = np.einsum("pd,pd->p", sums, sums if self.gram is None else inside)
        return np.einsum("ps,ps->p", inside, similar) / np.sqrt(np.maximum(squares, _TINY))
