"""The process that decodes photos for a service: ``python -m resight.service.safety.decoding_process``.

It reads requests from its standard input and writes answers to its standard output, each a line of JSON and as many
bytes as that says. It may write no file, and take no more memory than it was given: what a photo does to it, it does to
nobody else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Final

from resight.errors import PhotoError
from resight.io import images
from resight.io.decoding.kinds import UnreadKind
from resight.io.decoding.opener import opened

MOVING: Final = ("GIF", "PNG", "WEBP")
"""Formats whose frames are counted."""


def decoded(data: bytes, *, long_side: int | None, max_pixels: int, max_frames: int) -> tuple[dict[str, Any], bytes]:
    """A photo's header, or why it is refused with which status, and the bytes of its pixels, of a refused one none."""
    try:
        _require_few_frames(data, max_frames)
        photo = images.read(data, long_side=long_side, max_pixels=max_pixels)
    except PhotoError as error:
        return {"refused": str(error), "status": 415 if isinstance(error.__cause__, UnreadKind) else 422}, b""
    except MemoryError:
        return {"refused": "the photo takes more memory to decode than one may take", "status": 422}, b""
    shape, size = list(photo.image.shape), list(photo.size)
    return {"shape": shape, "size": size, "digest": photo.digest.hex()}, photo.image.tobytes()


def _require_few_frames(data: bytes, most: int) -> None:
    """Raises PhotoError for an animation of more frames than ``most``; what else is wrong, whoever reads it tells."""
    frames = 1
    with suppress(Exception):  # of hostile bytes it is any
        picture, _ = opened(data)
        frames = getattr(picture, "n_frames", 1) if picture.format in MOVING else 1
    if frames > most:
        raise PhotoError(
            f"cannot read the photo: found {frames:,} frames; wanted at most {most:,}; save one of them as a photo"
        )


def confine(memory: int) -> None:
    """Give this process no more address space than ``memory`` bytes, no file to write, and no core to dump."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's patience is one there, too
        return
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def work(asked: BinaryIO, told: BinaryIO) -> None:
    """Decode what is asked until the input ends."""
    while line := asked.readline():
        request: Mapping[str, Any] = json.loads(line)
        data = asked.read(request.pop("bytes"))  # type: ignore[attr-defined]
        header, pixels = decoded(data, **request)
        told.write(json.dumps({**header, "bytes": len(pixels)}).encode() + b"\n")
        told.write(pixels)
        told.flush()


if __name__ == "__main__":
    confine(int(sys.argv[1]))
    work(sys.stdin.buffer, sys.stdout.buffer)
