"""Photos, their arrays and their small images, of all or of some."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import create_gallery
from resight.types import EncoderCard
from tests.gallery.conftest import GLOBAL, LOCAL, Make
from tests.gallery.contract.conftest import Where, bits

KINDS = ("bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")


def test_items_are_listed_in_the_order_of_their_ids(gallery: Gallery) -> None:
    assert gallery.ids() == [item.id for item in gallery.items()] == list(range(1, 13))
    assert [item.photo for item in gallery.items(limit=2, offset=3)] == ["photos/3.jpg", "photos/4.jpg"]
    assert [item.id for item in gallery.items("thing 1")] == [4, 5, 6]
    assert [item.id for item in gallery.items("thing 1", limit=5, offset=2)] == [6]
    assert [item.id for item in gallery.items(ids=np.array([7, 2, 99, 2]))] == [2, 7]
    assert [item.id for item in gallery.items("thing 0", ids=[3, 4])] == [3]
    assert gallery.items(ids=[]) == gallery.items("thing 9") == gallery.items(limit=0) == []


def test_instances_digests_and_length(gallery: Gallery, make: Make) -> None:
    assert gallery.instances() == {f"thing {number}": 3 for number in range(4)}
    assert [item.digest for item in gallery.items()] == [make(number).digest for number in range(12)]
    assert len(gallery) == 12


def test_encoders_come_back_in_order(gallery: Gallery, cards: tuple[EncoderCard, ...]) -> None:
    assert gallery.encoders == cards


def test_a_gallery_has_the_encoders_that_it_has(gallery: Gallery) -> None:
    gallery.require([])
    gallery.require([GLOBAL])
    gallery.require([GLOBAL, LOCAL])
    with pytest.raises(EncoderMismatch) as caught:
        gallery.require([GLOBAL, "sift:2"])
    message = str(caught.value)
    assert "found rootsift (sift:1), resnet50 (gem:1); wanted sift:2" in message
    assert f"`resight index FOLDER -g {gallery.location} --rebuild`" in message


def test_an_unknown_encoder_is_a_mismatch(gallery: Gallery) -> None:
    for read in (lambda: list(gallery.features("orb:1")), lambda: gallery.descriptors("orb:1")):
        with pytest.raises(EncoderMismatch, match="wanted orb:1"):
            read()


def test_features_come_one_by_one_in_the_order_of_ids(gallery: Gallery, make: Make) -> None:
    gallery.remove(photos=["photos/4.jpg"])
    found = list(gallery.features(LOCAL))
    assert [id for id, _ in found] == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    for id, arrays in found:
        np.testing.assert_array_equal(arrays["points"], make(id - 1).features[LOCAL]["points"])
    assert [id for id, _ in gallery.features(LOCAL, ids=[9, 5, 2, 9, 99])] == [2, 9]
    assert list(gallery.features(LOCAL, ids=[])) == []
    assert list(gallery.features(GLOBAL)) == []


def test_features_come_back_to_the_bit_in_the_order_of_their_names(gallery: Gallery, make: Make) -> None:
    rng = np.random.default_rng(0)
    arrays = {kind: np.frombuffer(rng.bytes(96), np.uint8).view(_safe(kind)).astype(kind) for kind in KINDS}
    arrays |= {
        "empty": np.zeros((0, 2), np.float32),
        "one": np.array(-0.0),
        "cut": np.arange(12.0).reshape(3, 4)[:, ::2],
    }
    (id,) = gallery.add([make(20, features={LOCAL: arrays})]).ids
    ((_, found),) = gallery.features(LOCAL, ids=[id])
    assert list(found) == list(arrays)
    assert {name: bits(array) for name, array in found.items()} == {name: bits(array) for name, array in arrays.items()}
    for array in found.values():
        assert not array.flags.writeable


def _safe(kind: str) -> str:
    """Random bytes are read as integers first: as floats they may be no numbers."""
    return "u1" if kind == "bool" else kind.replace("f", "i")


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_descriptors_come_back_to_the_bit(gallery: Gallery, make: Make, kind: type[np.floating]) -> None:
    """Of either precision, down to the smallest numbers and the sign of zero; half precision comes back as single."""
    tiny = np.finfo(kind).smallest_subnormal
    given = np.resize(np.array([-0.0, 0.0, tiny, -tiny, 1 / 3, -np.finfo(kind).max], kind), 16)
    (id,) = gallery.add([make(20, descriptors={GLOBAL: given})]).ids
    _, rows = gallery.descriptors(GLOBAL, ids=[id])
    assert bits(rows[0]) == bits(given.astype(np.float32))


def test_descriptors_are_one_array(gallery: Gallery, make: Make) -> None:
    gallery.remove(photos=["photos/4.jpg"])
    ids, rows = gallery.descriptors(GLOBAL)
    assert (ids.dtype, rows.dtype, rows.shape) == (np.int64, np.float32, (11, 16))
    assert ids.tolist() == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    for id, row in zip(ids.tolist(), rows, strict=True):
        np.testing.assert_array_equal(row, make(id - 1).descriptors[GLOBAL])
    ids, rows = gallery.descriptors(GLOBAL, ids=iter([9, 5, 2, 9]))
    assert (ids.tolist(), rows.shape) == ([2, 9], (2, 16))


def test_no_descriptors_are_an_empty_array(gallery: Gallery) -> None:
    for ids, rows in (
        gallery.descriptors(LOCAL),
        gallery.descriptors(GLOBAL, ids=[99]),
        gallery.descriptors(GLOBAL, ids=[]),
    ):
        assert (ids.shape, rows.shape, ids.dtype, rows.dtype) == ((0,), (0, 0), np.int64, np.float32)


def test_thumbnails(gallery: Gallery, make: Make) -> None:
    gallery.add([make(20, thumbnail=b"")])
    assert gallery.thumbnail(1) == b"thumbnail 0"
    assert gallery.thumbnail(13) == b""
    for id in (99, 2**70):
        with pytest.raises(GalleryError, match=f"has no photo {id}"):
            gallery.thumbnail(id)


def test_sizes_of_a_photo(gallery: Gallery, make: Make) -> None:
    sizes = gallery.size_per_photo()
    assert list(sizes) == ["features", "descriptors", "thumbnails", "file"]
    assert sizes["thumbnails"] == sum(len(make(number).thumbnail) for number in range(12)) / 12
    assert 5 * 2 * 4 + 5 * 8 < sizes["features"] < 250
    assert 16 * 4 < sizes["descriptors"] < 150


def test_an_empty_gallery_is_sound(where: Where, cards: tuple[EncoderCard, ...]) -> None:
    with create_gallery(where("empty"), cards) as gallery:
        gallery.check()
        assert list(gallery.features(LOCAL)) == gallery.items() == gallery.ids() == []
        assert gallery.instances() == gallery.places() == {}
        assert set(gallery.size_per_photo().values()) == {0.0}
