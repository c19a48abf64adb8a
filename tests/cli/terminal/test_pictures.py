"""Drawings never overwrite each other within one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from resight.cli.terminal.pictures import pictures, tell_drawn


def test_a_folder_gets_a_namesake_of_each_photo() -> None:
    found = pictures(Path("out"), ["a/coffee.jpg", "b/tea.PNG", "-", "known.parquet/3/vase.webp"])
    assert found == [Path(f"out/{stem}.why.jpg") for stem in ("coffee", "tea", "photo", "vase")]


def test_namesakes_are_numbered_also_where_only_capitals_differ_or_a_number_is_taken() -> None:
    found = pictures(Path("out"), ["a/x.jpg", "x-2.jpg", "b/X.jpg", "c/x.png", "photo.jpg", "-"])
    assert [path.name.removesuffix(".why.jpg") for path in found] == ["x", "x-2", "X-3", "x-4", "photo", "photo-2"]


@pytest.mark.parametrize("name", ["why.jpg", "why.PNG", "deep/why.webp"])
def test_one_photo_may_have_a_file_of_its_own(name: str) -> None:
    assert pictures(Path(name), ["coffee.jpg"]) == [Path(name)]


def test_one_file_for_two_photos_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match=r"one file for 2 photos; wanted a folder"):
        pictures(Path("why.png"), ["a.jpg", "b.jpg"])


def test_a_folder_that_is_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out.png"
    folder.mkdir()
    assert pictures(folder, ["a.jpg", "b.jpg"]) == [folder / "a.why.jpg", folder / "b.why.jpg"]


def test_a_photo_is_never_replaced_by_its_drawing(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a photo")
    for spelling in (photo, tmp_path / "." / "photo.jpg"):
        with pytest.raises(typer.BadParameter, match="is the photo that is asked about"):
            pictures(spelling, [str(photo)])
    assert pictures(tmp_path, [str(photo)]) == [tmp_path / "photo.why.jpg"]


@pytest.mark.parametrize("name", ["out.gif", "out.PDF", "out.txt", "deep/out.xyz"])
def test_a_drawing_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=r"cannot be written as .*; wanted one of \.jpg, \.jpeg"):
        pictures(tmp_path / name, ["a.jpg"])
    (tmp_path / name).mkdir(parents=True)
    assert pictures(tmp_path / name, ["a.jpg"]) == [tmp_path / name / "a.why.jpg"]


def test_no_drawing_in_a_folder_replaces_a_photo_that_is_asked_about(tmp_path: Path) -> None:
    """Such a photo may well be called like a drawing: an old one was asked about."""
    names = [str(tmp_path / name) for name in ("x.jpg", "x.why.jpg", "y.jpg")]
    assert [path.name for path in pictures(tmp_path, names)] == ["x-2.why.jpg", "x.why.why.jpg", "y.why.jpg"]


@pytest.mark.parametrize("name", ["x" * 250, "猫" * 83, "\udcff" * 250])
def test_a_name_is_cut_where_a_file_could_not_have_it(tmp_path: Path, name: str) -> None:
    found = pictures(tmp_path, [f"a/{name}.jpg", f"b/{name}.jpg"])
    assert found[0].name.startswith(name[:60])
    assert found[1].name.endswith("-2.why.jpg")
    for path in found:
        assert len(os.fsencode(path.name)) <= 255
        path.touch()


def test_what_was_drawn_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell_drawn(Path("why.png"), [Path("why.png")])
    tell_drawn(Path("why"), [Path("why/a.why.jpg"), Path("why/b.why.jpg")])
    tell_drawn(Path("why"), [])
    assert capsys.readouterr() == ("", "wrote why.png\nwrote 2 drawings into why\n")
