"""What a gallery holds, looked over: the photo that is wrong is named, with the commands that mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.features.encoder import Encoder, encoders
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.stores.opening import create_gallery
from resight.gallery.thumbnail_seal import is_broken
from resight.indexing.enrolment import enrol
from resight.io.datasets.dataset import discover
from resight.search import stored_features
from tests.galleries import Photos, quick, some, write


@pytest.fixture(scope="module")
def makers() -> Iterator[tuple[Encoder, ...]]:
    with quick():
        yield encoders(["classical", "vlad"])


@pytest.fixture
def gallery(makers: tuple[Encoder, ...], known_photos: Photos, tmp_path: Path) -> Iterator[Gallery]:
    """Two photos, enrolled and nothing more."""
    folder = write(tmp_path / "photos", some(known_photos, "coffee", "page"))
    with create_gallery(tmp_path / "known.gallery", [maker.card() for maker in makers]) as made:
        list(enrol(made, discover(folder).entries, makers))
        yield made


def items(gallery: Gallery) -> dict[int, Item]:
    return {item.id: item for item in gallery.items()}


def test_what_was_enrolled_comes_back(gallery: Gallery, makers: tuple[Encoder, ...]) -> None:
    known = items(gallery)
    votes, vlad = makers
    for id, found, cells in stored_features.features(gallery, votes, known):
        np.testing.assert_array_equal(votes.cells.assign(found.values), cells)
        assert found.size == (known[id].width, known[id].height)
    ids, rows = stored_features.descriptors(gallery, vlad, known)
    assert ids.tolist() == [*known]
    assert rows.shape == (2, len(vlad.describe(next(stored_features.features(gallery, votes, known))[1])))
    assert stored_features.whitening(gallery, vlad, rows.shape[1], None) is None
    assert stored_features.whitened(gallery) == {}


def test_small_images_are_sealed_for_their_photo(gallery: Gallery) -> None:
    first, second = items(gallery).values()
    encoded = gallery.thumbnail(first.id)
    for item, broken in ((first, False), (second, True)):
        assert is_broken(encoded, stored_features.owner(item.digest, (item.width, item.height))) == broken
    assert max(stored_features.thumbnail(gallery, first).shape) == 320


def test_one_without_a_seal_is_taken_as_it_is(gallery: Gallery) -> None:
    """Older galleries have none; their small image has the size of its photo all the same."""
    (first, second), path = items(gallery).values(), gallery.path
    before = stored_features.thumbnail(gallery, first)
    with closing(sqlite3.connect(path)) as connection, connection:
        for item in (first, second):
            sealed = gallery.thumbnail(item.id)
            plain = sealed[:20] + sealed[32:]
            connection.execute("UPDATE thumbnails SET encoded = ? WHERE item = ?", (plain, item.id))
        connection.execute("UPDATE items SET width = 2 * width WHERE id = ?", (second.id,))
    np.testing.assert_array_equal(stored_features.thumbnail(gallery, first), before)
    with pytest.raises(GalleryError, match=r"photo 2, .* pixels; wanted .*--id 2` forgets it, and `resight index"):
        stored_features.thumbnail(gallery, items(gallery)[2])
