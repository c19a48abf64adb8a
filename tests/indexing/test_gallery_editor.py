"""Editing a gallery: what is added, removed and renamed stays, and the calibration is of what there is then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import resight
from resight.calibration.fitting import is_calibrated
from resight.errors import GalleryError, PhotoError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.gallery_editor import edit
from resight.indexing.index import index
from resight.io import images
from tests.galleries import Photos, quick, seen_again, some, write

NAMES = ("chelsea", "coffee", "page")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def made(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of three photos of three things, only to be read."""
    folder = tmp_path_factory.mktemp("edited")
    index(write(folder / "photos", some(known_photos, *NAMES)), folder / "known.gallery", encoders="classical")
    return folder / "known.gallery"


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """It, to do with as one likes."""
    return Path(shutil.copy(made, tmp_path / "known.gallery"))


def held(path: Path) -> dict[str, int]:
    """What a gallery holds, which must be what it is calibrated to."""
    with open_gallery(path) as gallery:
        assert is_calibrated(gallery)
        return gallery.instances()


def test_an_added_photo_is_recognised_by_who_has_the_gallery_open(path: Path, known_photos: Photos) -> None:
    rocket = known_photos["rocket"]
    with resight.open(path) as museum:
        assert museum.recognise(seen_again(rocket, 0)).instance is None
        with edit(path) as gallery:
            assert gallery.add(rocket, "rocket", name="the start") == 1
            assert gallery.add(rocket, "rocket") == 0
        answer = museum.recognise(seen_again(rocket, 0))
        assert (answer.instance, answer.matches[0].photo) == ("rocket", "the start")
        assert museum.unfinished is None
    assert held(path) == {**dict.fromkeys(NAMES, 1), "rocket": 1}


def test_it_is_what_indexing_the_same_photos_makes(path: Path, known_photos: Photos, tmp_path: Path) -> None:
    """But for the photo's place, which is said to be its own folder."""
    folder = write(tmp_path / "more", some(known_photos, "rocket", "coins"))
    shutil.copy(path, tmp_path / "indexed.gallery")
    index(folder, tmp_path / "indexed.gallery")
    with edit(path) as gallery:
        for name in ("coins", "rocket"):
            gallery.add([folder / name / "whole.png"], name)
    with open_gallery(path) as edited, open_gallery(tmp_path / "indexed.gallery") as indexed:
        assert edited.items() == indexed.items()
        assert {id: place.path for id, place in edited.places().items()} == {
            id: place.path for id, place in indexed.places().items()
        }
        one, other = edited.calibration(), indexed.calibration()
        assert one is not None
        assert other is not None
        assert one.parameters == other.parameters


def test_what_is_removed_is_gone_and_comes_back_when_added(path: Path, known_photos: Photos, made: Path) -> None:
    photo = made.parent / "photos" / "page" / "whole.png"
    with edit(path) as gallery:
        assert gallery.remove("coffee", photos=photo) == 2
    assert held(path) == {"chelsea": 1}
    with edit(path) as gallery:
        assert gallery.remove(below=made.parent / "photos") == 1
        assert gallery.add(photo, "page") == 1
    assert held(path) == {"page": 1}
    with edit(path) as gallery:
        [item] = gallery.gallery.items()
        assert gallery.remove(ids=[item.id]) == 1
    with edit(path) as gallery:  # nothing was left to be calibrated to, and what comes is calibrated all the same
        gallery.add([photo, images.encode(known_photos["coins"], ".jpg")], "mixed")
    assert held(path) == {"mixed": 2}


def test_a_thing_gets_another_name(path: Path) -> None:
    with edit(path) as gallery:
        assert repr(gallery) == f"<GalleryEditor of {str(path)!r}>"
        assert gallery.rename("coffee", "espresso") == 1
        with pytest.raises(GalleryError, match="known already: choose another name"):
            gallery.rename("espresso", "page")
        assert gallery.rename("espresso", "page", merge=True) == 1
    assert held(path) == {"chelsea": 1, "page": 2}


def test_an_error_undoes_nothing_that_was_done(path: Path) -> None:
    def misspelt() -> None:
        with edit(path) as gallery:
            gallery.remove("page")
            gallery.remove("coffee", "cofee")

    with pytest.raises(GalleryError, match=r"'cofee'.*'coffee'"):
        misspelt()
    assert held(path) == {"chelsea": 1, "coffee": 1}


def test_an_interruption_does_not_wait_for_the_calibration(path: Path) -> None:
    def interrupted() -> None:
        with edit(path) as gallery:
            gallery.remove("page")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with resight.open(path) as museum:
        assert museum.unfinished is not None
        assert set(museum.gallery.instances()) == {"chelsea", "coffee"}
    with edit(path) as gallery:  # which the next run of indexing ends, as for the commands
        gallery.rename("coffee", "espresso")
    with open_gallery(path) as after:
        assert not is_calibrated(after)


def test_photos_that_cannot_be_added_are_told_and_the_others_are_added(path: Path, known_photos: Photos) -> None:
    coins = images.encode(known_photos["coins"], ".jpg")
    with edit(path) as gallery:
        with pytest.raises(PhotoError, match=r"8 bytes.*; 1 of 3 photos were added"):
            gallery.add([coins, b"no photo", coins], "coins")
        with pytest.raises(GalleryError, match=r"is known as 'coins' \(id 4\), not 'money': rename that, or remove"):
            gallery.add(coins, "money")
        with pytest.raises(PhotoError, match=r"missing\.jpg"):
            gallery.add("missing.jpg", "coins")
        with pytest.raises(GalleryError, match="the name of the thing is ' '"):
            gallery.add(coins, " ")
        with pytest.raises(ValueError, match="name is 'x' for 2 photos"):
            gallery.add([coins, coins], "coins", name="x")
    assert held(path) == {**dict.fromkeys(NAMES, 1), "coins": 1}


def test_the_work_is_told(path: Path, known_photos: Photos) -> None:
    stages: list[str] = []
    with edit(path, progress=lambda step: stages.append(step.stage)) as gallery:
        gallery.add(Image.fromarray(known_photos["coins"]), "coins")
    assert list(dict.fromkeys(stages))[:1] == ["photos"]
    assert stages[-1] == "calibration"


def test_another_writer_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with edit(path), pytest.raises(GalleryError, match="writ"):
        open_gallery(path, write=True, wait=0)
    with pytest.raises(GalleryError, match="missing"):
        edit(path.with_name("missing.gallery"))
