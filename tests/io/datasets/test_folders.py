"""All that lies in a folder: photos, what is passed over, what is closed, and links, in one order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.datasets.folders import SYSTEM_FOLDERS, beside, listing, notes, passed_over, shown


def _lay(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff")
    return root


def _names(paths: list[Path]) -> list[str]:
    return [path.as_posix() for path in paths]


def test_photos_are_told_from_other_files(tmp_path: Path) -> None:
    _lay(tmp_path, "b/2.jpg", "a/photo", "a/1.CR2").joinpath("a/notes.txt").write_text("notes")
    found = listing(tmp_path)
    assert _names(found.photos) == ["a/1.CR2", "a/photo", "b/2.jpg"]
    assert _names(found.by_content) == ["a/1.CR2", "a/photo"]
    assert _names(found.others) == ["a/notes.txt"]
    assert _names(found.folders) == ["a", "b"]


@pytest.mark.parametrize(
    "name",
    [
        *sorted(SYSTEM_FOLDERS),
        "$recycle.bin",
        "$winreagent",
        "$extend",
        "found.000",
        "found.001",
        "_vti_cnf",
        "@__qini",
        "@synoresource",
        "#recovery#",
    ],
)
def test_folders_that_systems_make_are_not_entered(tmp_path: Path, name: str) -> None:
    _lay(tmp_path, "a/1.jpg", f"{name.upper()}/x/2.jpg", f"a/{name}/3.jpg")
    found = listing(tmp_path)
    assert _names(found.photos) == ["a/1.jpg"]
    assert sorted(_names(found.passed)) == sorted([name.upper(), f"a/{name}"])


@pytest.mark.parametrize("name", ["@home", "@nasa", "#1", "#1#", "$100", "found.me", "found", "Recycle Bin"])
def test_what_a_person_may_call_a_thing_is_entered(tmp_path: Path, name: str) -> None:
    assert _names(listing(_lay(tmp_path, f"{name}/1.jpg")).photos) == [f"{name}/1.jpg"]


def test_the_folder_that_was_named_is_entered_whatever_its_name(tmp_path: Path) -> None:
    assert _names(listing(_lay(tmp_path / "#recycle", "a/1.jpg")).photos) == ["a/1.jpg"]


def test_hidden_photos_are_counted_and_what_systems_write_beside_photos_is_not(tmp_path: Path) -> None:
    _lay(
        tmp_path, "a/1.jpg", "a/._1.jpg", "a/.DS_Store", "a/Thumbs.db", "Desktop.ini", ".a/2.jpg", "a/.3.jpg", ".git/x"
    )
    found = listing(tmp_path)
    assert (_names(found.photos), _names(found.others), _names(found.passed)) == (
        ["a/1.jpg"],
        ["a/.3.jpg"],
        [".a", ".git"],
    )
    told = {group.kind: group.such_as for group in passed_over(tmp_path, found.others, found.passed)}
    assert told == {
        "hidden file": (f"{tmp_path}/a/.3.jpg",),
        "hidden folder": (f"{tmp_path}/.a", f"{tmp_path}/.git"),
    }


def test_a_closed_folder_is_told_and_the_others_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the system's refusal: whoever runs the tests may be allowed everything."""
    _lay(tmp_path, "a/1.jpg", "closed/2.jpg")
    listed = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = listing(tmp_path)
    assert _names(found.photos) == ["a/1.jpg"]
    (closed,) = found.closed
    assert (closed.place, "Permission denied" in closed.reason) == (f"{tmp_path}/closed", True)


def test_folders_beside_one_count_where_photos_lie_directly_inside(tmp_path: Path) -> None:
    _lay(tmp_path, "a/1.jpg", "b/2.JPG", "c/notes.txt", "d/deep/3.jpg", "e/.4.jpg", "5.jpg")
    assert [folder.name for folder in beside(tmp_path / "a")] == ["b"]
    assert [folder.name for folder in beside(tmp_path / "c")] == ["a", "b"]
    assert beside(tmp_path / "d" / "deep") == []


def test_a_file_that_cannot_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _lay(tmp_path, "a/1.jpg", "a/photo")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (closed,) = listing(tmp_path).closed
    assert closed.place == f"{tmp_path}/a/photo"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot list '.*gone' \(No such file or directory\): wanted a folder"):
        listing(tmp_path / "gone")


def test_links_out_of_the_folder_are_followed_and_told(tmp_path: Path) -> None:
    root = _lay(tmp_path / "photos", "a/1.jpg")
    _lay(tmp_path, "elsewhere/2.jpg", "3.jpg", "photos2/4.jpg")
    try:
        (root / "b").symlink_to(tmp_path / "elsewhere")
    except OSError:
        pytest.skip("this file system has no links")
    (root / "a/3.jpg").symlink_to(tmp_path / "3.jpg")
    (root / "a/4.jpg").symlink_to(tmp_path / "photos2" / "4.jpg")
    (root / "a/again.jpg").symlink_to("1.jpg")
    (root / "a/gone").symlink_to("nowhere")
    found = listing(root)
    assert _names(found.photos) == ["a/1.jpg", "a/3.jpg", "a/4.jpg", "a/again.jpg", "b/2.jpg"]
    assert _names(found.links) == ["a/3.jpg", "a/4.jpg", "b"]
    assert _names(found.others) == ["a/gone"]
    assert notes(root, found)["link out of the folder, followed"] == [
        f"{root}/{path}" for path in ("a/3.jpg", "a/4.jpg", "b")
    ]


def test_a_path_is_shown_as_text() -> None:
    assert shown(Path("a/Ægir 日本.jpg")) == "a/Ægir 日本.jpg"
    assert shown(Path(os.fsdecode(b"caf\xe9/1.jpg"))) == "caf\\xe9/1.jpg"


def test_links_to_folders_inside_are_told_and_what_they_lead_to_counts_once(tmp_path: Path) -> None:
    _lay(tmp_path, "a/1.jpg").joinpath("a/notes.txt").write_text("notes")
    try:
        (tmp_path / "b").symlink_to("a")
    except OSError:
        pytest.skip("this file system has no links")
    (tmp_path / "a/loop").symlink_to("..")
    (tmp_path / "a/itself").symlink_to(".")
    found = listing(tmp_path)
    assert _names(found.photos) == ["a/1.jpg", "b/1.jpg"]
    assert (_names(found.links), _names(found.inner)) == ([], ["b"])
    assert _names(found.loops) == ["a/itself", "a/loop", "b/itself", "b/loop"]
    told = notes(tmp_path, found)
    assert told["link back into the folder, not followed"][:2] == [f"{tmp_path}/a/itself", f"{tmp_path}/a/loop"]
    assert told["link to a folder inside, followed as well"] == [f"{tmp_path}/b"]
    (group,) = passed_over(tmp_path, found.others, found.passed)
    assert (group.kind, group.count, group.such_as) == (".txt", 1, (f"{tmp_path}/a/notes.txt",))
