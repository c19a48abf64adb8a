"""Voting rules: the family of votes of Bouček 2020, and all that a table needs from one search."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from resight.errors import suggestion
from resight.types import Array, Matches, Votes

from .knn_vote import TRANSFORMS, knn_vote, majority_vote, top_vote
from .mean_vote import mean_votes

KINDS: Final = {
    "similarity": "similarity-weighted",
    "majority": "majority",
    "mean": "Mean k-NN",
    "top": "top score",
}
"""Kinds of votes, and what people call them."""


@dataclass(frozen=True, slots=True)
class VotingRule:
    """A way in which the nearest photos become a label and its confidence.

    Attributes
    ----------
    kind : one of ``KINDS``: the similarity-weighted vote (Bouček 2020, equation 4.6), the majority (4.4), Mean k-NN
        (4.7 and 4.8; with ``alpha`` 4.9 and 4.10), or the nearest photo alone.
    k : neighbours that vote; of a smaller gallery all do. The top score has 1.
    f : name of the transform in :data:`resight.search.knn_vote.TRANSFORMS`, of the similarity-weighted vote alone.
    alpha : least cosine of photos that join a label's mean, in [−1, 1], or None; of Mean k-NN alone.

    Raises ValueError for what is none of these.
    """

    kind: str = "similarity"
    k: int = 1
    f: str = "identity"
    alpha: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; wanted one of {', '.join(KINDS)}{suggestion(self.kind, KINDS)}")
        if self.f not in TRANSFORMS:
            raise ValueError(f"f is {self.f!r}; wanted one of {', '.join(TRANSFORMS)}{suggestion(self.f, TRANSFORMS)}")
        if self.k < 1 or (self.kind == "top" and self.k != 1):
            raise ValueError(f"k is {self.k}; wanted at least 1 neighbour, and 1 of the top score")
        if self.f != "identity" and self.kind != "similarity":
            raise ValueError(f"f is {self.f!r} of a {self.kind} vote; wanted it of a similarity vote alone")
        if self.alpha is not None and (self.kind != "mean" or not -1 <= self.alpha <= 1):
            raise ValueError(f"alpha is {self.alpha} of a {self.kind} vote; wanted a cosine, of a mean vote alone")

    def __str__(self) -> str:
        """The rule in words, such as "similarity-weighted vote, f = sqrt, k = 7"."""
        of_kind = {
            "similarity": f" vote, f = {self.f}, k = {self.k}",
            "majority": f" vote, k = {self.k}",
            "mean": f", k = {self.k}" if self.alpha is None else f", α = {self.alpha:g}, k = {self.k}",
            "top": "",
        }
        return KINDS[self.kind] + of_kind[self.kind]


DISTANCE_RULES: Final = tuple(
    VotingRule("similarity", k, f) for f in ("sqrt", "square", "identity", "log") for k in (1, 3, 7, 13, 17, 23)
)
"""Rules of Bouček 2020, Tables 5.1 and 5.6, row by row."""

EXPANSION_RULES: Final = tuple(
    VotingRule("mean", k, alpha=alpha) for alpha in (None, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2) for k in (3, 7, 13, 17, 23)
)
"""Rules of Bouček 2020, Table 5.2, row by row."""


def neighbours(rules: Iterable[VotingRule]) -> int:
    """The most neighbours that any of the rules asks for, 1 where there is no rule."""
    return max((rule.k for rule in rules), default=1)


def cast_votes(
    rules: Collection[VotingRule],
    matches: Matches,
    labels: Array,
    *,
    queries: Array | None = None,
    gallery: Array | None = None,
) -> dict[VotingRule, Votes]:
    """The votes by each rule, all from one search with as many neighbours as :func:`neighbours` says.

    ``matches (q, k)`` may come from descriptors or from a matrix of similarities; ``labels (n,)`` are integers, one per
    gallery row. Rules of means also need the descriptors ``queries (q, d)`` and ``gallery (n, d)``, and are computed
    together. Raises ValueError where these are missing, ShapeError where the arrays do not fit.
    """
    means = [rule for rule in rules if rule.kind == "mean"]
    averaged = _means(means, matches, labels, queries, gallery) if means else {}
    return {rule: averaged[rule] if rule in averaged else _cast(rule, matches, labels) for rule in rules}


def _cast(rule: VotingRule, matches: Matches, labels: Array) -> Votes:
    if rule.kind == "majority":
        return majority_vote(matches, labels, k=rule.k)
    return top_vote(matches, labels) if rule.kind == "top" else knn_vote(matches, labels, k=rule.k, f=rule.f)


def _means(
    rules: Collection[VotingRule], matches: Matches, labels: Array, queries: Array | None, gallery: Array | None
) -> dict[VotingRule, Votes]:
    if queries is None or gallery is None:
        raise ValueError("a vote of means is wanted without descriptors; wanted those of queries and gallery")
    ks, thresholds = {rule.k: None for rule in rules}, {rule.alpha: None for rule in rules}
    found = mean_votes(matches, labels, queries, gallery, ks=list(ks), thresholds=list(thresholds))
    return {rule: found[rule.k, rule.alpha] for rule in rules}
