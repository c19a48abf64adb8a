from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import ModelError
from resight.explain.classifiers import class_names


def test_a_class_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("dark\nbright as day\n\n", encoding="utf-8")
    names = class_names.read(file)
    assert [class_names.name(target, 2, names) for target in (0, 1)] == ["dark", "bright as day"]
    with pytest.raises(ModelError, match="2 classes are named, and the network has 1,000; wanted a name in each line"):
        class_names.name(1, 1000, names)


def test_without_names_it_is_its_number() -> None:
    assert class_names.name(7, 8, None) == "class 7"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes(b"\xff\xfe\x00d")
    with pytest.raises(ModelError, match=r"names\.txt is no text .*; wanted UTF-8 with a class in each line"):
        class_names.read(file)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (".", "is no file; wanted UTF-8 text with a class in each line"),
        ("/dev/zero", "is no file"),  # it would never end
        ("gone.txt", r"gone\.txt cannot be read \(No such file or directory\): check the path"),
    ],
)
def test_what_is_no_file_is_refused(place: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message):
        class_names.read(tmp_path / place)


def test_a_file_too_large_for_names_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names.txt").write_text("dark\nbright\n", encoding="utf-8")
    monkeypatch.setattr(class_names, "LARGEST", 11)
    with pytest.raises(ModelError, match=r"names\.txt has 12 bytes; wanted 11 at most, a class in each line"):
        class_names.read(tmp_path / "names.txt")


@pytest.mark.parametrize("target", [2, -1])
def test_a_class_that_does_not_exist_is_refused(target: int) -> None:
    with pytest.raises(ModelError, match=f"class {target} does not exist: the network has 2 classes; wanted one from"):
        class_names.name(target, 2, None)
