"""Photos enter, leave, move and get new names: all or none."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import LabelConflict, RemovedPhoto
from resight.gallery.stores.opening import create_gallery
from resight.io.datasets.place import Place
from resight.types import EncoderCard
from tests.gallery.conftest import GLOBAL, LOCAL, Make
from tests.gallery.contract.conftest import Where, bits, told


def test_added_photos_come_back_whole(where: Where, cards: tuple[EncoderCard, ...], make: Make) -> None:
    with create_gallery(where("new"), cards) as gallery:
        added = gallery.add([make(0), make(1)])
        assert (added.ids, added.skipped, added.label_conflicts) == ((1, 2), (), ())
        for id, new in zip(added.ids, (make(0), make(1)), strict=True):
            (item,) = gallery.items(ids=[id])
            for name in ("photo", "instance", "digest", "file_bytes", "width", "height", "about"):
                assert getattr(item, name) == getattr(new, name)
            assert gallery.thumbnail(id) == new.thumbnail
            ((_, arrays),) = gallery.features(LOCAL, ids=[id])
            assert {name: bits(array) for name, array in arrays.items()} == {
                name: bits(array) for name, array in new.features[LOCAL].items()
            }
            _, rows = gallery.descriptors(GLOBAL, ids=[id])
            assert bits(rows[0]) == bits(new.descriptors[GLOBAL])


def test_what_is_known_is_skipped_and_what_is_known_as_something_else_is_reported(gallery: Gallery, make: Make) -> None:
    before = gallery.items()
    added = gallery.add([make(1), make(2, instance="thing 7"), make(30), make(3, photo="copy.jpg")])
    assert added.ids == (13,)
    assert added.skipped == ("photos/1.jpg", "copy.jpg")
    assert added.label_conflicts == (LabelConflict("photos/2.jpg", "thing 7", before[2]),)
    assert gallery.items()[:-1] == before


def test_a_photo_twice_in_one_batch_is_stored_once(gallery: Gallery, make: Make) -> None:
    added = gallery.add([make(40), make(40), make(40, instance="other")])
    assert len(added.ids) == len(added.skipped) == len(added.label_conflicts) == 1


def test_photos_of_one_path_and_different_content_are_two(gallery: Gallery, make: Make) -> None:
    gallery.add([make(50, photo="photos/0.jpg")])
    assert [item.id for item in gallery.items() if item.photo == "photos/0.jpg"] == [1, 13]


def test_batches_leave_no_trace(where: Where, cards: tuple[EncoderCard, ...], make: Make) -> None:
    contents = []
    for size in (1, 4, 12):
        with create_gallery(where(f"by {size}"), cards) as gallery:
            for first in range(0, 12, size):
                gallery.add(make(number) for number in range(first, first + size))
                gallery.add([make(first)])  # skipped, and no id is spent on it
            contents.append(told(gallery))
    assert contents[0] == contents[1] == contents[2]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": {}}, r"was encoded by \['gem:1'\], this gallery's encoders are \['gem:1', 'sift:1'\]"),
        ({"features": {"orb:1": {}, LOCAL: {}}}, "'orb:1'"),
        ({"features": {LOCAL: {"a": np.array(["text"])}}}, "dtype"),
        ({"descriptors": {GLOBAL: np.ones((1, 16), np.float32)}}, r"shape \(1, 16\)"),
        ({"descriptors": {GLOBAL: np.ones(16)}}, "float64"),
        ({"descriptors": {GLOBAL: np.full(16, np.nan, np.float32)}}, "finite"),
        ({"descriptors": {GLOBAL: np.ones(0, np.float32)}}, r"shape \(0,\)"),
        ({"descriptors": {GLOBAL: np.ones(8, np.float32)}}, "length 8; this gallery's have 16"),
        ({"about": {"x": float("nan")}}, "the metadata of photo 'photos/21.jpg'"),
        ({"photo": "\ud800"}, "no Unicode text"),
    ],
)
def test_one_wrong_photo_keeps_its_whole_batch_out(
    gallery: Gallery, make: Make, fields: dict[str, Any], message: str
) -> None:
    before = told(gallery)
    with pytest.raises(GalleryError, match=message):
        gallery.add([make(20), make(21, **fields), make(22)])
    assert told(gallery) == before
    assert gallery.add([make(20)]).ids == (13,)


def test_photos_of_other_encoders_are_a_mismatch(gallery: Gallery, make: Make) -> None:
    with pytest.raises(EncoderMismatch):
        gallery.add([make(20, descriptors={})])


def test_the_first_descriptor_sets_the_length_within_a_batch(
    where: Where, cards: tuple[EncoderCard, ...], make: Make
) -> None:
    with create_gallery(where("new"), cards) as gallery:
        with pytest.raises(GalleryError, match="length 8; this gallery's have 16"):
            gallery.add([make(0), make(1, descriptors={GLOBAL: np.ones(8, np.float32)})])
        assert len(gallery) == 0


def test_sizes_of_numpys_kind_are_sizes(gallery: Gallery, make: Make) -> None:
    gallery.add([make(20, width=np.int64(3), height=np.uint16(4), file_bytes=np.int32(5))])
    assert (gallery.items()[-1].width, gallery.items()[-1].height, gallery.items()[-1].file_bytes) == (3, 4, 5)


def test_an_error_in_the_callers_own_photos_adds_none(gallery: Gallery, make: Make) -> None:
    def photos() -> Any:
        yield make(20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gallery.add(photos())
    assert len(gallery) == 12
    assert gallery.add([]).ids == ()


def test_removing_takes_everything_of_a_photo(gallery: Gallery) -> None:
    assert gallery.remove(photos=["photos/4.jpg", "photos/0.jpg", "photos/0.jpg"]) == (1, 5)
    stays = [2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    assert (
        gallery.ids() == [id for id, _ in gallery.features(LOCAL)] == gallery.descriptors(GLOBAL)[0].tolist() == stays
    )
    with pytest.raises(GalleryError, match="has no photo 5"):
        gallery.thumbnail(5)
    gallery.check()


def test_removing_an_instance_takes_all_its_photos(gallery: Gallery) -> None:
    assert gallery.remove(instances=["thing 1"], photos=["photos/3.jpg", "photos/11.jpg"]) == (4, 5, 6, 12)
    assert gallery.instances() == {"thing 0": 3, "thing 2": 3, "thing 3": 2}
    assert gallery.remove() == ()


@pytest.mark.parametrize("names", [{"photos": ["photos/0.jpg", "photo/1.jpg"]}, {"instances": ["thing 0", "thng 1"]}])
def test_an_unknown_name_removes_nothing_and_names_its_neighbours(
    gallery: Gallery, names: dict[str, list[str]]
) -> None:
    before = told(gallery)
    with pytest.raises(GalleryError, match=r"there is no .*1.*nearest are .*1.*nothing was changed"):
        gallery.remove(**names)
    assert told(gallery) == before


def test_an_unknown_name_without_neighbours(gallery: Gallery) -> None:
    with pytest.raises(GalleryError, match="4 others are known"):
        gallery.remove(instances=["xyzzy"])


@pytest.mark.parametrize("id", [0, 13, 2**70])
def test_an_unknown_id_changes_nothing(gallery: Gallery, id: int) -> None:
    before = told(gallery)
    place = Place("/photos", "0.jpg")
    for change in (
        lambda: gallery.remove(ids=[1, id]),
        lambda: gallery.move({1: "elsewhere/0.jpg", id: "elsewhere/1.jpg"}),
        lambda: gallery.move({}, {1: place, id: place}),
    ):
        with pytest.raises(GalleryError, match=f"no photo has the id {id}: nothing was changed"):
            change()
    assert told(gallery) == before


def test_what_was_removed_is_remembered_until_it_comes_back(gallery: Gallery, make: Make) -> None:
    gallery.remove(photos=["photos/4.jpg", "photos/0.jpg"])
    removed = [RemovedPhoto(make(number).digest, f"photos/{number}.jpg", f"thing {number // 3}") for number in (0, 4)]
    assert gallery.forgotten() == tuple(sorted(removed, key=lambda photo: photo.digest))
    gallery.add([make(4)])
    gallery.forget([RemovedPhoto(b"\0", "else.jpg", "other"), removed[1]])  # the second is there
    assert gallery.forgotten() == (RemovedPhoto(b"\0", "else.jpg", "other"), removed[0])


def test_moving_changes_paths_and_places_alone(gallery: Gallery, make: Make) -> None:
    gallery.add([make(20, photo="a/20.jpg", place=Place("/data/a", "20.jpg"))])
    assert (gallery.places(), gallery.roots()) == ({13: Place("/data/a", "20.jpg")}, ["/data/a"])
    before = told(gallery)
    gallery.move({13: "b/20.jpg", 2: "b/1.jpg"}, {13: Place("/data/b", "20.jpg"), 2: Place("/data/b", "1.jpg")})
    after = told(gallery)
    assert [item.photo for item in gallery.items(ids=[2, 13])] == ["b/1.jpg", "b/20.jpg"]
    assert gallery.places() == {2: Place("/data/b", "1.jpg"), 13: Place("/data/b", "20.jpg")}
    assert gallery.roots() == ["/data/b"]
    assert {**after, "items": None, "places": None} == {**before, "items": None, "places": None}
    with pytest.raises(GalleryError, match="no Unicode text"):
        gallery.move({1: "c/0.jpg", 2: "\ud800"})
    assert told(gallery) == after


def test_renaming(gallery: Gallery) -> None:
    assert gallery.rename("thing 1", "Sunflowers") == 3
    assert gallery.instances() == {"Sunflowers": 3, "thing 0": 3, "thing 2": 3, "thing 3": 3}
    assert gallery.rename("Sunflowers", "Sunflowers") == 3


def test_merging_must_be_said(gallery: Gallery) -> None:
    with pytest.raises(GalleryError, match="'thing 1' cannot be renamed to 'thing 2', which is known already"):
        gallery.rename("thing 1", "thing 2")
    assert gallery.rename("thing 1", "thing 2", merge=True) == 3
    assert gallery.instances() == {"thing 0": 3, "thing 2": 6, "thing 3": 3}


def test_single_photos_become_another_thing(gallery: Gallery) -> None:
    start, (first, second, _) = gallery.revision, (item.id for item in gallery.items("thing 1"))
    gallery.relabel([second, first, second], " thing 2 ")
    gallery.relabel([first], "new")
    assert gallery.instances() == {"new": 1, "thing 0": 3, "thing 1": 1, "thing 2": 4, "thing 3": 3}
    assert gallery.changed_since(start).renamed == (first, second) == gallery.renamed()


@pytest.mark.parametrize(("ids", "name"), [((1, 99), "thing 2"), ((1,), "\u200b"), ((1,), "\ud800")])
def test_a_photo_that_cannot_become_another_thing(gallery: Gallery, ids: tuple[int, ...], name: str) -> None:
    before = told(gallery)
    with pytest.raises(GalleryError):
        gallery.relabel(ids, name)
    assert told(gallery) == before


@pytest.mark.parametrize(
    ("old", "new"), [("thing 9", "x"), ("thing 1", ""), ("thing 1", "\u200b\u00a0"), ("thing 1", "\ud800")]
)
def test_names_that_cannot_be(gallery: Gallery, old: str, new: str) -> None:
    before = told(gallery)
    with pytest.raises(GalleryError):
        gallery.rename(old, new, merge=True)
    assert told(gallery) == before


SPELLED = ("Caf\u00e9", "Cafe\u0301", " Caf\u00e9\u00a0", "Ca\u200bf\u00e9")
"""One name, four ways."""


def test_a_name_is_one_whatever_its_form(gallery: Gallery, make: Make) -> None:
    for number, name in enumerate(SPELLED, 20):
        gallery.add([make(number, instance=name)])
    assert gallery.instances()["Caf\u00e9"] == 4
    assert {item.instance for item in gallery.items(ids=[13, 14, 15, 16])} == {"Caf\u00e9"}
    assert [len(gallery.items(name)) for name in SPELLED] == [4] * 4
    assert gallery.add([make(20, instance=SPELLED[1])]).label_conflicts == ()
    assert gallery.rename(SPELLED[1], SPELLED[2]) == 4
    with pytest.raises(GalleryError, match="which is known already"):
        gallery.rename("thing 1", SPELLED[3])
    assert gallery.remove(instances=SPELLED) == (13, 14, 15, 16)


HOSTILE = [
    "a\nb",
    "it's",
    'say "cheese"',
    "猫/☃",
    "a/b/../c",
    "; DROP TABLE items; --",
    "%_*?",
    os.fsdecode(b"\xe9.jpg"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(gallery: Gallery, make: Make, name: str) -> None:
    gallery.add([make(20, photo=name, instance=name, about={name: name})])
    (item,) = gallery.items(name)
    assert (item.photo, item.instance, item.about) == (name, name, {name: name})
    assert gallery.instances()[name] == 1
    assert gallery.rename(name, f"{name}{name}") == 1
    assert gallery.rename(f"{name}{name}", name) == 1
    assert gallery.remove(photos=[name]) == (13,)
    assert name not in gallery.instances()


def test_instances_are_in_the_order_of_their_bytes(where: Where, cards: tuple[EncoderCard, ...], make: Make) -> None:
    names = ["z", "猫", "Z", "\u00e9", os.fsdecode(b"\xe9"), "10", "9", "\U0001f600", "\ufffd"]
    with create_gallery(where("new"), cards) as gallery:
        gallery.add(make(number, instance=name) for number, name in enumerate(names))
        assert list(gallery.instances()) == sorted(names, key=os.fsencode)
