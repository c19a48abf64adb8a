"""Photos enter, leave and get new names: all or none, and in rows that do not depend on batches."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.records import Clash, NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard

LOCAL, GLOBAL = "sift:1", "gem:1"
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
Make = Callable[..., NewItem]
Dump = Callable[[Path], dict[str, list[tuple[Any, ...]]]]


def test_added_photos_come_back_whole(tmp_path: Path, cards: tuple[EncoderCard, ...], make: Make) -> None:
    with SqliteGallery.create(tmp_path / "art.gallery", cards) as gallery:
        added = gallery.add([make(0), make(1)])
        assert (added.ids, added.skipped, added.label_conflicts) == ((1, 2), (), ())
        for id, new in zip(added.ids, (make(0), make(1)), strict=True):
            (item,) = gallery.items(ids=[id])
            for name in ("photo", "instance", "digest", "file_bytes", "width", "height", "about"):
                assert getattr(item, name) == getattr(new, name)
            assert gallery.thumbnail(id) == new.thumbnail
            ((_, arrays),) = gallery.features(LOCAL, ids=[id])
            np.testing.assert_array_equal(arrays["points"], new.features[LOCAL]["points"])
            np.testing.assert_array_equal(arrays["values"], new.features[LOCAL]["values"])
            _, rows = gallery.descriptors(GLOBAL, ids=[id])
            np.testing.assert_array_equal(rows[0], new.descriptors[GLOBAL])


def test_what_is_known_is_skipped_and_what_is_known_as_something_else_is_reported(
    gallery: SqliteGallery, make: Make
) -> None:
    before = gallery.items()
    added = gallery.add([make(1), make(2, instance="thing 7"), make(30), make(3, photo="copy.jpg")])
    assert added.ids == (13,)
    assert added.skipped == ("photos/1.jpg", "copy.jpg")
    assert added.label_conflicts == (Clash("photos/2.jpg", "thing 7", before[2]),)
    assert gallery.items()[:-1] == before


def test_a_photo_twice_in_one_batch_is_stored_once(gallery: SqliteGallery, make: Make) -> None:
    added = gallery.add([make(40), make(40), make(40, instance="other")])
    assert len(added.ids) == len(added.skipped) == len(added.label_conflicts) == 1


def test_photos_of_one_path_and_different_content_are_two(gallery: SqliteGallery, make: Make) -> None:
    gallery.add([make(50, photo="photos/0.jpg")])
    assert [item.id for item in gallery.items() if item.photo == "photos/0.jpg"] == [1, 13]


def test_batches_leave_no_trace(tmp_path: Path, cards: tuple[EncoderCard, ...], make: Make, dump: Dump) -> None:
    for size in (1, 4, 12):
        with SqliteGallery.create(tmp_path / f"{size}.gallery", cards) as gallery:
            for first in range(0, 12, size):
                gallery.add(make(number) for number in range(first, first + size))
                gallery.add([make(first)])  # skipped, and no id is spent on it
    assert dump(tmp_path / "1.gallery") == dump(tmp_path / "4.gallery") == dump(tmp_path / "12.gallery")


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
    gallery: SqliteGallery, make: Make, dump: Dump, fields: dict[str, Any], message: str
) -> None:
    before = dump(gallery.path)
    with pytest.raises(GalleryError, match=message):
        gallery.add([make(20), make(21, **fields), make(22)])
    assert dump(gallery.path) == before
    assert gallery.add([make(20)]).ids == (13,)


def test_photos_of_other_encoders_are_a_mismatch(gallery: SqliteGallery, make: Make) -> None:
    with pytest.raises(EncoderMismatch):
        gallery.add([make(20, descriptors={})])


def test_the_first_descriptor_sets_the_length_within_a_batch(
    tmp_path: Path, cards: tuple[EncoderCard, ...], make: Make
) -> None:
    with SqliteGallery.create(tmp_path / "art.gallery", cards) as gallery:
        with pytest.raises(GalleryError, match="length 8; this gallery's have 16"):
            gallery.add([make(0), make(1, descriptors={GLOBAL: np.ones(8, np.float32)})])
        assert len(gallery) == 0


def test_sizes_of_numpys_kind_are_sizes(gallery: SqliteGallery, make: Make) -> None:
    gallery.add([make(20, width=np.int64(3), height=np.uint16(4), file_bytes=np.int32(5))])
    assert (gallery.items()[-1].width, gallery.items()[-1].height, gallery.items()[-1].file_bytes) == (3, 4, 5)


def test_an_error_in_the_callers_own_photos_adds_none(gallery: SqliteGallery, make: Make) -> None:
    def photos() -> Any:
        yield make(20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gallery.add(photos())
    assert len(gallery) == 12
    assert gallery.add([]).ids == ()


@pytest.mark.parametrize(
    "fields", [{"photo": ""}, {"instance": ""}, {"digest": b""}, {"width": 0}, {"height": -1}, {"file_bytes": 0}]
)
def test_a_photo_that_is_nothing_is_refused(make: Make, fields: dict[str, Any]) -> None:
    with pytest.raises(GalleryError, match=r"photo.*(empty|wanted at least 1)"):
        make(0, **fields)


def test_removing_takes_everything_of_a_photo(gallery: SqliteGallery, dump: Dump) -> None:
    assert gallery.remove(photos=["photos/4.jpg", "photos/0.jpg", "photos/0.jpg"]) == (1, 5)
    content = dump(gallery.path)
    for table, key in (("items", 0), ("features", 0), ("descriptors", 0), ("thumbnails", 0)):
        assert [row[key] for row in content[table]].count(1) == 0
        assert len(content[table]) == 10
    gallery.check()


def test_removing_an_instance_takes_all_its_photos(gallery: SqliteGallery) -> None:
    assert gallery.remove(instances=["thing 1"], photos=["photos/3.jpg", "photos/11.jpg"]) == (4, 5, 6, 12)
    assert gallery.instances() == {"thing 0": 3, "thing 2": 3, "thing 3": 2}
    assert gallery.remove() == ()


def test_ids_are_never_given_again(gallery: SqliteGallery, make: Make) -> None:
    gallery.remove(photos=["photos/11.jpg"])
    assert gallery.add([make(11)]).ids == (13,)


@pytest.mark.parametrize("names", [{"photos": ["photos/0.jpg", "photo/1.jpg"]}, {"instances": ["thing 0", "thng 1"]}])
def test_an_unknown_name_removes_nothing_and_names_its_neighbours(
    gallery: SqliteGallery, dump: Dump, names: dict[str, list[str]]
) -> None:
    before = dump(gallery.path)
    with pytest.raises(GalleryError, match=r"there is no .*1.*nearest are .*1.*nothing was changed"):
        gallery.remove(**names)
    assert dump(gallery.path) == before


def test_an_unknown_name_without_neighbours(gallery: SqliteGallery) -> None:
    with pytest.raises(GalleryError, match="4 others are known"):
        gallery.remove(instances=["xyzzy"])


@pytest.mark.parametrize("id", [0, 13, 2**70])
def test_an_unknown_id_removes_nothing(gallery: SqliteGallery, id: int) -> None:
    with pytest.raises(GalleryError, match=f"no photo has the id {id}: nothing was changed"):
        gallery.remove(ids=[1, id])
    assert len(gallery) == 12


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE descriptors SET packed = zeroblob(50)", "descriptors of photo 1: packed arrays are damaged"),
        ("UPDATE items SET width = -1 WHERE id = 1", "photo 1 has the path"),
    ],
)
def test_damage_that_enrolling_meets_is_named(gallery: SqliteGallery, make: Make, damage: str, what: str) -> None:
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(GalleryError, match=rf"art\.gallery is damaged: {what}.*: restore it from a copy"):
        gallery.add([make(0)])


def test_renaming(gallery: SqliteGallery) -> None:
    assert gallery.rename("thing 1", "Sunflowers") == 3
    assert gallery.instances() == {"Sunflowers": 3, "thing 0": 3, "thing 2": 3, "thing 3": 3}
    assert gallery.rename("Sunflowers", "Sunflowers") == 3


def test_merging_must_be_said(gallery: SqliteGallery) -> None:
    with pytest.raises(GalleryError, match="'thing 1' cannot be renamed to 'thing 2', which is known already"):
        gallery.rename("thing 1", "thing 2")
    assert gallery.rename("thing 1", "thing 2", merge=True) == 3
    assert gallery.instances() == {"thing 0": 3, "thing 2": 6, "thing 3": 3}


@pytest.mark.parametrize(("old", "new"), [("thing 9", "x"), ("thing 1", ""), ("thing 1", "\u200b\u00a0")])
def test_names_that_cannot_be(gallery: SqliteGallery, old: str, new: str) -> None:
    with pytest.raises(GalleryError):
        gallery.rename(old, new, merge=True)


SPELLED = ("Caf\u00e9", "Cafe\u0301", " Caf\u00e9\u00a0", "Ca\u200bf\u00e9")
"""One name, four ways."""


def test_a_name_is_one_whatever_its_form(gallery: SqliteGallery, make: Make) -> None:
    for number, name in enumerate(SPELLED, 20):
        gallery.add([make(number, instance=name)])
    assert gallery.instances()["Caf\u00e9"] == 4
    assert [len(gallery.items(name)) for name in SPELLED] == [4] * 4
    assert gallery.add([make(20, instance=SPELLED[1])]).label_conflicts == ()
    assert gallery.rename(SPELLED[1], SPELLED[2]) == 4
    with pytest.raises(GalleryError, match="which is known already"):
        gallery.rename("thing 1", SPELLED[3])
    assert gallery.remove(instances=SPELLED) == (13, 14, 15, 16)


def test_names_of_an_older_gallery_are_canonical_as_well(gallery: SqliteGallery, make: Make, dump: Dump) -> None:
    gallery.add(make(number) for number in (20, 21, 22))
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        spelled = [(name, id) for id, name in enumerate(("Cafe\u0301", "Caf\u00e9", "Caf\u00e9 "), 13)]
        connection.executemany("UPDATE items SET instance = ? WHERE id = ?", spelled)
    assert gallery.instances()["Caf\u00e9"] == 3
    assert {item.instance for item in gallery.items("Cafe\u0301")} == {"Caf\u00e9"}
    assert gallery.add([make(20, instance="Caf\u00e9")]).skipped == ("photos/20.jpg",)
    assert gallery.rename("Caf\u00e9", "bee") == 3
    assert sorted(row[0] for row in dump(gallery.path)["items"] if row[2] == "bee") == [13, 14, 15]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(gallery: SqliteGallery, make: Make, name: str) -> None:
    gallery.add([make(20, photo=name, instance=name, about={name: name})])
    (item,) = gallery.items(name)
    assert (item.photo, item.instance, item.about) == (name, name, {name: name})
    assert gallery.instances()[name] == 1
    assert gallery.rename(name, f"{name}{name}") == 1
    assert gallery.rename(f"{name}{name}", name) == 1
    assert gallery.remove(photos=[name]) == (13,)
    assert name not in gallery.instances()
