"""Split of photos: learned from, known when the model is measured, and asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError, suggestion
from resight.types import UNKNOWN, Array

KINDS: Final = ("image", "instance")
"""Kinds of split: by "image" every instance is learned and some of their photos are asked about; by "instance" some are
never learned.

The first tells how well these things are told apart, the second how well others of their kind will be."""

LEAST: Final = 50
"""Instances that are asked about where there are so many: fewer say next to nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows of photos.

    Attributes
    ----------
    kind : one of KINDS.
    learned (l,) : what the network learns from.
    known (n,) : what a question is compared with.
    asked (q,) : what is asked about.
    viewed (q,) bool : asked about in a simulated view, since the photo itself is known.
    given : whether the data set itself says what is asked.
    """

    kind: str
    learned: Array
    known: Array
    asked: Array
    viewed: Array
    given: bool

    def to_dict(self) -> dict[str, Any]:
        """Number of photos of each part, as JSON."""
        return {
            "by": self.kind,
            "learned": len(self.learned),
            "known": len(self.known),
            "asked": len(self.asked),
            "asked_as_views": int(self.viewed.sum()),
            "queries_of_the_data_set": self.given,
        }


def split(labels: Array, queries: Array, kind: str, *, share: float, rng: np.random.Generator) -> Split:
    """Part photos with ``labels (n,)``, UNKNOWN allowed, of which ``queries (n,)`` bool are the data set's own.

    Where it has none, a ``share`` of the instances, LEAST at least, are asked about: one photo of an instance that has
    several, and of one that has a single photo a view. Raises DatasetError where fewer than two instances would be
    learned, and for a kind or share that there is not.
    """
    if kind not in KINDS:
        raise DatasetError(f"photos cannot be split by {kind!r}{suggestion(kind, KINDS)}; wanted {' or '.join(KINDS)}")
    if not 0 < share < 1:
        raise DatasetError(f"a share of {share:g} of the instances cannot be held out; wanted one between 0 and 1")
    pool = np.flatnonzero(~queries & (labels != UNKNOWN))
    instances = np.unique(labels[pool])
    chosen = np.sort(rng.permutation(instances)[: _count(len(instances), kind, share)])
    held = np.isin(labels[pool], chosen)
    given = bool(queries.any())
    if given:
        asked = np.flatnonzero(queries)
        if kind == "instance":  # what is learned is not asked about; what shows nothing known is
            asked = asked[np.isin(labels[asked], [*chosen, UNKNOWN])]
        viewed = np.zeros(len(asked), bool)
    else:
        asked, viewed = _questions(pool, labels, chosen, rng)
    known = np.setdiff1d(pool, asked[~viewed])
    learned = pool[~held] if kind == "instance" else known
    if (found := len(np.unique(labels[learned]))) < 2:
        raise DatasetError(
            f"{found} of {len(instances)} instances would be learned; wanted two at least, to be told apart: "
            "add photos of other things, each in a folder of its own, or split by image"
        )
    return Split(kind, learned, known, asked, viewed, given)


def _count(instances: int, kind: str, share: float) -> int:
    """Instances to ask about; by instance never more than leaves as many to learn."""
    wanted = max(round(share * instances), LEAST)
    return min(wanted, instances // 2 if kind == "instance" else instances)


def _questions(pool: Array, labels: Array, chosen: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """A photo of each chosen instance, and whether it is the only one."""
    members = [pool[labels[pool] == instance] for instance in chosen]
    asked = np.array([rng.choice(rows) for rows in members], np.int64)
    return asked, np.array([len(rows) == 1 for rows in members], bool)
