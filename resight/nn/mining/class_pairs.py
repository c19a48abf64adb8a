"""Pairs of photos by class: as many of each two classes as of each other two, and as many of one class as of two.

Source: *Image similarity network* 2020, section 4.2 (docs/papers.md). Every ordered pair of different classes (i, j)
gives ``each`` pairs, its first photo of class i and its second of class j; every one of the k classes gives
``each · (k − 1)`` pairs of its own photos, so that half of all are of one class. No photo is paired with itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from resight.types import Array

REDRAWS: Final = 100
"""Times that excluded pairs are drawn anew before there are held to be too few others."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows.

    Attributes
    ----------
    rows : (p, 2) int32, first and second photo.
    same : (p,) bool, whether they are of one class.
    """

    rows: Array
    same: Array

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def keys(self) -> Array:
        """A number for each pair, the same in both orders, ``(p,)`` int64."""
        low, high = self.rows.min(axis=1).astype(np.int64), self.rows.max(axis=1).astype(np.int64)
        return low << 32 | high

    @property
    def unique(self) -> int:
        """Count of different pairs, whatever their order."""
        return len(np.unique(self.keys))


@dataclass(frozen=True, slots=True, eq=False)
class ClassRows:
    """The photos of k classes.

    Attributes
    ----------
    order : (n,) rows, class by class.
    starts, sizes : (k,) of each class in ``order``.
    """

    order: Array
    starts: Array
    sizes: Array

    @classmethod
    def of(cls, labels: Array, rows: Array) -> Self:
        """The classes of ``rows (n,)`` by the ``labels`` of all photos.

        Raises ValueError where there are fewer than two classes, or one of fewer than two photos.
        """
        order = rows[np.argsort(labels[rows], kind="stable")].astype(np.int32)
        _, starts, sizes = np.unique(labels[order], return_index=True, return_counts=True)
        least = min(sizes.tolist(), default=0)
        if len(sizes) < 2 or least < 2:
            raise ValueError(
                f"{len(sizes)} classes of {least} photos or more; wanted two classes at least, of two "
                "photos at least: give more photos, or leave small classes out"
            )
        return cls(order, starts, sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def count(self, each: int) -> int:
        """Count of the pairs that are drawn: k (k − 1) · ``each`` of two classes, and as many of one."""
        return 2 * len(self) * (len(self) - 1) * each

    def sampled(self, each: int, *, rng: np.random.Generator, excluded: Array | None = None) -> Pairs:
        """Pairs drawn at random, such that come twice included, in an order of chance.

        ``excluded`` are the rising `Pairs.keys` of pairs that are not drawn, in either order: others take their place,
        so that an epoch keeps its size. Raises ValueError where there are no others.
        """
        first, second = self._classes(each)
        rows = np.empty((len(first), 2), np.int32)
        wanted = np.arange(len(first))
        for _ in range(REDRAWS):
            rows[wanted] = self._drawn(first[wanted], second[wanted], rng)
            if excluded is None or not len(excluded):
                break
            wanted = wanted[_among(Pairs(rows[wanted], wanted).keys, excluded)]
            if not len(wanted):
                break
        else:
            raise ValueError(
                f"{len(wanted)} of {len(first)} pairs are excluded however often they are drawn; wanted classes with "
                "other pairs, too: exclude fewer, or give more photos"
            )
        shuffled = rng.permutation(len(first))
        return Pairs(rows[shuffled], (first == second)[shuffled])

    def distinct(self, each: int, *, rng: np.random.Generator) -> Pairs:
        """Pairs drawn without replacement where classes are large enough, class by class.

        The two orders of two classes share no pair. Of classes that have fewer pairs than are wanted, all are taken as
        often as they go into that number, and the rest is drawn without replacement.
        """
        parts = [*self._across(each, rng), *self._within(each * (len(self) - 1), rng)]
        rows = np.concatenate(parts).astype(np.int32)
        return Pairs(rows, np.arange(len(rows)) >= len(rows) // 2)

    def _classes(self, each: int) -> tuple[Array, Array]:
        """The classes of both photos of each pair, ``(p,)`` int32."""
        count = len(self)
        first, second = (grid.ravel() for grid in np.mgrid[:count, :count].astype(np.int32))
        times = np.where(first == second, each * (count - 1), each)
        return np.repeat(first, times), np.repeat(second, times)

    def _drawn(self, first: Array, second: Array, rng: np.random.Generator) -> Array:
        """A pair of different photos ``(p, 2)`` of each two classes."""
        places = np.empty((len(first), 2), np.int32)
        places[:, 0] = rng.integers(self.sizes[first])
        places[:, 1] = rng.integers(self.sizes[second] - (first == second))
        places[:, 1] += (first == second) & (places[:, 1] >= places[:, 0])
        places += np.column_stack([self.starts[first], self.starts[second]]).astype(np.int32)
        return self.order[places]

    def _across(self, each: int, rng: np.random.Generator) -> Iterator[Array]:
        for i in range(len(self)):
            for j in range(i + 1, len(self)):
                found = _choice(int(self.sizes[i] * self.sizes[j]), 2 * each, rng)
                rows = self.order[np.column_stack(np.divmod(found, self.sizes[j])) + self.starts[[i, j]]]
                yield rows[:each]
                yield rows[each:, ::-1]

    def _within(self, count: int, rng: np.random.Generator) -> Iterator[Array]:
        for start, size in zip(self.starts.tolist(), self.sizes.tolist(), strict=True):
            every = np.column_stack(np.triu_indices(size, 1))
            found = every[_choice(len(every), count, rng)]
            yield self.order[start + np.where(rng.random(count)[:, None] < 0.5, found, found[:, ::-1])]


def _choice(things: int, count: int, rng: np.random.Generator) -> Array:
    """``count`` of so many things, each as often as any other but for one."""
    whole, rest = divmod(count, things)
    return np.concatenate([np.tile(np.arange(things), whole), rng.choice(things, rest, replace=False)])


def _among(keys: Array, rising: Array) -> Array:
    places = np.minimum(np.searchsorted(rising, keys), len(rising) - 1)
    return np.asarray(rising[places] == keys)
