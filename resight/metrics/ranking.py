"""Ranking metrics: of a gallery for one query, and of all answers by their confidence.

Sources: Kohl 2017 (precision at k, mean average precision), Bouček 2020 (micro average precision), Philbin et al.
2007 (the Oxford buildings' average precision and its junk), Nistér & Stewénius 2006 (N-S score), Musgrave et al. 2020
(MAP@R), Weyand et al. 2020 (MAP@100 of Google Landmarks v2), Ypsilantis et al. 2021 (GAP⁻ of the Met data set).

A ranking is an order without ties: `nearest_first` makes one of similarities, equal ones in the order of the gallery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import answers, flags, numbers, ranked_answers


@dataclass(frozen=True, slots=True)
class RankingMean:
    """A mean over the queries that have an answer, and how many have none.

    Attributes
    ----------
    value : the mean over ``queries``.
    queries : that have something relevant in the gallery.
    unanswerable : that have nothing, of which the measure is undefined; they are not among ``queries``.
    """

    value: float
    queries: int
    unanswerable: int


def nearest_first(similarities: Array) -> Array:
    """Rows of the gallery in the order of their ``similarities (q, n)``, largest first, (q, n) integers.

    Equal ones keep the order of the gallery, whatever the machine: a measure of ties would else be an accident. Raises
    ShapeError, ValueError for NaN.
    """
    return np.argsort(-numbers("similarities", similarities, shape=(-1, -1)), axis=1, kind="stable")


def precision_at_k(relevant: Array, k: int, *, ignored: Array | None = None) -> float:
    """Mean over queries of the share of relevant photos among the first k, in [0, 1] (Kohl 2017, equation 1).

    ``relevant`` and ``ignored`` are (q, n) bool, nearest first; ignored entries are taken out of the ranking. A place
    without a neighbour is not relevant. Raises ShapeError where a query has fewer than k entries.
    """
    relevant, kept = _ranked(relevant, ignored)
    positions = kept.cumsum(axis=1)
    shortest = int(positions[:, -1].min())
    if not 1 <= k <= shortest:
        raise ShapeError(
            f"precision at {k} of rankings that have {shortest} entries or more, wanted 1 <= k <= {shortest}: "
            "rank more of the gallery or ask for a smaller k"
        )
    return float((relevant & (positions <= k)).sum() / (k * len(relevant)))


def hit_at_k(relevant: Array, k: int, *, ignored: Array | None = None) -> Array:
    """Whether anything relevant is among the first k, (q,) bool; place recognition calls its mean recall at k.

    ``relevant`` and ``ignored`` are (q, n) bool, nearest first, as in :func:`precision_at_k`; of a ranking with fewer
    than k entries all count. A query with nothing relevant has no hit: whoever takes the mean says whether it divides
    by all queries or by those that have an answer. Raises ShapeError, ValueError for k < 1.
    """
    relevant, kept = _ranked(relevant, ignored)
    return np.asarray((relevant & (kept.cumsum(axis=1) <= _depth(k))).any(axis=1))


def recall_at_k(relevant: Array, k: int, *, totals: Array | None = None, ignored: Array | None = None) -> Array:
    """Share of the relevant photos that are among the first k, (q,) in [0, 1].

    ``relevant``, ``ignored`` and ``totals`` as in :func:`average_precision`. Raises ShapeError, and ValueError for k <
    1, or where a query has nothing relevant.
    """
    relevant, kept = _ranked(relevant, ignored)
    found = (relevant & (kept.cumsum(axis=1) <= _depth(k))).sum(axis=1)
    return np.asarray(found / _totals(relevant, totals))


def mean_average_precision(
    relevant: Array,
    *,
    totals: Array | None = None,
    ignored: Array | None = None,
    convention: str = "standard",
    depth: int | Array | None = None,
) -> RankingMean:
    """Mean of :func:`average_precision` over the queries that have an answer, and how many have none.

    MAP@R (Musgrave et al. 2020) is that at ``depth=totals``; MAP@100 of Google Landmarks v2 that at ``depth=100``.
    Raises ShapeError, and ValueError where no query has an answer.
    """
    relevant, kept = _ranked(relevant, ignored)
    all_totals = relevant.sum(axis=1) if totals is None else numbers("totals", totals, shape=(len(relevant),))
    known = all_totals >= 1
    if not known.any():
        raise ValueError(
            f"none of {known.size} queries has anything relevant in the gallery, so that their mean average precision "
            "is undefined; wanted 1 or more: add what they show to the gallery"
        )
    depths = None if depth is None else np.broadcast_to(depth, known.shape)[known]
    each = average_precision(
        relevant[known], totals=all_totals[known], ignored=~kept[known], convention=convention, depth=depths
    )
    return RankingMean(float(each.mean()), int(known.sum()), int((~known).sum()))


def average_precision(
    relevant: Array,
    *,
    totals: Array | None = None,
    ignored: Array | None = None,
    convention: str = "standard",
    depth: int | Array | None = None,
) -> Array:
    """Average precision of each query, (q,) float64.

    ``relevant`` and ``ignored`` are (q, n) bool, nearest first; ignored entries, Oxford's junk or the query itself, are
    taken out of the ranking. ``totals`` (q,) count the relevant photos of the gallery, ignored ones left out, where the
    ranking was cut off; those that were not found add nothing. Only the first ``depth`` entries count where it is
    given, for all queries or (q,) for each, and the total is at most that. What is divided by the total is the sum of

    - "standard": the precisions at relevant ranks, in [0, 1];
    - "trapezoid": Oxford's steps under precision over recall, straight between ranks, from 1 at recall 0, in [0, 1];
    - "seed": the precisions at *all* ranks, equation 2 of Kohl 2017 as printed, which may exceed 1.

    Raises ShapeError, and ValueError where a query has nothing relevant, for then the measure is undefined.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"average precision has no convention {convention!r}, wanted one of {', '.join(CONVENTIONS)}")
    relevant, kept = _ranked(relevant, ignored)
    gains, all_totals = CONVENTIONS[convention](relevant, kept), _totals(relevant, totals)
    if depth is not None:
        depths = _depth(np.broadcast_to(depth, all_totals.shape))
        gains, all_totals = gains * (kept.cumsum(axis=1) <= depths[:, None]), np.minimum(all_totals, depths)
    return np.asarray(gains.sum(axis=1) / all_totals)


