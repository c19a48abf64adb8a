"""Places: a photo is the same from every folder, and another one of the same name is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resight.io.datasets.place import Place, ids_of_path, located, several_fit


def test_a_place_is_the_root_and_what_lies_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real" / "photos").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path / "link")
    root = str(tmp_path / "real" / "photos")
    for typed, name in (
        ("photos", "photos/ant/1.jpg"),
        ("./photos/", "photos/ant/1.jpg"),
        (Path("photos"), "photos/ant/1.jpg"),
        ("../link/photos", "../link/photos/ant/1.jpg"),
        (f"{tmp_path}/link/photos", f"{tmp_path}/link/photos/ant/1.jpg"),
    ):
        assert located([name], [typed]) == {name: Place(root, "ant/1.jpg")}
    assert located(["ant/1.jpg"], "photos") == {}
    monkeypatch.chdir("photos")
    assert located(["ant/1.jpg"], ".") == {"ant/1.jpg": Place(root, "ant/1.jpg")}
    assert Place(root, "ant/1.jpg").path == os.path.join(root, "ant/1.jpg")


def test_of_several_roots_the_nearest_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "museum").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    names = ["museum/ant/1.jpg", "bee/1.jpg", "../loans/cat/1.jpg"]
    found = located(names, [".", "../loans", "museum"])
    assert [place.root for place in found.values()] == [
        f"{tmp_path}/here/museum",
        f"{tmp_path}/here",
        f"{tmp_path}/loans",
    ]
    assert [place.below for place in found.values()] == ["ant/1.jpg", "bee/1.jpg", "cat/1.jpg"]


@pytest.mark.parametrize(
    ("folder", "lies"), [("/a", True), ("/a/b/", True), ("/a/bc", False), ("/a/b/c.jpg", True), ("/", True)]
)
def test_what_a_place_lies_in(folder: str, lies: bool) -> None:
    assert Place("/a", "b/c.jpg").lies_in(folder) is lies


SHOWN = {1: "photos/ant/1.jpg", 2: "photos/ant/1.jpg", 3: "photos/caf\u00e9.jpg", 4: "photos/old.jpg"}


@pytest.fixture
def places(tmp_path: Path) -> dict[int, Place]:
    """Of three photos; of the fourth nobody wrote it down."""
    for name in ("A", "B"):
        (tmp_path / name / "photos").mkdir(parents=True)
    below = {1: ("A", "ant/1.jpg"), 2: ("B", "ant/1.jpg"), 3: ("A", "caf\u00e9.jpg")}
    return {id: Place(f"{tmp_path}/{root}/photos", name) for id, (root, name) in below.items()}


def test_a_path_means_the_photo_that_lies_there(
    tmp_path: Path, places: dict[int, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "B")
    assert ids_of_path("photos/ant/1.jpg", SHOWN, places) == [2]
    assert ids_of_path("../A/photos/ant/1.jpg", SHOWN, places) == [1]
    assert ids_of_path(f"{tmp_path}/A/photos/ant/1.jpg", SHOWN, places) == [1]
    assert ids_of_path("photos/old.jpg", SHOWN, places) == [4]
    assert ids_of_path("photos/ant/2.jpg", SHOWN, places) == []
    (tmp_path / "B" / "link").symlink_to(tmp_path / "A" / "photos")
    assert ids_of_path("link/cafe\u0301.jpg", SHOWN, places) == [3]


def test_a_name_of_elsewhere_may_fit_several(
    tmp_path: Path, places: dict[int, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ids = ids_of_path("photos/ant/1.jpg", SHOWN, places)
    assert ids == [1, 2]
    told = several_fit("photos/ant/1.jpg", ids, SHOWN, places)
    assert all(f"{tmp_path}/{root}/photos/ant/1.jpg (id {id})" in told for root, id in (("A", 1), ("B", 2)))
