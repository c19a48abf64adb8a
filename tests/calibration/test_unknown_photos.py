"""Photos that are said to be unknown: asked once each, unless they show a known thing after all, which is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import resight
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from tests.galleries import Photos, quick, seen_again, some, write

NAMES = ("chelsea", "coffee", "page")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("strangers")
    photos = write(root / "photos", some(known_photos, *NAMES))
    index(photos, root / "known.gallery")
    (root / "unknown").mkdir()
    for name in ("moon", "rocket"):
        Image.fromarray(known_photos[name]).save(root / "unknown" / f"{name}.png")
    return root


@pytest.fixture
def path(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(folder / "known.gallery", tmp_path / "known.gallery"))


def unknowns(path: Path) -> int:
    with resight.open(path) as recogniser:
        return recogniser.calibration.counts["unknown"]


def test_each_is_asked_once(folder: Path, path: Path) -> None:
    for _ in range(2):
        report = index(folder / "photos", path, unknown=folder / "unknown")
        assert (report.recognised, unknowns(path), report.unknown_photos) == ([], 2, 5)


def test_what_shows_a_known_thing_is_told_and_not_counted(
    folder: Path, path: Path, known_photos: Photos, tmp_path: Path
) -> None:
    """The very file of a known photo, and a view of another thing, beside two that are unknown indeed."""
    unknown = Path(shutil.copytree(folder / "unknown", tmp_path / "unknown"))
    shutil.copy(folder / "photos" / "page" / "whole.png", unknown / "file.png")
    Image.fromarray(seen_again(known_photos["coffee"], 3)).save(unknown / "view.png")
    (unknown / "bad.jpg").write_bytes(b"")
    for _ in range(2):
        report = index(folder / "photos", path, unknown=unknown)
        told = {Path(one["photo"]).name: one for one in report.to_dict()["recognised"]}
        assert {name: one["instance"] for name, one in told.items()} == {"file.png": "page", "view.png": "coffee"}
        assert told["file.png"]["probability"] == 1
        assert 0.9 <= told["view.png"]["probability"] < 1
        assert [Path(bad.photo).name for bad in report.unreadable] == ["bad.jpg"]
        assert unknowns(path) == 2


def test_one_that_was_counted_before_is_withdrawn(
    folder: Path, path: Path, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a version that believed whatever it was told."""
    (tmp_path / "unknown").mkdir()
    Image.fromarray(seen_again(known_photos["coffee"], 3)).save(tmp_path / "unknown" / "view.png")
    with monkeypatch.context() as patch:
        patch.setattr("resight.calibration.unknown_photos.SURE", 2.0)
        index(folder / "photos", path, unknown=tmp_path / "unknown")
    assert unknowns(path) == 1
    (found,) = index(folder / "photos", path, unknown=tmp_path / "unknown").recognised
    assert found.known.instance == "coffee"
    assert unknowns(path) == 0


def test_what_the_gallery_came_to_hold_is_not_counted(folder: Path, path: Path, tmp_path: Path) -> None:
    index(folder / "photos", path, unknown=folder / "unknown")
    shutil.copytree(folder / "photos", tmp_path / "photos")
    (tmp_path / "photos" / "moon").mkdir()
    shutil.copy(folder / "unknown" / "moon.png", tmp_path / "photos" / "moon")
    index(tmp_path / "photos", path)
    with open_gallery(path) as gallery:
        assert len(gallery) == 4
    assert unknowns(path) <= 1
