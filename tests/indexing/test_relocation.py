"""Where known photos are: gone is only what is gone from where it lay, and a drive that is missing is told once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.gallery.protocol import Gallery
from resight.gallery.records import NewItem
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing.relocation import AbsentFolder, Movements, closed_above, hollow, missing, mounted, still_away
from resight.io.datasets.dataset import Entry
from resight.io.datasets.place import Place, located
from resight.types import EncoderCard


def lay(folder: Path, *names: str) -> list[Path]:
    """Files below a folder, each of another content."""
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(path))
    return paths


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with create_gallery(tmp_path / "known.gallery", [EncoderCard("a", "a", "local")]) as made:
        yield made


def enrol(gallery: Gallery, root: Path, *names: str, typed: str = "photos", placed: bool = True) -> list[int]:
    """Make photos known that were indexed from ``root``, named as ``typed`` there; their ids."""
    items = []
    for path in lay(root, *names):
        place = Place(str(root), path.relative_to(root).as_posix())
        shown = f"{typed}/{place.below}"
        digest = hashlib.sha256(str(path).encode()).digest()
        items.append(NewItem(shown, place.below, digest, 1, 1, 1, features={"a": {}}, place=place if placed else None))
    return list(gallery.add(items).ids)


def gone(gallery: Gallery, root: Path | str, seen: set[int], *closed: str) -> list[int]:
    return [item.id for item in missing(gallery, [root], seen, closed).missing_files]


def test_only_what_lay_below_the_same_root_is_stale(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = enrol(gallery, tmp_path / "A" / "photos", "ant.jpg", "bee.jpg")
    enrol(gallery, tmp_path / "B" / "photos", "cat.jpg", "dog.jpg")
    enrol(gallery, tmp_path / "A" / "photos-2", "elk.jpg", typed="photos-2")
    (tmp_path / "A" / "photos" / "bee.jpg").unlink()
    monkeypatch.chdir(tmp_path / "A")
    for root in ("photos", tmp_path / "A" / "photos", "../A/photos", "."):
        assert gone(gallery, root, {here[0], 5}) == [here[1]]
    assert gone(gallery, "photos", {here[0]}, "photos/bee.jpg") == []
    assert gone(gallery, "photos", set(), "photos") == []
    assert gone(gallery, tmp_path / "C", set()) == []


def test_what_an_older_resight_indexed_from_somewhere_is_counted_and_not_called_stale(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(gallery, tmp_path / "A" / "photos", "ant.jpg", placed=False)
    whole = str(tmp_path / "A" / "photos")
    (by_path,) = enrol(gallery, tmp_path / "A" / "photos", "bee.jpg", typed=whole, placed=False)
    lay(tmp_path / "B" / "photos", "cat.jpg")
    monkeypatch.chdir(tmp_path / "B")
    found = missing(gallery, ["photos"], set(), ())
    assert (found.missing_files, found.unplaced) == ((), 1)
    assert gone(gallery, whole, set()) == [by_path]


def test_a_folder_that_is_empty_or_a_broken_link_is_told_once(gallery: Gallery, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    enrol(gallery, root, "here.jpg", "drive/a/1.jpg", "drive/a/2.jpg", "linked/1.jpg", "linked/2.jpg")
    enrol(gallery, root, "deleted/1.jpg", "deleted/2.jpg", "emptied/1.jpg")
    for name in ("drive", "linked", "deleted"):
        shutil.rmtree(root / name)
    (root / "drive").mkdir()
    (root / "drive" / ".Trash").mkdir()
    (root / "linked").symlink_to(tmp_path / "nowhere")
    (root / "emptied" / "1.jpg").unlink()
    found = missing(gallery, root, {1}, ())
    assert found.away == (AbsentFolder(f"{root}/drive", 2), AbsentFolder(f"{root}/linked", 2))
    assert [item.photo for item in found.missing_files] == [
        "photos/deleted/1.jpg",
        "photos/deleted/2.jpg",
        "photos/emptied/1.jpg",
    ]


def test_a_root_that_is_not_mounted_is_left_out_and_told(gallery: Gallery, tmp_path: Path) -> None:
    a, b = tmp_path / "A", tmp_path / "B"
    enrol(gallery, a, "ant.jpg")
    enrol(gallery, b, "bee.jpg", "cat.jpg")
    assert mounted([a, b], gallery.path) == ([a, b], ())
    shutil.rmtree(b)
    for _ in ("missing", "empty"):
        assert mounted([a, b], gallery.path) == ([a], (AbsentFolder(str(b), 2),))
        with pytest.raises(DatasetError, match=r"missing or empty: .*B \(2 known photos\): mount the drive"):
            mounted(b, gallery.path)
        b.mkdir(exist_ok=True)
    # Of nothing that is known, or where there is no gallery, whoever reads the folders says more.
    assert mounted([a, tmp_path / "typo"], gallery.path) == ([a, tmp_path / "typo"], ())
    assert mounted([b], tmp_path / "other.gallery") == ([b], ())


def test_where_photos_were_met_elsewhere_no_folder_is_away(gallery: Gallery, tmp_path: Path) -> None:
    root = tmp_path / "A"
    ids = enrol(gallery, root, "ant.jpg", "bee.jpg")
    shutil.rmtree(root)
    away = (AbsentFolder(str(root), 2),)
    assert still_away(gallery, away, set()) == away
    assert still_away(gallery, away, {ids[0]}) == (AbsentFolder(str(root), 1),)
    assert still_away(gallery, away, ids) == ()


def test_a_folder_is_hollow_where_it_is_a_root_or_held_several(gallery: Gallery, tmp_path: Path) -> None:
    enrol(gallery, tmp_path / "A", "one/1.jpg", "two/1.jpg", "two/2.jpg")
    enrol(gallery, tmp_path / "B", "3.jpg")
    places = list(gallery.places().values())
    assert hollow(places) == []
    for place in places:
        Path(place.path).unlink()
    assert hollow(places) == [f"{tmp_path}/A/two", f"{tmp_path}/B"]
    shutil.rmtree(tmp_path / "A")
    assert hollow(places) == [f"{tmp_path}/A", f"{tmp_path}/B"]


def met(gallery: Gallery, root: str, *names: str) -> Movements:
    """Photos of these names met below ``root``, each the known one of the same position."""
    entries = [Entry(f"{root}/{name}", Path(root) / name) for name in names]
    movements = Movements(gallery.places(), located((entry.name for entry in entries), root))
    for item, entry in zip(gallery.items(), entries, strict=False):
        movements.meet(item, entry)
    return movements


def test_a_photo_moves_only_where_it_is_gone_from_where_it_was(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(gallery, tmp_path / "A" / "photos", "ant.jpg")
    lay(tmp_path / "B" / "photos", "ant.jpg")
    monkeypatch.chdir(tmp_path / "B")
    assert met(gallery, "photos", "ant.jpg").places == {}  # a copy elsewhere, by the same name
    shutil.rmtree(tmp_path / "A")
    movements = met(gallery, "photos", "ant.jpg")
    assert movements.places == {1: Place(str(tmp_path / "B" / "photos"), "ant.jpg")}
    gallery.move(movements.names, movements.places)
    assert gallery.places() == movements.places


def test_a_gallery_of_an_older_resight_learns_where_its_photos_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "known.gallery"
    with create_gallery(path, [EncoderCard("a", "a", "local")]) as made:
        enrol(made, tmp_path / "photos", "ant.jpg", "bee.jpg", placed=False)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE places; DROP TABLE forgotten")
    with open_gallery(path) as gallery:
        assert (gallery.places(), gallery.forgotten(), gallery.roots()) == ({}, (), [])
    monkeypatch.chdir(tmp_path)
    with open_gallery(path, write=True) as gallery:
        movements = met(gallery, "photos", "ant.jpg", "moved.jpg")
        gallery.move(movements.names, movements.places)
        assert gallery.places() == {1: Place(str(tmp_path / "photos"), "ant.jpg")}
        assert gallery.remove(photos=["photos/bee.jpg"]) == (2,)
        assert [photo.photo for photo in gallery.forgotten()] == ["photos/bee.jpg"]
    # What it moves itself, without a word of the place, is not taken for being there.
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE items SET photo = 'photos/other.jpg' WHERE id = 1")
    with open_gallery(path) as gallery:
        assert gallery.places() == {}


def test_a_folder_above_the_root_need_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the system's refusal: homes lie in a folder that others may pass and not list."""
    place = Place(str(tmp_path / "homes" / "me"), "ant/1.jpg")
    (ant,) = lay(tmp_path / "homes" / "me", place.below)
    denied = {str(tmp_path / "homes"): os.R_OK}
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & denied.get(str(path), 0))
    assert closed_above(place, ()) == ""
    for path in (ant, ant.parent, tmp_path / "homes" / "me"):
        denied[str(path)] = os.R_OK
        assert closed_above(place, ()) == str(path)
    denied[str(tmp_path / "homes")] = os.X_OK
    assert closed_above(place, ()) == str(tmp_path / "homes")
    assert closed_above(place, [str(ant.parent)]) == str(ant.parent)
