"""Judging a similarity network: the five cases of the paper, and what "always similar" would reach beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.metrics.interval import wilson
from resight.metrics.pairs import PairFigure, accuracy, auc, balanced_accuracy, pair_figure
from resight.nn.mining.class_pairs import ClassRows, Pairs
from resight.types import Array

CASES: Final = (
    "similar, both seen",
    "dissimilar, both seen",
    "dissimilar, one seen",
    "similar, both unseen",
    "dissimilar, both unseen",
)
"""Cases 1 to 5 of section 6."""

FIGURES: Final[dict[str, PairFigure]] = {"accuracy": accuracy, "balanced_accuracy": balanced_accuracy, "auc": auc}
HARDEST: Final = 6
"""Pairs of classes that are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class TestPairs:
    """Pairs of test photos.

    Attributes
    ----------
    pairs : of rows of the album.
    classes : (p, 2) numbers of both classes, of all.
    unseen : (p,) how many of both are unseen.
    names : of the classes by number.
    """

    pairs: Pairs
    classes: Array
    unseen: Array
    names: tuple[str, ...]

    @classmethod
    def drawn(cls, labels: Array, tested: Array, unseen: tuple[str, ...], *, each: int, seed: int) -> TestPairs:
        """Pairs among the ``tested (n,)`` photos of all classes, by their ``labels`` in words.

        Raises ValueError where a class has fewer than two photos.
        """
        names, numbers = np.unique(labels, return_inverse=True)
        pairs = ClassRows.of(numbers, np.flatnonzero(tested)).distinct(each, rng=np.random.default_rng((seed, 2)))
        classes = numbers[pairs.rows]
        return cls(pairs, classes, np.isin(names, unseen)[classes].sum(axis=1), tuple(names.tolist()))

    @property
    def cases(self) -> tuple[Array, ...]:
        """The pairs of each of CASES, ``(p,)`` bool each."""
        same = self.pairs.same
        return tuple(
            kind & (self.unseen == count) for kind, count in ((same, 0), (~same, 0), (~same, 1), (same, 2), (~same, 2))
        )

    @property
    def sets(self) -> dict[str, Array]:
        """The sets of figure 7, of those that have pairs of both kinds: all, those of seen and of unseen classes."""
        found = {"whole": np.ones(len(self.pairs), bool), "seen": self.unseen == 0, "unseen": self.unseen == 2}
        return {
            name: chosen for name, chosen in found.items() if set(self.pairs.same[chosen].tolist()) == {True, False}
        }


def judge(log_odds: Array, tested: TestPairs, *, rounds: int, seed: int) -> dict[str, Any]:
    """Accuracies of the five cases, and of each set its figures with intervals over classes and over photos."""
    rng, same = np.random.default_rng((seed, 3)), tested.pairs.same
    right = (log_odds >= 0) == same
    cases = [
        {"case": name, "n": int(chosen.sum()), "accuracy": float(right[chosen].mean()) if chosen.any() else None}
        for name, chosen in zip(CASES, tested.cases, strict=True)
    ]
    return {
        "cases": cases,
        "sets": {name: _set(log_odds, tested, chosen, rng, rounds) for name, chosen in tested.sets.items()},
        "pairs": len(tested.pairs),
        "unique_pairs": tested.pairs.unique,
    }


def _set(log_odds: Array, tested: TestPairs, chosen: Array, rng: np.random.Generator, rounds: int) -> dict[str, Any]:
    scores, same = log_odds[chosen], tested.pairs.same[chosen]
    ends = {"classes": tested.classes[chosen], "photos": tested.pairs.rows[chosen]}
    found: dict[str, Any] = {"always_similar": float(same.mean()), "n": len(same)}
    for name, figure in FIGURES.items():
        by = {kind: pair_figure(figure, scores, same, each, rng=rng, rounds=rounds) for kind, each in ends.items()}
        found[name] = {kind: estimate.to_dict() for kind, estimate in by.items()}
    right = int(((scores >= 0) == same).sum())
    found["accuracy"]["pairs"] = wilson(right, len(same)).to_dict()  # as if pairs were drawn by themselves
    return found


def hardest(log_odds: Array, tested: TestPairs) -> list[tuple[int, int, float, int]]:
    """Pairs of different classes that are most often taken for one: both, how often, and the row of the surest pair."""
    count, apart = len(tested.names), ~tested.pairs.same
    keys = np.sort(tested.classes, axis=1) @ np.array([count, 1])
    wrong = np.bincount(keys[apart], log_odds[apart] >= 0, count * count)
    share = wrong / np.maximum(np.bincount(keys[apart], minlength=count * count), 1)
    found = []
    asked = np.unique(keys[apart])
    for key in asked[np.argsort(-share[asked], kind="stable")][:HARDEST].tolist():
        rows = np.flatnonzero(apart & (keys == key))
        found.append((*divmod(key, count), float(share[key]), int(rows[log_odds[rows].argmax()])))
    return found
