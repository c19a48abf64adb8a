"""Relevance of known photos to queries, and what a query leaves out: (q, n) bool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resight.types import Array

from .entries import Entry


def relevant(shown: Sequence[Sequence[str]], queries: Sequence[Entry]) -> Array:
    """Whether known photos, by the labels of each, show what queries show."""
    known = [frozenset(labels) for labels in shown]
    rows = [[not labels.isdisjoint(query.labels) for labels in known] for query in queries]
    return np.array(rows, bool).reshape(len(queries), len(known))


def ignored(names: Sequence[str], queries: Sequence[Entry]) -> Array:
    """Whether known photos, by their names, are left out of queries' rankings."""
    found = np.zeros((len(queries), len(names)), bool)
    asked = {row: query.ignore for row, query in enumerate(queries) if query.ignore}
    known = np.asarray(names, object)
    for row, left_out in asked.items():
        found[row] = np.isin(known, left_out)
    return found
