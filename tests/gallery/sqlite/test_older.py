"""A gallery that an earlier resight has made: it opens, says what was put into it, and is written further."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest

from resight.gallery.records import Changes
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import GLOBAL, LOCAL, Make

OLDER = Path(__file__).parents[2] / "golden" / "older.gallery.xz"
"""Twelve photos of ``make``, of which the second was removed and "thing 1" renamed; fitted, and without places yet."""


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "older.gallery"
    path.write_bytes(lzma.decompress(OLDER.read_bytes()))
    return path


@pytest.mark.parametrize("write", [False, True])
def test_an_older_gallery_says_what_was_put_into_it(
    older: Path, make: Make, cards: tuple[EncoderCard, ...], write: bool
) -> None:
    with SqliteGallery.open(older, write=write) as gallery:
        gallery.check()
        assert (gallery.identity, gallery.revision) == ("1731ecc9e4df4a5ebc753bd75aa25f05", 16)
        assert gallery.encoders == cards
        assert gallery.changed_since(12) == Changes(16, (), (2,), (4, 5, 6))
        assert gallery.instances() == {"Café": 3, "thing 0": 2, "thing 2": 3, "thing 3": 3}
        assert gallery.ids() == [1, *range(3, 13)]
        for item, (id, arrays), row in zip(
            gallery.items(), gallery.features(LOCAL), gallery.descriptors(GLOBAL)[1], strict=True
        ):
            new = make(id - 1)
            assert (item.id, item.photo, item.digest, item.about) == (id, new.photo, new.digest, new.about)
            assert gallery.thumbnail(id) == new.thumbnail
            np.testing.assert_array_equal(row, new.descriptors[GLOBAL])
            for name, array in new.features[LOCAL].items():
                np.testing.assert_array_equal(arrays[name], array)
        whitening, calibration = gallery.whitening(GLOBAL), gallery.calibration()
        assert whitening is not None
        assert calibration is not None
        assert (whitening.version, whitening.n, whitening.revision) == (1, 11, 16)
        np.testing.assert_array_equal(whitening.whitening.mean, np.linspace(0, 1, 16, dtype=np.float32))
        assert (calibration.version, calibration.parameters, calibration.revision) == (1, {"slope": 0.1 + 0.2}, 16)
        np.testing.assert_array_equal(calibration.arrays["knots"], np.arange(3.0) / 3)
        assert (gallery.places(), gallery.forgotten()) == ({}, ())


def test_an_older_gallery_is_written_further(older: Path, make: Make) -> None:
    with SqliteGallery.open(older, write=True) as gallery:
        assert gallery.add([make(1), make(2)]).ids == (13,)
        assert gallery.remove(ids=[13]) == (13,)
        assert [photo.photo for photo in gallery.forgotten()] == ["photos/1.jpg"]
        gallery.check()
