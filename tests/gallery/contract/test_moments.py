"""What is read is of one moment, whoever writes meanwhile; what is written is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import RemovedPhoto
from resight.gallery.stores.opening import create_gallery, delete_gallery, open_gallery
from resight.io.datasets.place import Place
from resight.types import EncoderCard, Whitening
from tests.gallery.conftest import GLOBAL, LOCAL, Make
from tests.gallery.contract.conftest import Where, told

Write = Callable[[Gallery, Make], object]
WHITENING = Whitening(np.ones(16, np.float32), np.eye(16, 4, dtype=np.float32), np.ones(4))
WRITES: dict[str, Write] = {
    "add": lambda gallery, make: gallery.add([make(20), make(21)]),
    "remove": lambda gallery, make: gallery.remove(ids=[1, 2]),
    "rename": lambda gallery, make: gallery.rename("thing 0", "Sunflowers"),
    "move": lambda gallery, make: gallery.move({1: "elsewhere/0.jpg"}, {1: Place("/photos/elsewhere", "0.jpg")}),
    "forget": lambda gallery, make: gallery.forget([RemovedPhoto(b"digest", "gone.jpg", "gone")]),
    "save_whitening": lambda gallery, make: gallery.save_whitening(GLOBAL, WHITENING, n=12),
    "save_calibration": lambda gallery, make: gallery.save_calibration({"slope": 2.0}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_snapshot_does_not_move_while_another_writes(gallery: Gallery, make: Make, write: Write) -> None:
    with open_gallery(gallery.location) as reader:
        with reader.snapshot():
            before = told(reader)
            write(gallery, make)
            assert told(reader) == before
            with reader.snapshot():  # part of the one around it
                assert told(reader) == before
            assert told(reader) == before
        assert told(reader) == told(gallery) != before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_snapshot_does_not_move_by_what_is_written_inside_it(gallery: Gallery, make: Make, write: Write) -> None:
    with gallery.snapshot():
        before = told(gallery)
        write(gallery, make)
        assert told(gallery) == before
    assert told(gallery) != before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_was_written_is_there_after_reopening(gallery: Gallery, make: Make, write: Write) -> None:
    write(gallery, make)
    identity, content = gallery.identity, told(gallery)
    gallery.close()
    with open_gallery(gallery.location) as again:
        assert (again.identity, told(again)) == (identity, content)
        again.check()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_who_opened_to_read_does_not_write(gallery: Gallery, make: Make, write: Write) -> None:
    with open_gallery(gallery.location) as reader:
        before = told(reader)
        with pytest.raises(GalleryError, match="was opened for reading: open it with write=True"):
            write(reader, make)
        assert told(reader) == before


def test_a_snapshot_is_of_its_thread_alone(gallery: Gallery, make: Make) -> None:
    lengths: list[int] = []
    with gallery.snapshot():
        assert len(gallery) == 12
        gallery.add([make(20)])
        other = threading.Thread(target=lambda: lengths.append(len(gallery)))
        other.start()
        other.join()
        lengths.append(len(gallery))
    assert lengths == [13, 12]


def test_an_iteration_is_of_the_moment_of_its_first_step(gallery: Gallery, make: Make) -> None:
    with open_gallery(gallery.location) as reader:
        for store in (reader, gallery):
            begun, unbegun = store.features(LOCAL), store.features(LOCAL)
            first, _ = next(begun)
            ids = store.ids()
            gallery.add([make(20 + len(ids))])
            gallery.remove(ids=ids[1:2])
            assert [first, *(id for id, _ in begun)] == ids
            assert [id for id, _ in unbegun] == store.ids() != ids


def test_an_unfinished_iteration_holds_nobody_up(gallery: Gallery, make: Make) -> None:
    stream = gallery.features(LOCAL)
    next(stream)
    gallery.add([make(20)])
    del stream
    gallery.compact()
    assert len(gallery) == 13


def test_an_iteration_ends_with_its_snapshot(gallery: Gallery) -> None:
    with gallery.snapshot():
        stream = gallery.features(LOCAL)
        next(stream)
    with pytest.raises(GalleryError):
        list(stream)


def test_threads_read_while_one_writes(gallery: Gallery, make: Make) -> None:
    """Every read is of one moment: a photo is there with its features and descriptor, or not at all."""
    faults: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                with gallery.snapshot():
                    count = len(gallery)
                    assert [id for id, _ in gallery.features(LOCAL)] == [item.id for item in gallery.items()]
                    assert gallery.descriptors(GLOBAL)[1].shape == (count, 16)
                    assert sum(gallery.instances().values()) == count
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(20, 40, 4):
            gallery.add(make(other) for other in range(number, number + 4))
            gallery.remove(photos=[f"photos/{number}.jpg"])
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert len(gallery) == 12 + 20 - 5


def test_a_second_writer_is_refused_and_readers_are_not(gallery: Gallery) -> None:
    with pytest.raises(GalleryError, match="is being written"):
        open_gallery(gallery.location, write=True, wait=0)
    with open_gallery(gallery.location) as reader:
        assert len(reader) == 12


def test_a_closed_gallery_lets_the_next_writer_in(gallery: Gallery, make: Make) -> None:
    gallery.close()
    gallery.close()
    with open_gallery(gallery.location, write=True, wait=0) as again:
        assert again.add([make(0), make(20)]).ids == (13,)
    for call in (lambda: len(gallery), lambda: gallery.add([]), lambda: list(gallery.features(LOCAL))):
        with pytest.raises(GalleryError, match="was closed: open it again"):
            call()


def test_what_lies_at_a_location(gallery: Gallery, where: Where, cards: tuple[EncoderCard, ...]) -> None:
    with pytest.raises(GalleryError, match="there is no gallery at"):
        open_gallery(where("missing"))
    gallery.close()
    with pytest.raises(GalleryError, match="exists already"):
        create_gallery(gallery.location, cards)
    identity = _identity(gallery.location)
    delete_gallery(gallery.location)
    delete_gallery(gallery.location)
    with pytest.raises(GalleryError, match="there is no gallery at"):
        open_gallery(gallery.location)
    with create_gallery(gallery.location, cards) as anew:
        assert (anew.location, len(anew), anew.revision) == (gallery.location, 0, 0)
        assert anew.identity != identity


def _identity(location: str) -> str:
    with open_gallery(location) as reader:
        return reader.identity


def test_a_copy_is_another_gallery_of_the_same_content(gallery: Gallery, make: Make, tmp_path: Path) -> None:
    gallery.remove(ids=[3])
    gallery.save_whitening(GLOBAL, WHITENING, n=11)
    with gallery.snapshot():
        before = told(gallery)
        gallery.add([make(20)])
        gallery.copy(tmp_path / "copy.gallery")
    with open_gallery(tmp_path / "copy.gallery", write=True) as copy:
        assert told(copy) == before
        assert copy.identity != gallery.identity
        assert copy.add([make(21)]).ids == (13,)
    with pytest.raises(GalleryError, match="exists already"):
        gallery.copy(tmp_path / "copy.gallery")
    gallery.copy(tmp_path / "copy.gallery", replace=True)
    with open_gallery(tmp_path / "copy.gallery") as copy:
        assert told(copy) == told(gallery)


def test_restoring_puts_another_gallery_in_place_at_once(
    gallery: Gallery, make: Make, where: Where, cards: tuple[EncoderCard, ...]
) -> None:
    anew = (cards[0], EncoderCard("gem:2", "resnet50", "global"))
    other = {"descriptors": {"gem:2": np.ones(4, np.float32)}}
    with create_gallery(where("new"), anew) as new:
        for number in range(50, 53):
            new.add([make(number, **other)])
        content = told(new)
    with open_gallery(gallery.location) as reader:
        identity, stream = reader.identity, reader.features(LOCAL)
        next(stream)
        gallery.restore(new.location)
        assert len(list(stream)) == 11
        assert told(reader) == told(gallery) == content
        assert reader.encoders == gallery.encoders == anew
        assert reader.identity == gallery.identity != identity
    gallery.add([make(60, **other)])
    gallery.check()
    with pytest.raises(GalleryError, match="there is no gallery at"):
        gallery.restore(where("missing"))
    assert len(gallery) == 4
