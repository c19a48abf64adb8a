"""Damaged files: whatever is done to the bytes, a call reads it or refuses it as damaged, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.records import NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import Whitening
from tests.gallery.conftest import GLOBAL, LOCAL


@pytest.fixture
def content(gallery: SqliteGallery) -> bytes:
    """The bytes of a whole file that has something in every table."""
    gallery.remove(photos=["photos/3.jpg"])
    gallery.save_whitening(GLOBAL, Whitening(np.ones(16), np.ones((16, 4)), np.ones(4)), n=11)
    gallery.save_calibration({"slope": 1.0}, {"knots": np.ones(3)})
    gallery.close()
    return gallery.path.read_bytes()


def use_all(path: Path, *, make: Callable[..., NewItem], write: bool) -> int:
    """Call everything that a gallery can do; how many calls were refused with a GalleryError."""
    with SqliteGallery.open(path, write=write, wait=0) as gallery:
        calls: list[Callable[[], object]] = [
            gallery.items,
            gallery.instances,
            gallery.calibration,
            gallery.size_per_photo,
            gallery.check,
            lambda: gallery.encoders,
            lambda: gallery.changed_since(3),
            lambda: list(gallery.features(LOCAL)),
            lambda: gallery.descriptors(GLOBAL),
            lambda: gallery.thumbnail(5),
            lambda: gallery.whitening(GLOBAL),
        ]
        if write:
            calls += [lambda: gallery.add([make(20)]), lambda: gallery.remove(instances=["thing 0"]), gallery.compact]
        return sum(map(is_refused, calls))


def is_refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except GalleryError:
        return True
    return False


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Some bits flipped, a stretch overwritten, or the end cut off."""
    broken = bytearray(content)
    start, length = int(rng.integers(len(content))), int(rng.integers(1, 600))
    match rng.integers(3):
        case 0:
            for position in rng.integers(len(content), size=4):
                broken[position] ^= 1 << int(rng.integers(8))
        case 1:
            broken[start : start + length] = rng.bytes(length)
        case _:
            del broken[start:]
    return bytes(broken)


def test_the_whole_file_is_read_without_a_refusal(content: bytes, tmp_path: Path, make: Callable[..., NewItem]) -> None:
    (tmp_path / "copy.gallery").write_bytes(content)
    for write in (False, True):
        assert use_all(tmp_path / "copy.gallery", make=make, write=write) == 0


@pytest.mark.parametrize("write", [False, True])
def test_damage_is_refused_and_never_anything_else(
    content: bytes, tmp_path: Path, make: Callable[..., NewItem], rng: np.random.Generator, write: bool
) -> None:
    unopened = refused = 0
    for trial in range(60):
        path = tmp_path / f"{trial}.gallery"
        path.write_bytes(damaged(content, rng))
        try:
            refused += use_all(path, make=make, write=write)
        except GalleryError:
            unopened += 1
    assert unopened > 10
    assert refused > 3


def test_every_cut_is_found_at_opening(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.gallery"
    for length in range(0, len(content), 1024):
        path.write_bytes(content[:length])
        with pytest.raises(GalleryError, match=r"is empty|is damaged|is not a gallery"):
            SqliteGallery.open(path)


def test_a_flipped_bit_in_a_photos_features_is_found_when_they_are_read(
    content: bytes, tmp_path: Path, make: Callable[..., NewItem]
) -> None:
    values = make(6).features[LOCAL]["values"].tobytes()
    assert content.count(values) == 1
    path = tmp_path / "flipped.gallery"
    path.write_bytes(content.replace(values, bytes([values[0] ^ 1]) + values[1:]))
    with SqliteGallery.open(path) as gallery:
        with pytest.raises(GalleryError, match=r"damaged: features of photo 7: .*checksum"):
            list(gallery.features(LOCAL))
        assert len(list(gallery.features(LOCAL, ids=[1, 2, 8]))) == 3
