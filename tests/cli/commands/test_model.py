"""Models made and shown from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resight.features.encoder import HOUSE
from resight.io import model_folder
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model
from resight.training import model_conversion
from resight.types import Preprocess
from tests.cli.conftest import shape
from tests.galleries import some, write


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """A model folder whose network is a stand-in: it is described, not run."""
    files = {}
    for name in model_folder.BACKBONE:
        files[name] = tmp_path / name
        files[name].write_bytes(name.encode())
    card = ModelCard("small\n", "resnet50v2", "stage2", 512, 8, Preprocess(long_side=320))
    return model_folder.save(card, tmp_path / "model", files=files)


def test_show_tells_what_the_card_says(run: Any, model: Model, golden: Any) -> None:
    told = run("model", "show", model.folder)
    assert (told.status, told.err) == (0, "")
    assert "name          small\\n\n" in told.out
    assert "  long side   320\n" in told.out
    (facts,) = run("model", "show", model.folder, "--json").lines
    assert facts["fingerprint"] == model.fingerprint
    golden("model show", shape(facts))


def test_show_refuses_a_model_that_was_changed(run: Any, model: Model) -> None:
    model.backbone.write_bytes(b"other")
    told = run("model", "show", model.folder)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: ")


@pytest.fixture
def asked(model: Model, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the conversion was asked, which makes ``model`` of it."""
    asked: list[Any] = []

    def from_weights(architecture: str, file: Path, **options: Any) -> Model:
        asked.append((architecture, file, options))
        return model

    monkeypatch.setattr(model_conversion, "from_weights", from_weights)
    return asked


def test_options_reach_the_library(run: Any, asked: list[Any], model: Model) -> None:
    told = run("model", "from-weights", "w.pth", "--architecture", "resnet50v2")
    assert (told.status, told.err) == (0, "")
    assert told.out == f"{model.folder}: resnet50v2 up to stage2, 512 channels\n"
    options = ("--cut", "stage3", "--name", "mine", "--long-side", 480, "-o", "out", "--json")
    (facts,) = run("model", "from-weights", "w.pth", "--architecture", "resnet50v2", *options).lines
    assert facts == model.to_dict() | {"preprocess": facts["preprocess"]}
    assert asked == [
        ("resnet50v2", Path("w.pth"), {"folder": None, "cut": None, "name": None, "long_side": 320}),
        ("resnet50v2", Path("w.pth"), {"folder": Path("out"), "cut": "stage3", "name": "mine", "long_side": 480}),
    ]


def test_a_photo_without_a_side_is_wrong_usage(run: Any, asked: list[Any]) -> None:
    told = run("model", "from-weights", "w.pth", "--architecture", "resnet50v2", "--long-side", 0)
    assert (told.status, told.out, asked) == (2, "", [])
    assert "--long-side" in told.err


def test_a_background_is_given_from_the_command_line(run: Any, known_photos: Any, tmp_path: Path) -> None:
    photos = write(tmp_path / "photos", some(known_photos, "coffee", "coins"))
    told = run("model", "background", HOUSE, photos, "-o", tmp_path / "given", "--count", "2")
    assert (told.status, told.out) == (0, f"{tmp_path / 'given'}: house with a background of 2 photos\n")
    assert model_folder.load(tmp_path / "given").background.shape[0] == 2
    told = run("model", "background", HOUSE, photos, "-o", tmp_path / "more", "--count", "3")
    assert (told.status, told.out) == (1, "")
    assert "wanted 3: add everyday photos, or ask for fewer" in " ".join(told.err.split())
    for number in range(3):  # of two in five one at least is drawn first
        (photos / f"torn-{number}.jpg").write_bytes(b"no photo")
    (photos / "raw.cr2").write_bytes(b"raw")
    told = run("model", "background", HOUSE, photos, "-o", tmp_path / "most", "--count", "2", "--json")
    assert told.status == 1
    [facts] = told.lines
    assert facts["refused"][0]["place"] == f"{photos}/raw.cr2"
    assert facts["unreadable"]
    assert all(f"unreadable: {line}" in told.err for line in facts["unreadable"])