def micro_ap(
    correct: Array, confidences: Array, answerable: Array, *, ties: Literal["together", "in order"] = "together"
) -> float:
    """µAP, or GAP: average precision of all answers in one list by confidence, in [0, 1] (Bouček 2020, equation 4.1).

    ``correct``, ``answerable`` are (q,) bool, ``confidences`` (q,), larger is surer; give a query that got no name
    -inf. The sum of precisions at correct answers is divided by the number of *answerable* queries; the others stay in
    the list and can only lower it (docs/papers.md). Equal confidences enter the list together, each with the precision
    after the last of them: no threshold can part them, and no order of the queries matters. With ``ties="in order"``
    they enter it one by one as they stand in the arrays, as the programs of Google Landmarks v2 have them by name and
    class. Raises ShapeError, and ValueError where no query is answerable or an unanswerable one is correct.
    """
    correct, confidences, answerable = ranked_answers(correct, confidences, answerable)
    if ties == "in order":
        confidences = -np.argsort(np.argsort(-confidences, kind="stable"))
    right, wrong = (counts[::-1] for counts in _tied(confidences, correct))
    precision = right.cumsum() / (right + wrong).cumsum()
    return float((right * precision).sum() / answerable.sum())


def micro_ap_of_known(
    correct: Array, confidences: Array, answerable: Array, *, ties: Literal["together", "in order"] = "together"
) -> float:
    """GAP⁻: :func:`micro_ap` of the answerable queries alone, as if no other had been asked (Ypsilantis et al. 2021).

    It is divided by their number, as µAP is, and at least as large.
    """
    correct, answerable = answers(correct, answerable)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    return micro_ap(correct[answerable], confidences[answerable], answerable[answerable], ties=ties)


