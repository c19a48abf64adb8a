"""What a class would like to see, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from resight.nn.networks import architectures
from tests.cli.conftest import shape
from tests.nn.brightness import PLAN, SIDE, weight_file


@pytest.fixture
def asked(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(architectures.ARCHITECTURES, "brightness", PLAN)
    weights = weight_file(tmp_path)

    def ask(*options: object) -> Any:
        where = ("--save", tmp_path / "new" / "ideal.png", "--architecture", "brightness", "--side", SIDE)
        return run("model", "visualise-class", weights, *where, *options)

    return ask


def test_it_is_drawn(asked: Any, tmp_path: Path) -> None:
    told = asked("--class", 1)
    assert (told.status, told.err) == (0, "")
    name, written = told.out.splitlines()
    assert name.startswith("class 1: the network takes its picture for it with ")
    assert written == f"wrote {tmp_path / 'new' / 'ideal.png'}"
    with Image.open(tmp_path / "new" / "ideal.png") as picture:
        assert picture.size == (SIDE, SIDE)


def test_the_json_tells_the_class(asked: Any, golden: Any) -> None:
    (found,) = asked("--class", 0, "--json").lines
    golden("model visualise-class", shape(found))
    assert (found["class"], found["name"]) == (0, "class 0")


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--class", "2"], 1, "error: class 2 does not exist: the network has 2 classes"),
        (["--class", "cat"], 2, "Invalid value for '--class'"),
        ([], 2, "Missing option '--class'"),
    ],
)
def test_what_cannot_be_asked_is_told(asked: Any, options: list[str], status: int, message: str) -> None:
    told = asked(*options)
    assert (told.status, told.out) == (status, "")
    assert message in " ".join(told.err.split())
