"""What every benchmarked system gives, ours and its peers: known photos, nearest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from data.packs import Pack

from resight.io.images import Photo
from resight.types import Array


@dataclass(frozen=True, slots=True)
class Ranking:
    """Names of known ``photos`` and their ``scores``, nearest first; larger is nearer."""

    photos: tuple[str, ...]
    scores: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"photos": list(self.photos), "scores": list(self.scores)}

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """From :meth:`to_dict`."""
        return cls(tuple(written["photos"]), tuple(written["scores"]))


class System(Protocol):
    """Something that was shown the references of a pack and can be asked."""

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """The references nearest to ``photo``, as if those named ``exclude`` were not known."""


Fit = Callable[[Pack, Path], System]
"""Shows a system the references of a pack; the folder is its own, to keep there what takes long to make."""


def ranked(names: Array, scores: Array, *, shown: int = 10, exclude: Collection[str] = ()) -> Ranking:
    """The first ``shown`` of ``names (n,)`` by ``scores (n,)``, those ``exclude`` left out; equals keep their order."""
    kept = np.flatnonzero(~np.isin(names, list(exclude)))
    order = kept[np.argsort(-scores[kept], kind="stable")][:shown]
    return Ranking(tuple(names[order].tolist()), tuple(scores[order].astype(float).tolist()))


def names_of(pack: Pack) -> Array:
    """Names of the references ``(n,)``."""
    return np.array([entry.name for entry in pack.references], object)
