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
"""Bytes that reading one photo may take: its file, its decoder and its pixels. With the rows on the way from one to the
other that is no more than 512 MB beside what the process holds anyway."""

TOTAL: Final = 1_000_000_000
"""Bytes that all photos may take that are read at once in a process."""

PER_PIXEL: Final = {"WEBP": 16.0, "AVIF": 8.7, "HEIF": 8.0}
"""Bytes that a decoder holds for each pixel, Pillow's own copy among them: WebP is decoded as an animation, which keeps
two canvases; AVIF and HEIF hold colours as they are coded and the RGB pixels twice (Pillow 13, pillow-heif 1.8)."""

_BYTES: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
"""Bytes of a pixel in Pillow's memory; in all other modes four."""


RGB: Final = 3
"""Bytes of a pixel of what is read."""


class Budget:
    """A number of bytes that threads take and give back; who asks for more than is left waits.

    A file is held before it is known what its decoding takes, so that a thread may wait for that while it holds a file.
    Files therefore leave ``reserve`` bytes free, which is the most that one photo takes: whatever waits, the next photo
    fits as soon as those that are being decoded are done, and these wait for nothing.
    """

    def __init__(self, total: int, reserve: int = 0) -> None:
        self.total = total
        self.reserve = reserve
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)  # other threads do not live on there, nor give back

    def _reset(self) -> None:
        self._taken = self._files = 0
        self._change = threading.Condition()
        self._own = _Own()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Inside, one photo's file and pixels count until the end; one inside another is a part of it."""
        if self._own.keeping:
            yield
            return
        self._own.keeping = True
        try:
            yield
        finally:
            own, self._own.keeping = self._own, False
            with self._change:
                self._files -= own.file
            self._give(own.file + own.pixels)
            own.file = own.pixels = 0

    def hold(self, count: int) -> None:
        """Wait until a file of ``count`` bytes may be read, and hold them; where nobody said `keeping`, do nothing."""
        if not self._own.keeping:
            return
        self._require_first()
        with self._change:
            self._change.wait_for(lambda: not self._taken or self._fits(count))
            self._taken += count
            self._files += count
        self._own.file = count

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Holds ``count`` bytes, the file that is held among them, while a photo is decoded.

        More than there are in all waits until no one else holds anything.
        """
        self._require_first()
        held = self._own.file
        more = max(0, count - held)
        with self._change:
            self._change.wait_for(lambda: self._taken <= held or self._taken + more <= self.total)
            self._taken += more
        try:
            yield
        finally:
            self._give(more)

    def keep(self, count: int) -> None:
        """Tell of pixels that are held on to; where nobody said `keeping`, they are the caller's own affair."""
        if self._own.keeping:
            self._own.pixels += count
            with self._change:
                self._taken += count

    def _fits(self, count: int) -> bool:
        return self._files + count <= self.total - self.reserve and self._taken + count <= self.total

    def _require_first(self) -> None:
        """Two threads that keep pixels and wait for room for more would wait for each other."""
        if self._own.pixels:
            raise RuntimeError(
                "a second photo is read while the pixels of one are kept: end the first `keeping` before"
            )

    def _give(self, count: int) -> None:
        with self._change:
            self._taken -= count
            self._change.notify_all()


class _Own(threading.local):
    """Bytes that a thread holds beside what it is decoding."""

    keeping = False
    file = 0
    pixels = 0


BUDGET: Final = Budget(TOTAL, MOST)
"""The budget of this process."""


def reading(picture: Picture, file: int, result: int, *, coefficients: int = 0, twice: bool = False) -> int:
    """Bytes that reading an opened picture takes at most.

    ``file`` are the bytes of its file, ``result`` the pixels that are made of it; ``twice`` says that it may be decoded
    a second time to compare. Where `PER_PIXEL` says what a decoder holds, it may hold that until the end.
    """
    decoder, loaded = decoding(picture, coefficients), picture.width * picture.height * _BYTES.get(picture.mode, 4)
    if picture.format in PER_PIXEL:
        return file + decoder + RGB * result
    return file + max(decoder, loaded + RGB * result, 2 * loaded if twice else 0)


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