def auroc(scores: Array, known: Array) -> float:
    """Chance that a known query scores above an unknown one, ties half, in [0, 1] (Mann & Whitney 1947; Hanley 1982).

    ``scores`` are (q,), ``known`` (q,) bool. Raises ShapeError, and ValueError where only one kind is present.
    """
    known = flags("known", known)
    scores = numbers("scores", scores, shape=known.shape)
    if known.all() or not known.any():
        raise ValueError(
            f"auroc of {known.sum()} known among {known.size} queries is undefined, wanted some of each kind"
        )
    inside, outside = _tied(scores, known)
    below = outside.cumsum() - outside
    # Wins and half wins, counted in halves so that the sum stays whole.
    halves = (inside * (2 * below + outside)).sum()
    return float(halves / (2 * inside.sum() * outside.sum()))


def n_s_score(relevant: Array) -> float:
    """Mean number of an object's 4 views in the first 4, in [0, 4] (Nistér & Stewénius 2006).

    ``relevant`` is (q, n) bool, nearest first, n >= 4. All photos against all: the query is in the gallery and counts.
    Raises ShapeError.
    """
    return 4 * precision_at_k(relevant, 4)


def _depth(k: int | Array) -> Array:
    """Numbers of entries that count; raises ValueError for one below 1."""
    depths = np.asarray(k)
    if depths.min(initial=1) < 1:
        raise ValueError(f"the first {depths.min()} entries of a ranking are none, wanted 1 or more")
    return depths


def _ranked(relevant: Array, ignored: Array | None) -> tuple[Array, Array]:
    """Relevant and kept entries, (q, n) each; what is not kept is not relevant."""
    relevant = flags("relevant", relevant, shape=(-1, -1))
    if ignored is None:
        return relevant, np.ones_like(relevant)
    kept = ~flags("ignored", ignored, shape=relevant.shape)
    return relevant & kept, kept


def _totals(relevant: Array, totals: Array | None) -> Array:
    found = relevant.sum(axis=1)
    totals = found if totals is None else numbers("totals", totals, shape=found.shape)
    if (totals < found).any():
        raise ValueError(
            f"{(totals < found).sum()} of {totals.size} queries found more relevant photos than their total, wanted "
            "totals over the whole gallery: count them again, ignored entries left out"
        )
    if (totals < 1).any():
        raise ValueError(
            f"{(totals < 1).sum()} of {totals.size} queries have nothing relevant, wanted 1 photo or more for each: "
            "leave them out and report how many, or give totals where the ranking was cut off"
        )
    return totals


def _precisions(relevant: Array, kept: Array) -> Array:
    """Precision after each entry, (q, n); an entry that is not kept repeats the one before it, 0 at the start."""
    return relevant.cumsum(axis=1) / np.maximum(kept.cumsum(axis=1), 1)


def _standard(relevant: Array, kept: Array) -> Array:
    return relevant * _precisions(relevant, kept)


def _seed(relevant: Array, kept: Array) -> Array:
    return kept * _precisions(relevant, kept)


def _trapezoid(relevant: Array, kept: Array) -> Array:
    """Mean of the precisions after and before each relevant entry; before the first entry Oxford's program has 1."""
    hits, positions = relevant.cumsum(axis=1), kept.cumsum(axis=1)
    before = np.where(positions > 1, (hits - 1) / np.maximum(positions - 1, 1), 1.0)
    return relevant * (_precisions(relevant, kept) + before) / 2


CONVENTIONS: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "standard": _standard,
    "seed": _seed,
    "trapezoid": _trapezoid,
}
"""Conventions of average precision: what each place adds before the division by the total, relevant, kept (q, n) to (q,
n)."""


def _tied(scores: Array, chosen: Array) -> tuple[Array, Array]:
    """Counts of the chosen and of the others that hold each distinct score, lowest first, (s,) each."""
    values, place = np.unique(scores, return_inverse=True)
    return (
        np.bincount(place[chosen], minlength=values.size),
        np.bincount(place[~chosen], minlength=values.size),
    )
