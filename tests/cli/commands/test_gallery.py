"""A gallery kept in order from the command line."""

from __future__ import annotations

import io
import os
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from resight.errors import EncoderMismatch
from resight.gallery.stores.opening import open_gallery
from resight.indexing import index
from tests.cli.conftest import NASTY, SHOWN, shape


def test_list_tells_what_is_known(run: Any, indexed: Path, golden: Any) -> None:
    told = run("gallery", "list", indexed)
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == [
        f"{'instance':{len(SHOWN)}}  photos",
        f"{'coffee':{len(SHOWN)}}       2",
        f"{SHOWN}       2",
    ]
    told = run("gallery", "list", indexed, "--json")
    assert told.lines == [{"instance": "coffee", "photos": 2}, {"instance": NASTY, "photos": 2}]
    golden("gallery list", shape(told.lines[0]))


def test_show_tells_the_photos_of_one_thing(run: Any, indexed: Path, museum: Path, golden: Any) -> None:
    part, whole = (museum / "reference" / "coffee" / name for name in ("part.jpg", "whole.jpg"))
    told = run("gallery", "show", indexed, "coffee")
    assert [line.split()[-1] for line in told.out.splitlines()] == ["photo", str(part), str(whole)]
    assert f" 570 × 380  {part.stat().st_size:,}  " in told.out
    told = run("gallery", "show", indexed, "coffee", "--json")
    assert [item["path"] for item in told.lines] == [os.path.realpath(part), os.path.realpath(whole)]
    assert [(item["photo"], item["width"], item["bytes"]) for item in told.lines] == [
        (str(part), 570, part.stat().st_size),
        (str(whole), 600, whole.stat().st_size),
    ]
    golden("gallery show", shape(told.lines[0]))


def test_show_suggests_the_near_name(run: Any, indexed: Path) -> None:
    told = run("gallery", "show", indexed, "cofee")
    assert (told.status, told.out) == (1, "")
    assert told.err.endswith("did you mean 'coffee'?\n")
    assert "gallery list" in run("gallery", "show", indexed, "zebra").err


def test_remove_with_yes(run: Any, gallery: Path, golden: Any) -> None:
    told = run("gallery", "remove", gallery, "coffee", "--yes", "--json")
    assert (told.status, told.err) == (0, "")
    assert told.lines == [{"gallery": str(gallery), "removed": 2}]
    golden("gallery remove", shape(told.lines[0]))
    assert run("gallery", "list", gallery, "--json").lines == [{"instance": NASTY, "photos": 2}]


def test_remove_single_photos(run: Any, gallery: Path, museum: Path) -> None:
    photo = museum / "reference" / "coffee" / "part.jpg"
    assert run("gallery", "remove", gallery, "--photo", photo, "-y").out == f"{gallery}: 1 photo removed\n"
    assert run("gallery", "list", gallery, "--json").lines[0] == {"instance": "coffee", "photos": 1}


def test_remove_asks_nobody_and_so_removes_nothing(run: Any, gallery: Path) -> None:
    told = run("gallery", "remove", gallery, "coffee")
    assert (told.status, told.out) == (1, "")
    assert "add --yes" in told.err
    assert len(run("gallery", "list", gallery, "--json").lines) == 2


