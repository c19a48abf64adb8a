"""Directories of TIFF as tifffile writes and reads them, whole and cut."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile

from resight.io.decoding.directory import TiffForm, end, entries, first, form


def _written(order: str, big: bool) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((9, 12, 3), np.uint8), photometric="rgb", byteorder=order, bigtiff=big)
    return stream.getvalue()


@pytest.mark.parametrize("before", [0, 6], ids=["alone", "behind other bytes"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_are_those_that_tifffile_reads(order: str, big: bool, before: int) -> None:
    plain = _written(order, big)
    data = b"Exif\0\0"[:before] + plain
    found = form(data, before)
    assert found == TiffForm(order, big)
    start = first(data, before)
    with tifffile.TiffFile(io.BytesIO(plain)) as file:
        page = file.pages.first
        wanted = [(tag.code, int(tag.dtype), tag.count, tag.offset + before + (12 if big else 8)) for tag in page.tags]
    assert start == page.offset
    assert list(entries(data, before + start, found)) == wanted
    assert end(data, before + start, found) == wanted[-1][3] + found.offset.size


@pytest.mark.parametrize("big", [False, True])
def test_a_cut_directory_gives_the_tags_that_are_whole(big: bool) -> None:
    data = _written("<", big)
    found, at = form(data), first(data)
    listed = list(entries(data, at, found))
    stop = at + found.count.size + 2 * found.entry.size
    assert list(entries(data[:stop], at, found)) == listed[:2]
    assert list(entries(data[: stop - 1], at, found)) == listed[:1]
    assert end(data[:stop], at, found) == end(data, at, found)
    with pytest.raises(struct.error):
        end(data[: at + 1], at, found)
    with pytest.raises(struct.error):
        first(data[:7])
