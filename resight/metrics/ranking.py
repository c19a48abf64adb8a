"""Ranking metrics: of a gallery for one query, and of all answers by their confidence.

Sources: Kohl 2017 (precision at k, mean average precision), Bouček 2020 (micro average precision), Philbin et al.
2007 (the Oxford buildings' average precision and its junk), Nistér & Stewénius 2006 (N-S score).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import answers, flags, numbers


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


def average_precision(
    relevant: Array, *, totals: Array | None = None, ignored: Array | None = None, convention: str = "standard"
) -> Array:
    """Average precision of each query, (q,) float64.

    ``relevant`` and ``ignored`` are (q, n) bool, nearest first; ignored entries, Oxford's junk or the query itself, are
    taken out of the ranking. ``totals`` (q,) count the relevant photos of the gallery, ignored ones left out, where the
    ranking was cut off; those that were not found add nothing. What is divided by the total is the sum of

    - "standard": the precisions at relevant ranks, in [0, 1];
    - "trapezoid": Oxford's steps under precision over recall, straight between ranks, from 1 at recall 0, in [0, 1];
    - "seed": the precisions at *all* ranks, equation 2 of Kohl 2017 as printed, which may exceed 1.

    Raises ShapeError, and ValueError where a query has nothing relevant, for then the measure is undefined.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"average precision has no convention {convention!r}, wanted one of {', '.join(CONVENTIONS)}")
    relevant, kept = _ranked(relevant, ignored)
    return CONVENTIONS[convention](relevant, kept).sum(axis=1) / _totals(relevant, totals)


def micro_ap(correct: Array, confidences: Array, answerable: Array) -> float:
    """µAP, or GAP: average precision of all answers in one list by confidence, in [0, 1] (Bouček 2020, equation 4.1).

    ``correct``, ``answerable`` are (q,) bool, ``confidences`` (q,), larger is surer; give a query that got no name
    -inf. The sum of precisions at correct answers is divided by the number of *answerable* queries; the others stay in
    the list and can only lower it (docs/papers.md). Equal confidences enter the list together, each with the precision
    after the last of them: no threshold can part them, and no order of the queries matters. Raises ShapeError, and
    ValueError where no query is answerable or an unanswerable one is correct.
    """
    correct, answerable = answers(correct, answerable)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    if not answerable.any():
        raise ValueError(
            "micro_ap of 0 answerable queries is undefined, wanted 1 or more: report false accepts instead"
        )
    right, wrong = (counts[::-1] for counts in _tied(confidences, correct))
    precision = right.cumsum() / (right + wrong).cumsum()
    return float((right * precision).sum() / answerable.sum())


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
