"""Reference of an explanation: a known photo by its names, another photo, or neither."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resight.errors import PhotoError
from resight.recognition.reference import Reference


class Index:
    """One known photo, 7, of coffee."""

    def __init__(self) -> None:
        self.items = {7: SimpleNamespace(instance="coffee")}

    def find(self, name: str) -> int | None:
        return 7 if name in ("coffee", "coffee/1.jpg") else None

    def local(self, id: int) -> str:
        return f"local features of {id}"


INDEX: Any = Index()


def extract(photo: Any) -> Any:
    return SimpleNamespace(local=f"local features of {photo}")


@pytest.mark.parametrize("name", ["coffee", "coffee/1.jpg"])
def test_a_known_photo_is_not_extracted_again(name: str) -> None:
    found = Reference.of(INDEX, name, lambda photo: pytest.fail("it was extracted"))
    assert (found.local, found.target, found.id, found.title) == ("local features of 7", "coffee", 7, "Known photo")


def test_another_photo_has_its_path_for_a_name(tmp_path: Path) -> None:
    path = tmp_path / "new.jpg"
    path.touch()
    found = Reference.of(INDEX, str(path), extract)
    assert (found.local, found.target, found.id) == (f"local features of {path}", str(path), None)
    assert Reference.of(INDEX, b"pixels", extract).target == found.title.lower() == "the other photo"


def test_a_name_of_neither_is_refused_with_the_nearest() -> None:
    with pytest.raises(PhotoError, match=r"'cofee' is no known thing.*did you mean 'coffee'"):
        Reference.of(INDEX, "cofee", extract)