class Terminal(io.StringIO):
    """Standard input on which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("reply", "left"), [("y\n", 1), ("Yes\n", 1), ("n\n", 2), ("\n", 2), ("", 2)])
def test_remove_asks_on_a_terminal(
    run: Any, gallery: Path, monkeypatch: pytest.MonkeyPatch, reply: str, left: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(reply))
    told = run("gallery", "remove", gallery, NASTY)
    assert told.status == left - 1
    assert told.err.startswith(f"Remove {SHOWN} (2 photos) from {gallery}? [y/N] ")
    assert told.out == ("" if left == 2 else f"{gallery}: 2 photos removed\n")
    with open_gallery(gallery) as opened:
        assert len(opened.instances()) == left


def test_remove_refuses_unknown_names_before_it_asks(run: Any, gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    told = run("gallery", "remove", gallery, "coffee", "zebra")
    assert (told.status, told.out) == (1, "")
    assert "[y/N]" not in told.err
    assert run("gallery", "remove", gallery, "--photo", "zebra.jpg", "-y").status == 1
    assert len(run("gallery", "list", gallery, "--json").lines) == 2


def test_remove_wants_a_name(run: Any, gallery: Path) -> None:
    told = run("gallery", "remove", gallery, "--yes")
    assert (told.status, told.out) == (2, "")
    assert "name an INSTANCE" in told.err


def test_rename(run: Any, gallery: Path, golden: Any) -> None:
    assert (
        run("gallery", "rename", gallery, "coffee", "[tea]\nx").out
        == f"{gallery}: 2 photos of coffee now called [tea]\\nx\n"
    )
    told = run("gallery", "rename", gallery, NASTY, "[tea]\nx")
    assert (told.status, told.out) == (1, "")
    told = run("gallery", "rename", gallery, NASTY, "[tea]\nx", "--merge", "--json")
    assert told.lines == [{"gallery": str(gallery), "old": NASTY, "new": "[tea]\nx", "photos": 2}]
    golden("gallery rename", shape(told.lines[0]))
    assert run("gallery", "list", gallery, "--json").lines == [{"instance": "[tea]\nx", "photos": 4}]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_may_be_typed_in_any_form(run: Any, indexed: Path, form: Any) -> None:
    typed = f"\u00a0{unicodedata.normalize(form, NASTY)}\u200b "
    assert [item["instance"] for item in run("gallery", "show", indexed, typed, "--json").lines] == [NASTY, NASTY]


def test_names_that_differ_in_case_or_blanks_alone_are_told(run: Any, gallery: Path) -> None:
    assert "did you mean 'coffee'?" in run("gallery", "show", gallery, "COF FEE").err
    told = run("gallery", "rename", gallery, NASTY, "Cof fee")
    assert told.err.startswith("alike: 'Cof fee' and 'coffee' are different things by case or blanks alone")
    assert len(run("gallery", "list", gallery, "--json").lines) == 2


def calibrated(gallery: Path) -> tuple[bool, int]:
    """Whether a gallery's calibration is of the photos it holds now, and of how many photos it was fitted."""
    with open_gallery(gallery) as opened:
        stored = opened.calibration()
        assert stored is not None
        return stored.revision == opened.revision, stored.parameters["photos"]


def test_the_calibration_follows_what_is_removed_and_renamed(run: Any, gallery: Path, museum: Path) -> None:
    assert calibrated(gallery) == (True, 4)
    run("gallery", "remove", gallery, "--photo", museum / "reference" / "coffee" / "part.jpg", "-y")
    assert calibrated(gallery) == (True, 3)
    run("gallery", "rename", gallery, "coffee", NASTY, "--merge")
    assert calibrated(gallery) == (True, 3)


def test_removing_everything_leaves_nothing_to_calibrate(run: Any, gallery: Path) -> None:
    told = run("gallery", "remove", gallery, "coffee", NASTY, "--yes")
    assert (told.status, told.out) == (0, f"{gallery}: 4 photos removed\n")


def test_a_change_stays_where_no_calibration_can_be_fitted(
    run: Any, gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: Path) -> Any:
        raise EncoderMismatch("the model is gone")

    monkeypatch.setattr(index, "recalibrate", failing)
    told = run("gallery", "remove", gallery, "coffee", "--yes")
    assert (told.status, told.out) == (0, f"{gallery}: 2 photos removed\n")
    assert told.err == "the calibration is still that of before: the model is gone\n"


