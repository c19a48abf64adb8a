"""Lists, counts and changes, against the same told by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.records import Changes, NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard

Make = Callable[..., NewItem]


def test_items_are_listed_in_the_order_of_their_ids(gallery: SqliteGallery) -> None:
    assert [item.id for item in gallery.items()] == list(range(1, 13))
    assert [item.photo for item in gallery.items(limit=2, offset=3)] == ["photos/3.jpg", "photos/4.jpg"]
    assert [item.id for item in gallery.items("thing 1")] == [4, 5, 6]
    assert [item.id for item in gallery.items("thing 1", limit=5, offset=2)] == [6]
    assert [item.id for item in gallery.items(ids=np.array([7, 2, 99, 2]))] == [2, 7]
    assert [item.id for item in gallery.items("thing 0", ids=[3, 4])] == [3]
    assert gallery.items(ids=[]) == gallery.items("thing 9") == gallery.items(limit=0) == []


def test_instances_digests_and_length(gallery: SqliteGallery, make: Make) -> None:
    assert gallery.instances() == {f"thing {number}": 3 for number in range(4)}
    assert [item.digest for item in gallery.items()] == [make(number).digest for number in range(12)]
    assert len(gallery) == 12


def test_encoders_come_back_in_order(gallery: SqliteGallery, cards: tuple[EncoderCard, ...]) -> None:
    assert gallery.encoders == cards


def test_a_gallery_has_the_encoders_that_it_has(gallery: SqliteGallery) -> None:
    gallery.require([])
    gallery.require(["gem:1"])
    gallery.require(["gem:1", "sift:1"])
    with pytest.raises(EncoderMismatch) as caught:
        gallery.require(["gem:1", "sift:2"])
    message = str(caught.value)
    assert "found rootsift (sift:1), resnet50 (gem:1); wanted sift:2" in message
    assert f"`resight index FOLDER -o {gallery.path} --rebuild`" in message


def test_the_command_can_be_typed_whatever_the_gallery_is_called(tmp_path: Path) -> None:
    gallery = SqliteGallery.create(tmp_path / "my art.gallery", [EncoderCard("a", "a", "local")])
    with gallery, pytest.raises(EncoderMismatch, match=rf"`resight index FOLDER -o '{gallery.path}' --rebuild`"):
        gallery.require(["b"])


def test_changes_since_each_revision_rebuild_a_copy(
    gallery: SqliteGallery, make: Make, rng: np.random.Generator
) -> None:
    """Whoever holds a copy of any age gets to the present by the changes alone."""
    copies = {}
    for step in range(25):
        copies[gallery.revision] = {item.id: item.instance for item in gallery.items()}
        names = sorted(gallery.instances())
        action = rng.integers(3)
        if action == 0:
            gallery.add([make(100 + 2 * step), make(101 + 2 * step)])
        elif action == 1:
            gallery.rename(str(rng.choice(names)), f"new {step}")
        else:
            gallery.remove(photos=[gallery.items()[int(rng.integers(len(gallery)))].photo])
    now = {item.id: item.instance for item in gallery.items()}
    assert len(copies) == 25
    for revision, copy in copies.items():
        changes = gallery.changed_since(revision)
        assert changes.revision == gallery.revision
        assert set(changes.removed) <= set(copy)
        assert not set(changes.added) & set(copy)
        for id in changes.removed:
            del copy[id]
        for item in gallery.items(ids=changes.added + changes.renamed):
            copy[item.id] = item.instance
        assert copy == now


def test_changes_by_hand(gallery: SqliteGallery, make: Make) -> None:
    start = gallery.revision
    assert gallery.changed_since(start) == Changes(start, (), (), ())
    gallery.remove(photos=["photos/0.jpg"])
    gallery.add([make(20), make(21), make(22)])
    gallery.rename("thing 1", "Sunflowers")
    gallery.remove(photos=["photos/21.jpg", "photos/3.jpg"])
    assert gallery.changed_since(start) == Changes(gallery.revision, (13, 15), (1, 4), (5, 6))
    assert gallery.revision == start + 1 + 3 + 3 + 2


def test_only_changes_of_photos_count(gallery: SqliteGallery, make: Make) -> None:
    start = gallery.revision
    gallery.add([make(0)])
    gallery.remove()
    gallery.rename("thing 0", "thing 0")
    gallery.save_calibration({"slope": 1.0})
    gallery.compact()
    assert gallery.revision == start


def test_changes_since_a_revision_to_come_are_another_files(gallery: SqliteGallery) -> None:
    with pytest.raises(GalleryError, match="is at revision 12, changes since 13 were asked for"):
        gallery.changed_since(13)


def test_size_per_photo(gallery: SqliteGallery, make: Make, cards: tuple[EncoderCard, ...], tmp_path: Path) -> None:
    sizes = gallery.size_per_photo()
    assert list(sizes) == ["features", "descriptors", "thumbnails", "file"]
    assert sizes["thumbnails"] == sum(len(make(number).thumbnail) for number in range(12)) / 12
    assert 5 * 2 * 4 + 5 * 8 < sizes["features"] < 250
    assert 16 * 4 < sizes["descriptors"] < 150
    gallery.close()
    assert sizes["file"] == gallery.path.stat().st_size / 12
    with SqliteGallery.create(tmp_path / "empty.gallery", cards) as empty:
        assert set(empty.size_per_photo().values()) == {0.0}
