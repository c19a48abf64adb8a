"""A gallery made anew: nothing that a person has told it is forgotten unsaid."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from resight.search.makers import encoders_of
from tests.galleries import Photos, content, quick, some, write


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def made(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of two things, and the gallery of both; only to be read."""
    folder = tmp_path_factory.mktemp("made")
    roots = [
        write(folder / "A", some(known_photos, "coffee", "page")),
        write(folder / "B", some(known_photos, "coins")),
    ]
    index(roots, folder / "known.gallery", encoders=["classical"])
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same to do with as one likes, and known from here."""
    shutil.copytree(made, tmp_path / "made")
    with open_gallery(tmp_path / "made" / "known.gallery", write=True) as gallery:
        roots = {id: tmp_path / "made" / Path(place.root).name for id, place in gallery.places().items()}
        gallery.move({}, {id: replace(place, root=str(roots[id])) for id, place in gallery.places().items()})
    return tmp_path / "made"


def instances(path: Path) -> list[str]:
    with open_gallery(path) as gallery:
        return sorted(item.instance for item in gallery.items())


def test_what_would_be_forgotten_is_told_and_refused(folder: Path) -> None:
    path = folder / "known.gallery"
    before = content(path)
    with pytest.raises(GalleryError, match=r"would forget 1 of its 3 photos, .*: 'coins' \(1\)") as refused:
        index(folder / "A", path, encoders=["vlad"], rebuild=True)
    assert f"`resight index {folder}/A {folder}/B -g {path} --encoder vlad --rebuild`" in str(refused.value)
    assert content(path) == before
    (folder / "B").rename(folder / "C")
    for roots, more in ([folder / "A", folder / "B"], "add --yes"), ([folder / "A"], "name all its folders"):
        with pytest.raises(GalleryError, match=rf"1\): mount what is missing or empty \({folder}/B\), or {more}"):
            index(roots, path, rebuild=True)
    report = index(folder / "A", path, rebuild=True, forget=True)
    assert [item.instance for item in report.forgotten_photos] == ["coins"]
    assert report.to_dict()["lost"] == [{"photo": report.forgotten_photos[0].photo, "instance": "coins"}]
    assert instances(path) == ["coffee", "page"]


def test_no_folder_brings_back_a_file_that_is_deleted(folder: Path) -> None:
    path = folder / "known.gallery"
    (folder / "A" / "coffee" / "whole.png").unlink()
    told = r"'coffee' \(1\): their files are gone or changed, and only --yes \(from Python forget=True\) goes on"
    with pytest.raises(GalleryError, match=told):
        index([folder / "A", folder / "B"], path, rebuild=True)
    shutil.copytree(folder / "A" / "page", folder / "C" / "page")
    with pytest.raises(GalleryError, match=told):  # its folder was not named, and would not help
        index([folder / "C", folder / "B"], path, rebuild=True)


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Closes a folder or a file, by a stand-in for the system's refusal."""

    def closing(closed: Path) -> None:
        listed, access = Path.iterdir, os.access

        def refuse(folder: Path) -> Iterator[Path]:
            if folder == closed:
                raise PermissionError(13, "Permission denied", str(folder))
            return listed(folder)

        monkeypatch.setattr(Path, "iterdir", refuse)
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and access(path, mode))

    return closing


@pytest.mark.parametrize("closed", ["A/coffee", "A/coffee/whole.png"])
def test_what_is_closed_is_named_and_not_called_gone(folder: Path, close: Callable[[Path], None], closed: str) -> None:
    path, before = folder / "known.gallery", content(folder / "known.gallery")
    close(folder / closed)
    told = rf"'coffee' \(1\): open what is closed \({folder / closed}: check the permissions\) and try again, or add"
    with pytest.raises(GalleryError, match=told) as refused:
        index([folder / "A", folder / "B"], path, rebuild=True)
    assert "gone" not in str(refused.value)
    assert str(refused.value).endswith(", or add --yes (from Python forget=True) to go on without them and forget them")
    assert content(path) == before


def test_a_closed_folder_that_was_not_named_is_no_less_named(folder: Path, close: Callable[[Path], None]) -> None:
    close(folder / "A")
    told = rf"would forget 2 .*: open what is closed \({folder}/A: .*, or name all its folders: "
    with pytest.raises(GalleryError, match=told):
        index(folder / "B", folder / "known.gallery", rebuild=True)


