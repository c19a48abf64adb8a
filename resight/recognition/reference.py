"""Reference that a photo is explained with: a known photo, by its name or that of its instance, or any other photo."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from resight.errors import PhotoError, suggestion
from resight.explain.pair import PhotoPair
from resight.io.images import Source, name_of
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import NO_VOTES, LocalFeatures, verify

from .answering import Answering

Sides = tuple[PhotoFeatures, PhotoFeatures | None]
"""Features of a photo, and of its mirror image where that is asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The other photo of an explanation.

    Attributes
    ----------
    local : its local features.
    target : what it shows, in words.
    id : of a known photo, None for another one.
    """

    local: LocalFeatures
    target: str
    id: int | None

    @classmethod
    def of(cls, index: GalleryIndex, photo: Source, extract: Callable[[Source], PhotoFeatures]) -> Self:
        """The reference of that name or photo; raises PhotoError for what is neither known nor can be read."""
        id = index.find(photo) if isinstance(photo, str) else None
        if id is not None:
            return cls(index.local(id), index.items[id].instance, id)
        if isinstance(photo, str) and not os.path.lexists(photo):
            near = suggestion(photo, sorted({item.instance for item in index.items.values()}))
            raise PhotoError(
                f"{photo!r} is no known thing, no known photo and no file{near}: "
                "`resight gallery list` tells what is known"
            )
        return cls(extract(photo).local, name_of(photo) or "the other photo", None)

    @property
    def title(self) -> str:
        """Title over the photo in a picture."""
        return "The other photo" if self.id is None else "Known photo"

    def pair(self, answering: Answering, queries: Sequence[LocalFeatures], sides: Sides) -> PhotoPair:
        """The photo, or its mirror image where more of that agrees, and this one.

        ``queries`` are the photo and, if asked about, its mirror image, looked at closely; ``sides`` as recognised.
        """
        checks = [verify(query, self.local, NO_VOTES).check for query in queries]
        best = int(np.argmax([check.score for check in checks]))
        cosines = {} if self.id is None else answering.cosines(sides[best] or sides[0], self.id)
        checked = NO_VOTES, checks[best]
        return answering.pair(queries[best], self.local, checked, self.target, cosines, mirrored=best == 1)
