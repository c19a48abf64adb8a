"""Lone labels: what queries are said to show and no reference does, so that their photos count as unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from resight.names import likeness

from .dataset import Entry

COMPARED: Final = 200_000
"""Pairs of labels of which the spellings are compared letter by letter, a second's work; of the rest, whether
they differ in case or blanks."""


@dataclass(frozen=True, slots=True)
class LoneLabel:
    """A label of queries that no reference has, how many queries have no other, and the label that is spelt nearest."""

    label: str
    queries: int
    nearest: str | None

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"label": self.label, "queries": self.queries, "nearest": self.nearest}


def lone_labels(queries: Iterable[Entry], known: Iterable[str]) -> tuple[LoneLabel, ...]:
    """The lone labels of queries, none of whose labels is ``known``; the most frequent first."""
    labels = sorted(set(known))
    asked = [entry for entry in queries if entry.labels]
    counts = Counter(entry.labels[0] for entry in asked if set(entry.labels).isdisjoint(labels))
    near = _Nearest(labels)
    return tuple(LoneLabel(label, number, near(label)) for label, number in counts.most_common())


class _Nearest:
    """The known label that may have been meant by another: one of its likeness, else one that is spelled nearly so."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._alike = {likeness(label): label for label in reversed(labels)}
        self._left = COMPARED

    def __call__(self, label: str) -> str | None:
        wanted = likeness(label)
        if wanted in self._alike:
            return self._alike[wanted]
        self._left -= len(self._alike)
        near = get_close_matches(wanted, self._alike, n=1) if self._left >= 0 else []
        return self._alike[near[0]] if near else None
