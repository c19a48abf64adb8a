"""The second proposer: one whitened descriptor a photo, searched exactly."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from resight.core.head import head
from resight.core.neighbours import search
from resight.types import Array, Head


class GlobalIndex:
    """Known photos' descriptors in memory; a cache of the gallery, never the truth.

    Parameters
    ----------
    ids : (n,) of the photos.
    descriptors : (n, d) unwhitened.
    settings : the head that is applied to descriptors of known and new photos alike.
    """

    def __init__(self, ids: Array, descriptors: Array, settings: Head) -> None:
        self._ids = ids
        self._head = settings
        self._rows = head(descriptors, settings) if len(ids) else np.zeros((0, descriptors.shape[1]), np.float32)
        self._row_of = {int(id): row for row, id in enumerate(ids)}

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def settings(self) -> Head:
        """The head that is applied to all descriptors."""
        return self._head

    def propose(self, descriptor: Array, k: int, *, without: Collection[int] = ()) -> list[int]:
        """Ids of the ``k`` photos nearest to an unwhitened descriptor ``(d,)``, as if ``without`` were not here.

        A zero descriptor, which is a photo without features, is near to none.
        """
        if not len(self) or not descriptor.any():
            return []
        barred = set(without)
        matches = search(self._seen(descriptor)[None], self._rows, k + sum(id in self._row_of for id in barred))
        found = [int(self._ids[row]) for row in matches.rows[0] if row >= 0]
        return [id for id in found if id not in barred][:k]

    def cosine(self, descriptor: Array, ids: Collection[int]) -> Array:
        """Cosine of a query's unwhitened descriptor ``(d,)`` with these photos, ``(len(ids),)``."""
        rows = self._rows[[self._row_of[id] for id in ids]]
        return (rows @ self._seen(descriptor)).astype(np.float64)

    def _seen(self, descriptor: Array) -> Array:
        return head(descriptor[None].astype(np.float32), self._head)[0]
