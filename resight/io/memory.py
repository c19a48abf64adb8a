"""Memory that decoding photos takes: at most so much for one, and so much for all that are decoded at once.

A decoder needs more than the pixels it gives, and some several times more; what each needs is known from the header.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST: Final = 470_000_000
"""Bytes that one photo may take, so that a process that reads it holds no more than 512 MB."""

TOTAL: Final = 1_000_000_000
"""Bytes that all photos may take that are read at once in a process."""

PER_PIXEL: Final = {"WEBP": 16.0, "AVIF": 8.7, "HEIF": 8.0}
"""Bytes that a decoder holds for each pixel, Pillow's own copy among them: WebP is decoded as an animation, which keeps
two canvases; AVIF and HEIF hold colours as they are coded and the RGB pixels twice (Pillow 13, pillow-heif 1.8)."""

_BYTES: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
"""Bytes of a pixel in Pillow's memory; in all other modes four."""


class Budget:
    """So many bytes, which threads take and give back; who asks for more than is left waits.

    A thread never waits while it keeps something, so that no two can wait for each other.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)  # other threads do not live on there, nor give back

    def _reset(self) -> None:
        self._taken = 0
        self._change = threading.Condition()
        self._own = threading.local()

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Holds ``count`` bytes while a photo is decoded; more than there are in all waits until nothing is held."""
        with self._change:
            if not getattr(self._own, "kept", 0):
                self._change.wait_for(lambda: not self._taken or self._taken + count <= self.total)
            self._taken += count
        try:
            yield
        finally:
            self._give(count)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Inside, what `keep` is told of counts until the end."""
        before, self._own.kept = getattr(self._own, "kept", None), 0
        try:
            yield
        finally:
            self._give(self._own.kept)
            self._own.kept = before

    def keep(self, count: int) -> None:
        """Tell of pixels that are held on to; where nobody said `keeping`, they are the caller's own affair."""
        if getattr(self._own, "kept", None) is not None:
            self._own.kept += count
            with self._change:
                self._taken += count

    def _give(self, count: int) -> None:
        with self._change:
            self._taken -= count
            self._change.notify_all()


BUDGET: Final = Budget(TOTAL)
"""That of this process."""


def decoding(picture: Picture, coefficients: int = 0) -> int:
    """Bytes that decoding an opened picture takes at most, without its file and what is made of it afterwards."""
    pixels = picture.width * picture.height
    each = PER_PIXEL.get(picture.format or "", _BYTES.get(picture.mode, 4))
    return round(pixels * each) + coefficients + _strip(picture)


def _strip(picture: Picture) -> int:
    """Bytes of a strip or tile of a compressed TIFF, which libtiff decodes as a whole."""
    tags: Any = getattr(picture, "tag_v2", {})
    if tags.get(259, 1) == 1:
        return 0
    width, rows = tags.get(322, picture.width), min(tags.get(323) or tags.get(278, picture.height), picture.height)
    return width * rows * sum(tags.get(258, (1,))) // 8
