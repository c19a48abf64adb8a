"""The picture behind a file's header, by the plugin of Pillow that its bytes ask for: no pixel is decoded here.

Pillow and pillow-heif are imported where they are used and none of their switches is touched, but for what `libtiff`
prints. Plugins are called directly, not through ``PIL.Image.open``: that one judges sizes by a limit of its own and
warns through a process-wide machinery that two threads cannot share, and it tries formats that start other programs.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from . import heif, jpeg, libtiff, limits, png, tiff
from .kinds import UnreadKind, unknown, unread
from .samples import SampleReading

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    Plugin = tuple[Callable[[io.BytesIO, str], ImageFile], Callable[[bytes], bool | str]]

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP", "PPM")
"""Pillow's names of the formats that are read; JPEG includes MPO, PNG includes APNG, PPM includes PGM and PBM."""


def opened(data: bytes) -> tuple[ImageFile, SampleReading]:
    """The picture behind a header, and how its samples are to be understood.

    Raises Unread for what is not read, and for damaged headers whatever the plugins raise.
    """
    if (kind := unread(data)) is not None:
        raise kind
    if heif.accepts(data):
        form, rare = heif.plugin(data), heif.rare(data)
        with named(rare):
            picture = _plugins()[form][0](io.BytesIO(heif.branded(data) if form == "AVIF" else data), "")
        return picture, SampleReading(rare=rare)
    for form, (factory, accepts) in _plugins().items():
        if accepts(data[:16]) is not True:
            continue
        if form == "TIFF":
            return _opened_tiff(data, factory)
        if form == "JPEG" and (found := jpeg.unread(data)) is not None:
            raise UnreadKind(found)
        picture = factory(io.BytesIO(data), "")
        if form == "PNG":
            png.correct(picture, data)
        return picture, SampleReading(white=65535 if picture.mode == "I" else None)
    raise unknown(data)


def _opened_tiff(data: bytes, factory: Callable[[io.BytesIO, str], ImageFile]) -> tuple[ImageFile, SampleReading]:
    """The page of a TIFF that is the photo."""
    page = tiff.photo(data)
    tiff.require_described(page)
    limits.require_directory(data, start=page.at)
    try:
        picture = factory(tiff.RedirectedFile(data, page), "")
    except (SyntaxError, KeyError, IndexError) as error:  # of the samples, the compression, the planes
        raise UnreadKind(page.kind) from error
    picture.info.pop("xmp", None)  # by which Pillow would turn it
    return picture, tiff.correct(picture, page)


@contextmanager
def named(rare: str | None) -> Iterator[None]:
    """Call a file that fails what it is, where its decoder may be missing, and not damaged."""
    try:
        yield
    except Exception as error:
        if rare is None:
            raise
        raise UnreadKind(rare) from error


@cache
def _plugins() -> dict[str, Plugin]:
    """Pillow's decoder and its test of the first bytes, per format; the HEIF plugin is registered once, here."""
    import PIL.Image
    from pillow_heif import register_heif_opener

    PIL.Image.init()
    register_heif_opener()
    libtiff.silence()
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # or Python prints its errors, with no photo's name
    return {name: PIL.Image.OPEN[name] for name in FORMATS}  # type: ignore[misc]  # each of these has a test
