"""Where a classifier sees a class, from the command line: words, JSON with the map, and a picture."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.nn.networks import architectures
from tests.cli.conftest import shape
from tests.nn.brightness import PLAN, SIDE, weight_file


@pytest.fixture
def asked(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``asked(*options)`` of a photo with a bright spot; a classifier tells dark (0) from bright (1)."""
    monkeypatch.setitem(architectures.ARCHITECTURES, "brightness", PLAN)
    pixels = np.full((640, 960, 3), 90, np.uint8)
    pixels[160:320, 640:800] = 250
    Image.fromarray(pixels).save(tmp_path / "spot.png")
    weights = weight_file(tmp_path)

    def ask(*options: object, photo: Path = tmp_path / "spot.png", architecture: str = "brightness") -> Any:
        where = ("--save", tmp_path / "new" / "where.png", "--architecture", architecture, "--side", SIDE)
        return run("model", "map", weights, photo, *where, *options)

    return ask


def test_it_says_what_was_found_and_how_far_to_trust_it(asked: Any, tmp_path: Path) -> None:
    told = asked("--class", 1)
    assert (told.status, told.err) == (0, "")
    name, sentence, region, hidden, *_, written = told.out.splitlines()
    assert name.startswith("class 1: ")
    assert name.endswith(" %")
    assert sentence.startswith("class-map: bright where a window centred there is taken for class 1, with ")
    assert region.startswith("best region: 320 × 320 pixels from (")
    assert hidden.startswith("tested: hiding the brightest places first leaves ")
    assert written == f"wrote {tmp_path / 'new' / 'where.png'}"
    with Image.open(tmp_path / "new" / "where.png") as picture:
        assert picture.width > 900


def test_the_json_holds_the_map(asked: Any, golden: Any, tmp_path: Path) -> None:
    (found,) = asked("--class", 1, "--method", "grad-cam", "--json").lines
    golden("model map", shape(found))
    assert (found["class"], found["picture"]) == (1, str(tmp_path / "new" / "where.png"))
    assert base64.b64decode(found["maps"][0]["png"]).startswith(b"\x89PNG")
    left, top, width, height = found["box"]
    assert left <= 720 <= left + width
    assert top <= 240 <= top + height


def test_the_likeliest_class_is_asked_about_and_called_by_its_name(asked: Any, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("dark\x1b[31m\nbright\n", encoding="utf-8")
    told = asked("--names", names)
    assert told.out.startswith("dark\\x1b[31m: ")


def test_a_map_that_means_little_is_said_to(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from resight.explain.classifiers.classifier import Classifier

    monkeypatch.setattr(Classifier, "persistence", lambda *_, **__: 0.9)
    told = asked("--class", 1)
    assert "This map means little: a network that is half noise draws much the same" in told.out


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--method", "magic"], 2, "there is no method 'magic'; wanted one of class-map, grad-cam, cam, "),
        (["--class", "-1"], 2, "found '-1'; wanted the number of a class, from 0, or best"),
        (["--class", "cat"], 2, "found 'cat'; wanted the number of a class, from 0, or best"),
        (["--class", "2"], 1, "error: class 2 does not exist: the network has 2 classes"),
        (["--names", "nowhere.txt"], 1, "error: nowhere.txt cannot be read (No such file or directory): check"),
        (["--save", "where.tiff"], 2, "a drawing cannot be written as .tiff"),
    ],
)
def test_what_cannot_be_asked_is_told(asked: Any, options: list[str], status: int, message: str) -> None:
    told = asked(*options)
    assert (told.status, told.out) == (status, "")
    assert message in " ".join(told.err.split())


def test_weights_of_another_network_and_what_is_no_photo_are_told(asked: Any, tmp_path: Path) -> None:
    told = asked(architecture="squeezenet1_1")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: the weights are those of another network; they fit brightness: name that")
    assert told.err.count("\n") == 1
    told = asked(architecture="house")
    assert "error: house ends in a feature map; wanted a network with a classifier" in told.err
    told = asked(photo=tmp_path / "brightness.safetensors")
    assert (told.status, told.out) == (1, "")
    assert "cannot read" in told.err


def test_without_captum_the_extra_is_named(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captum", None)
    told = asked("--method", "guided-backpropagation")
    assert (told.status, told.out) == (1, "")
    assert told.err == 'error: this map needs captum: pip install "resight[explain]"\n'
