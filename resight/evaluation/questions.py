"""Questions of a data set as arrays: which answers are right, which can be, and which photos a query leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from resight.errors import DatasetError
from resight.io.datasets.entries import Entry
from resight.io.datasets.relevance import ignored, relevant
from resight.types import UNKNOWN, Array, Matches, Votes


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Queries to a gallery.

    Attributes
    ----------
    instances : names of the known things, in the order of their numbers.
    labels : (n,) the number of each gallery photo's thing.
    right : (q, instances) bool, whether a thing is a right answer to a query.
    ignored : (q, n) bool, gallery photos that are left out of a query's ranking.
    groups : (q,) numbers of what the queries show, each unknown one its own: what is resampled as a whole.
    """

    instances: tuple[str, ...]
    labels: Array
    right: Array
    ignored: Array
    groups: Array

    @classmethod
    def of(cls, known: Sequence[Entry], asked: Sequence[Entry]) -> Self:
        """The questions of a data set's photos; raises DatasetError where no query has an answer."""
        shown = [entry.label or "" for entry in known]
        instances = tuple(sorted(set(shown)))
        number = {name: place for place, name in enumerate(instances)}
        groups = [entry.label or f"\0{place}" for place, entry in enumerate(asked)]
        questions = cls(
            instances,
            np.array([number[name] for name in shown], np.int64),
            relevant([(name,) for name in instances], asked),
            ignored([entry.name for entry in known], asked),
            np.unique(groups, return_inverse=True)[1],
        )
        if not questions.answerable.any():
            raise DatasetError(
                f"none of {len(asked)} queries shows what one of {len(known)} references shows, so that µAP is not "
                "defined; wanted some: put photos of known things into the split query"
            )
        return questions

    @property
    def answerable(self) -> Array:
        """Queries with a right answer among the photos that they do not leave out, (q,) bool."""
        shows = self.right[:, self.labels] & ~self.ignored
        return np.asarray(shows.any(axis=1))

    @property
    def spare(self) -> int:
        """Neighbours to look at beyond k, so that k stay where photos are left out."""
        return int(self.ignored.sum(axis=1).max(initial=0))

    def left(self, matches: Matches) -> Matches:
        """The neighbours without those that each query leaves out, as many as were found less :attr:`spare`."""
        if not self.spare:
            return matches
        rows = np.arange(len(matches.rows))[:, None]
        out = (matches.rows >= 0) & self.ignored[rows, matches.rows]
        order = np.argsort(out, axis=1, kind="stable")[:, : max(matches.rows.shape[1] - self.spare, 1)]
        kept = np.take_along_axis(out, order, axis=1)
        found, scores = (np.take_along_axis(array, order, axis=1) for array in (matches.rows, matches.scores))
        return Matches(np.where(kept, UNKNOWN, found), np.where(kept, -np.inf, scores))

    def correct(self, votes: Votes) -> Array:
        """Whether each vote is a right answer, (q,) bool; what has no answer in the gallery cannot be."""
        named = votes.labels >= 0
        rows = np.arange(len(votes.labels))
        return np.asarray(self.right[rows, np.where(named, votes.labels, 0)] & named & self.answerable)
