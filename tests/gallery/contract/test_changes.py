"""What became of the photos since a revision, against the same told by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import Changes, RemovedPhoto
from tests.gallery.conftest import Make


def test_changes_since_each_revision_rebuild_a_copy(gallery: Gallery, make: Make, rng: np.random.Generator) -> None:
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


def test_changes_by_hand(gallery: Gallery, make: Make) -> None:
    start = gallery.revision
    assert start == 12
    assert gallery.changed_since(start) == Changes(start, (), (), ())
    gallery.remove(photos=["photos/0.jpg"])
    gallery.add([make(20), make(21), make(22)])
    gallery.rename("thing 1", "Sunflowers")
    gallery.remove(photos=["photos/21.jpg", "photos/3.jpg"])
    assert gallery.changed_since(start) == Changes(gallery.revision, (13, 15), (1, 4), (5, 6))
    assert gallery.revision == start + 1 + 3 + 3 + 2


def test_what_was_renamed_is_remembered_also_from_an_older_gallery(gallery: Gallery, make: Make) -> None:
    assert gallery.renamed() == ()
    start = gallery.revision
    gallery.rename("thing 1", "Sunflowers")
    gallery.move({1: "elsewhere.jpg"})
    known = gallery.renamed()
    assert {item.instance for item in gallery.items(ids=known)} == {"Sunflowers"}
    assert gallery.revision == start + len(known) == start + 3
    (id,) = gallery.add([replace(make(20), renamed=True)]).ids
    assert gallery.renamed() == (*known, id)
    assert gallery.changed_since(start).added == (id,)
    gallery.check()


def test_only_changes_of_photos_count(gallery: Gallery, make: Make) -> None:
    start = gallery.revision
    gallery.add([make(0)])
    gallery.remove()
    gallery.rename("thing 0", "thing 0")
    gallery.move({1: "elsewhere.jpg"})
    gallery.forget([RemovedPhoto(b"digest", "gone.jpg", "gone")])
    gallery.save_calibration({"slope": 1.0})
    gallery.compact()
    assert gallery.revision == start


def test_changes_since_a_revision_to_come_are_another_gallerys(gallery: Gallery) -> None:
    with pytest.raises(GalleryError, match="is at revision 12, changes since 13 were asked for"):
        gallery.changed_since(13)


def test_ids_are_never_given_again(gallery: Gallery, make: Make) -> None:
    """Not after the last one was removed, not after all were, and not where the space was given back."""
    gallery.remove(photos=["photos/11.jpg"])
    assert gallery.add([make(11)]).ids == (13,)
    gallery.remove(ids=gallery.ids())
    gallery.compact()
    assert gallery.add([make(11), make(3)]).ids == (14, 15)
    with pytest.raises(GalleryError):
        gallery.add([make(20), make(21, about={"x": float("nan")})])
    assert gallery.add([make(3), make(20)]).ids == (16,)