def test_interrupted_it_says_that_the_change_is_done(run: Any, gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(index, "recalibrate", interrupted)
    whole = Path(shutil.copy(gallery, gallery.with_name("whole.gallery")))
    waits = "and that stays; the calibration waits for the next `resight index`"
    told = run("gallery", "rename", gallery, "coffee", "tea")
    assert (told.status, told.err) == (130, f"interrupted: coffee is renamed to tea, {waits}\n")
    told = run("gallery", "remove", whole, "coffee", "-y")
    assert (told.status, told.err) == (130, f"interrupted: 2 photos removed, {waits}\n")
    assert [line["instance"] for line in run("gallery", "list", whole, "--json").lines] == [NASTY]
    # From here on the calibration is not of what the gallery holds, and no small change makes up for that.
    told = run("gallery", "rename", gallery, "tea", "green tea")
    waits = "the calibration was not of all that the gallery holds: it waits for the next `resight index`"
    assert (told.status, told.err) == (0, f"{waits}\n")


def test_remove_what_lies_below_a_folder(run: Any, gallery: Path, museum: Path) -> None:
    told = run("gallery", "remove", gallery, "--below", museum / "query", "-y")
    assert told.status == 1
    assert f"its photos are from {museum}" in told.err
    below = museum / "reference" / "coffee"
    told = run("gallery", "remove", gallery, "--below", below, "-y")
    assert (told.status, told.out) == (0, f"{gallery}: 2 photos removed\n")


def test_copy(run: Any, gallery: Path, golden: Any, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    copy = tmp_path / "backup" / "known.gallery"
    told = run("gallery", "copy", gallery, tmp_path / "backup", "--json")
    assert told.lines == [{"gallery": str(gallery), "copy": str(copy), "photos": 4, "bytes": copy.stat().st_size}]
    golden("gallery copy", shape(told.lines[0]))
    told = run("gallery", "copy", gallery, copy)
    assert (told.status, told.out) == (1, "")
    assert "exists already" in told.err
    assert "--replace" in told.err
    assert run("gallery", "copy", gallery, copy, "--replace").out.startswith(f"{copy}: a copy of {gallery}, 4 photos, ")


def test_copy_goes_into_a_folder_or_says_that_there_is_none(run: Any, indexed: Path, tmp_path: Path) -> None:
    assert run("gallery", "copy", indexed, f"{tmp_path}/").status == 0
    assert (tmp_path / indexed.name).is_file()
    told = run("gallery", "copy", indexed, f"{tmp_path}/none/")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith(f"error: there is no folder {tmp_path}/none/: make it first")
    assert not (tmp_path / "none").exists()


def test_a_gallery_that_may_not_be_read_is_refused_in_its_own_words(
    run: Any, gallery: Path, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode, **_: Path(path) != gallery)
    for asked in (["gallery", "list", gallery], ["info", gallery], ["recognise", query, "-g", gallery]):
        told = run(*asked)
        assert (told.status, told.out) == (1, "")
        assert told.err == f"error: {gallery} may not be read: ask its owner for permission, or use a copy\n"


def test_check(run: Any, gallery: Path, golden: Any) -> None:
    assert run("gallery", "check", gallery).out == f"{gallery} is sound: 4 photos of 2 things\n"
    told = run("gallery", "check", gallery, "--json")
    facts = {"gallery": str(gallery), "sound": True, "photos": 4, "instances": 2, "empty": [], "look_alikes": []}
    assert told.lines == [facts]
    golden("gallery check", shape(told.lines[0]))
    content = bytearray(gallery.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    gallery.write_bytes(content)
    told = run("gallery", "check", gallery)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: ")


def test_compact(run: Any, gallery: Path, golden: Any) -> None:
    run("gallery", "remove", gallery, "coffee", "--yes")
    told = run("gallery", "compact", gallery, "--json")
    assert (told.status, told.err) == (0, "")
    (sizes,) = told.lines
    assert sizes["bytes"] == gallery.stat().st_size < sizes["bytes_before"]
    golden("gallery compact", shape(sizes))
    assert run("gallery", "compact", gallery).out.endswith(" MB now\n")