def test_each_loss_has_its_own_reason(folder: Path, close: Callable[[Path], None]) -> None:
    (folder / "B").rename(folder / "C")
    close(folder / "A" / "coffee")
    told = rf"would forget 2 .*: open .* \({folder}/A/coffee.*, or mount what is missing or empty \({folder}/B\)"
    with pytest.raises(GalleryError, match=told):
        index([folder / "A", folder / "B"], folder / "known.gallery", rebuild=True)


def test_a_known_photo_whose_file_is_damaged_is_not_forgotten_unsaid(folder: Path) -> None:
    path, before = folder / "known.gallery", content(folder / "known.gallery")
    (folder / "A" / "coffee" / "whole.png").write_bytes(b"no photo")
    roots = [folder / "A", folder / "B"]
    told = rf"would forget 1 .*: restore what cannot be read \({folder}/A/coffee/whole.png\) and try again, or add"
    with pytest.raises(GalleryError, match=told):
        index(roots, path, rebuild=True)
    assert content(path) == before
    report = index(roots, path, rebuild=True, forget=True)
    assert [item.instance for item in report.forgotten_photos] == ["coffee"]
    assert instances(path) == ["coins", "page"]


def test_a_file_that_lies_elsewhere_now_is_not_forgotten(folder: Path) -> None:
    (folder / "B" / "coins").rename(folder / "A" / "coins")
    assert index(folder / "A", folder / "known.gallery", rebuild=True).forgotten_photos == ()
    assert instances(folder / "known.gallery") == ["coffee", "coins", "page"]


def test_new_names_are_carried_over_by_content(folder: Path) -> None:
    path = folder / "known.gallery"
    with open_gallery(path, write=True) as gallery:
        gallery.rename("coffee", "Coffee, black")
        gallery.rename("coins", "page", merge=True)
    (folder / "A" / "coffee" / "whole.png").rename(folder / "A" / "moved.png")
    (folder / "A" / "coffee").rmdir()
    (folder / "A" / "cup").mkdir()
    (folder / "A" / "moved.png").rename(folder / "A" / "cup" / "1.png")
    report = index([folder / "A", folder / "B"], path, rebuild=True)
    assert instances(path) == ["Coffee, black", "page", "page"]
    assert [(kept.instance, kept.known_as) for kept in report.kept_names] == [
        ("cup", "Coffee, black"),
        ("coins", "page"),
    ]
    assert report.label_conflicts == []


def test_removed_photos_stay_out_until_they_are_asked_for_again(folder: Path) -> None:
    path, roots = folder / "known.gallery", [folder / "A", folder / "B"]
    with open_gallery(path, write=True) as gallery:
        gallery.remove(instances=["coins"])
    for rebuild in (False, True, False):
        report = index(roots, path, rebuild=rebuild)
        assert report.removed == [f"{folder}/B/coins/whole.png"]
        assert report.done == report.total == 3
        assert instances(path) == ["coffee", "page"]
    assert index(roots, path, again=True).added == 1
    assert instances(path) == ["coffee", "coins", "page"]
    assert index(roots, path).removed == []
    with open_gallery(path) as gallery:
        assert gallery.forgotten() == ()


def test_a_gallery_that_would_know_nothing_takes_nobody_s_place(folder: Path) -> None:
    path = folder / "known.gallery"
    with open_gallery(path, write=True) as gallery:
        gallery.remove(instances=["coffee", "page"])
    before = content(path)
    told = r"would know nothing: of 2 photos 2 removed before, which --again .* takes in: nothing was changed"
    with pytest.raises(GalleryError, match=told):
        index(folder / "A", path, rebuild=True, forget=True)
    assert content(path) == before
    assert sorted(one.name for one in folder.iterdir()) == ["A", "B", "known.gallery"]
    assert index(folder / "A", path, rebuild=True, forget=True, again=True).added == 2
    assert instances(path) == ["coffee", "page"]


def test_the_advice_names_all_folders(folder: Path) -> None:
    path = folder / "known.gallery"
    command = f"`resight index {folder}/A {folder}/B -g {path}"
    with pytest.raises(EncoderMismatch) as refused:
        index(folder / "A", path, encoders=["vlad"])
    assert f"{command} --encoder vlad --rebuild`" in str(refused.value)
    with open_gallery(path) as gallery:
        encoders_of(gallery)
        with pytest.raises(EncoderMismatch) as refused:
            gallery.require(["another"])
    assert f"{command} --rebuild`" in str(refused.value)
