"""Indexing from the command line: what is told, what is printed, and where the gallery lies."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from PIL import Image

from resight.gallery.records import Item
from resight.indexing import index as indexing
from resight.indexing.index_report import IndexReport, KeptName
from resight.indexing.relocation import AbsentFolder
from resight.progress import Job, Progress
from tests.cli.conftest import NASTY, SHOWN, shape
from tests.jobs import job


@pytest.fixture
def photos(museum: Path, tmp_path: Path) -> Path:
    """A folder "photos" of the museum's two photos of coffee."""
    return Path(shutil.copytree(museum / "reference" / "coffee", tmp_path / "photos" / "coffee")).parent


def test_again_is_quick_and_adds_nothing(run: Any, museum: Path, gallery: Path) -> None:
    told = run("index", museum, "-g", gallery)
    assert told.status == 0
    assert told.out == f"{gallery}: 0 photos added, 4 there already\n"
    assert (
        told.err
        == "calibrated by asking about 4 photos as if unknown: it can promise false-accept rates from 25.0 % up\n"
    )


def test_the_gallery_is_called_after_the_first_folder(
    run: Any, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    told = run("index", ".", "--json")
    assert told.status == 0
    assert (photos / "photos.gallery").is_file()
    assert told.lines[0]["gallery"] == "photos.gallery"


def test_problems_are_told_beside_the_data(run: Any, museum: Path, photos: Path, gallery: Path, golden: Any) -> None:
    """A damaged photo, one known as something else, and one that the table leaves out."""
    (photos / "metadata.csv").write_text(
        "file_name,label\ncoffee/bad.jpg,tea\ncoffee/whole.jpg,tea\n", encoding="utf-8"
    )
    (photos / "coffee" / "bad.jpg").write_bytes(b"no photo")
    told = run("index", photos, "-g", gallery, "--json")
    assert told.status == 1
    (report,) = told.lines
    golden("index", shape(report))
    assert (report["added"], report["already_there"]) == (0, 0)
    lines = sorted(told.err.splitlines())
    assert lines.pop(0).startswith("calibrated by asking about 4 photos")
    assert lines[0] == f"conflict: {photos}/coffee/whole.jpg is tea, but the same file is known as coffee"
    assert lines[1] == f"left out: {photos}/coffee/part.jpg is not in its folder's table"
    assert lines[2].startswith("names that are known stay")
    assert lines[3].startswith(f"unreadable: {photos}/coffee/bad.jpg: cannot read")
    assert len(lines) == 4


def test_photos_that_were_met_elsewhere_are_no_reason_to_fail(run: Any, photos: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.gallery"
    run("index", photos, "-g", path)
    shutil.copytree(photos / "coffee", tmp_path / "others" / "tea")
    shutil.rmtree(photos)
    photos.mkdir()
    told = run("index", tmp_path / "others", photos, "-g", path)
    assert (told.status, told.out) == (0, f"{path}: 0 photos added, 0 there already, 2 conflicts\n")
    assert "away" not in told.err


def test_a_wrong_row_is_told_the_rest_is_indexed_and_the_status_is_1(run: Any, photos: Path, tmp_path: Path) -> None:
    rows = ["coffee/whole.jpg,tea,Reference", "gone.jpg,tea,", "coffee/part.jpg,tea,TEST"]
    (photos / "metadata.csv").write_text("\n".join(["file_name,label,split", *rows]), encoding="utf-8")
    (photos / "tea").mkdir()
    (photos / "tea" / "IMG_1.CR2").write_bytes(b"raw")
    told = run("index", photos, "-g", tmp_path / "new.gallery", "--json")
    assert told.status == 1
    (report,) = told.lines
    assert (report["added"], report["not_indexed"]) == (1, {"query": 1})
    assert f"error: {photos}/metadata.csv, line 3: 'gone.jpg' is no file in this folder" in told.err.splitlines()
    assert f"passed over: .cr2 (1): {photos}/tea/IMG_1.CR2" in told.err.splitlines()
    assert "not indexed: 1 photo of the split query; only references are made known" in told.err.splitlines()
    assert f"note: split 'TEST' read as query (1): {photos}/coffee/part.jpg" in told.err.splitlines()


def test_names_are_stored_as_they_are_and_shown_safely(run: Any, museum: Path, gallery: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again" / "tea"
    shutil.copytree(museum / "reference" / NASTY, folder)
    told = run("index", folder.parent, "-g", gallery)
    assert f"known as {SHOWN}" in told.err
    assert NASTY not in told.err
    (report,) = run("index", folder.parent, "-g", gallery, "--json").lines
    assert {clash["known_as"] for clash in report["conflicts"]} == {NASTY}


def test_options_reach_the_library(run: Any, museum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def index(roots: Any, path: Any, **options: Any) -> Job[IndexReport]:
        asked.append((roots, path, options))
        return job(Progress("photos", 2, 2), result=IndexReport(2, added=2))

    monkeypatch.setattr(indexing, "iter_index", index)
    path = tmp_path / "new.gallery"
    assert run("index", museum, "--gallery", path).status == 0
    run("index", museum, "-g", path, "-e", "vlad", "--encoder", "bow", "--unknown", "x", "--unknown", "y", "--rebuild")
    run("index", museum, "-g", path, "--rebuild", "--yes", "--again", "--format", "folders")
    plain = {"encoders": None, "unknown": (), "examples": (), **dict.fromkeys(("rebuild", "forget", "again"), False)}
    plain |= {"format": None}
    assert asked == [
        ([str(museum)], path, plain),
        ([str(museum)], path, {**plain, "encoders": ["vlad", "bow"], "unknown": ["x", "y"], "rebuild": True}),
        ([str(museum)], path, {**plain, "rebuild": True, "forget": True, "again": True, "format": "folders"}),
    ]


def test_what_is_missing_removed_or_called_otherwise_is_told_in_few_lines(
    run: Any, museum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = IndexReport(
        9,
        absent_folders=(AbsentFolder("/mnt/a drive", 1200),),
        unplaced=2,
        removed=["museum/tea/1.jpg", "museum/tea/2.jpg"],
        kept_names=[KeptName(f"museum/cup/{number}.jpg", "cup", "tea") for number in range(3)],
        forgotten_photos=tuple(Item(id, f"old/{id}.jpg", "bee", b"", 1, 1, 1, {}) for id in range(2)),
        similar_names=(("Bee", "bee"),),
        unreadable_things=("jug", "bowl"),
    )
    monkeypatch.setattr(indexing, "iter_index", lambda *_, **__: job(result=report))
    forget = "`resight gallery remove GALLERY --below '/mnt/a drive'` forgets them"
    assert run("index", museum, "-g", tmp_path / "new.gallery").err.splitlines()[:-1] == [
        f"away: /mnt/a drive is missing or empty, where 1,200 known photos lay: mount it, or {forget}",
        "unplaced: 2 known photos not met here; an older resight indexed them and did not write down from which folder",
        "forgotten: 2 photos of bee, known before and not read in these folders",
        "removed before: 2 photos (such as museum/tea/1.jpg) stay out; --again takes in what was removed",
        "name kept: 3 photos of cup known as tea, as it was renamed in the gallery",
        "alike: 'Bee' and 'bee' are different things by case or blanks alone: "
        "`resight gallery rename GALLERY OLD NEW --merge` makes them one",
        "without a photo that can be read, so not known: jug, bowl",
    ]
    rebuilt = run("index", museum, "-g", tmp_path / "new.gallery", "--rebuild").err
    assert "name kept: 3 photos of cup known as tea, as before" in rebuilt.splitlines()


def test_an_interruption_says_that_nothing_is_lost(run: Any, museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def index(*_: Any, **__: Any) -> Iterator[Progress]:
        yield Progress("photos", 1, 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(indexing, "iter_index", index)
    told = run("index", museum)
    assert (told.status, told.out) == (130, "")
    assert "nothing was stored yet, and the same command goes on from the first photo" in told.err


def test_an_interruption_says_what_is_kept(
    run: Any, museum: Path, gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "iter_index", Mock(side_effect=KeyboardInterrupt))
    told = run("index", museum, "-g", gallery)
    assert (told.status, told.err) == (
        130,
        "interrupted: what was stored is kept, and the same command goes on from there\n",
    )


def test_a_row_without_a_label_is_told_with_its_line(run: Any, photos: Path, gallery: Path) -> None:
    names = sorted(path.name for path in (photos / "coffee").iterdir())
    rows = f"coffee/{names[0]},coffee\ncoffee/{names[1]},\n"
    (photos / "metadata.csv").write_text(f"file_name,label\n{rows}", encoding="utf-8")
    told = run("index", photos, "-g", gallery, "--json")
    assert f"unlabelled: {photos}/coffee/{names[1]}: its row has no label ({photos}/metadata.csv, line 3)" in told.err
    assert told.lines[0]["unlabelled_rows"] == {f"{photos}/coffee/{names[1]}": f"{photos}/metadata.csv, line 3"}


def test_an_unknown_encoder_is_refused_and_leaves_no_gallery(run: Any, museum: Path, tmp_path: Path) -> None:
    told = run("index", museum, "-g", tmp_path / "new.gallery", "--encoder", "classicle")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: there is no encoder 'classicle'")
    assert list(tmp_path.iterdir()) == []


def test_json_is_one_line(run: Any, museum: Path, gallery: Path) -> None:
    told = run("index", museum, "-g", gallery, "--json")
    assert json.loads(told.out)["already_there"] == 4
    assert told.out.count("\n") == 1


def test_pictures_with_two_names_and_unknown_photos_that_are_known_are_told(
    run: Any, museum: Path, gallery: Path, tmp_path: Path
) -> None:
    """With the ids that a person needs to do something about it, in words and as JSON."""
    picture = Image.open(museum / "reference" / "coffee" / "whole.jpg")
    (tmp_path / "more" / "tea").mkdir(parents=True)
    picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(tmp_path / "more" / "tea" / "anew.png")
    (tmp_path / "unknown").mkdir()
    shutil.copy(museum / "reference" / "coffee" / "whole.jpg", tmp_path / "unknown" / "same.jpg")
    told = run("index", tmp_path / "more", "-g", gallery, "--unknown", tmp_path / "unknown", "--json")
    (report,) = told.lines
    (pair,) = report["near_duplicates"]
    assert [photo["instance"] for photo in pair] == ["coffee", "tea"]
    lines = told.err.splitlines()
    (line,) = (line for line in lines if line.startswith("near duplicate: "))
    assert f"{pair[1]['photo']} (id {pair[1]['id']}) is tea" in line
    assert f"known as coffee: {pair[0]['photo']} (id {pair[0]['id']})" in line
    assert "`resight gallery rename GALLERY tea coffee --merge`" in told.err
    (known,) = report["recognised"]
    assert (known["instance"], known["probability"], Path(known["photo"]).name) == ("coffee", 1, "same.jpg")
    assert f"not unknown: {known['photo']} shows coffee" in told.err


def test_photos_that_look_like_too_many_others_are_told(
    run: Any, museum: Path, gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resight.calibration.near_duplicates.LAID", 0)
    picture = Image.open(museum / "reference" / "coffee" / "whole.jpg")
    (tmp_path / "more" / "tea").mkdir(parents=True)
    picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(tmp_path / "more" / "tea" / "anew.png")
    told = run("index", tmp_path / "more", "-g", gallery, "--json")
    (crowded,) = told.lines[0]["crowded"]
    assert crowded["photo"].endswith("anew.png")
    assert f"crowded: 1 photo (such as {crowded['photo']}) with" in told.err
