"""The benchmark of sides, with a small network that nobody trained."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import house_sides
import numpy as np
import pytest

from resight.errors import DatasetError
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.io.model_card import ModelCard
from resight.nn.backbones.house import house
from resight.nn.mining.sampler import parted
from resight.training import model_conversion
from resight.training.decoded_photos import identity_of
from resight.types import Preprocess

pytestmark = pytest.mark.usefixtures("few_rounds")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty photos of coarse noise, and four that are too small."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(24):
        side = 140 if number < 20 else 64
        photo = images.resize(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), (side, side))
        (folder / f"{number:02}.png").write_bytes(images.encode(photo, ".png"))
    return folder


@pytest.fixture(scope="module")
def model(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was made of the photos and learned from the half of them."""
    folder = tmp_path_factory.mktemp("made") / "model"
    config = {"photos": identity_of(discover(photos).entries, 32), "album": 32, "held_out": 14, "seed": 3}
    network = house((4, 4, 4, 4, 4, 8), (1, 1, 1), rng=np.random.default_rng(1))
    card = ModelCard("tiny", "house", "context", 8, 16, Preprocess(long_side=96), config=config)
    model_conversion.package(network, folder, card=card)
    return folder


@pytest.fixture
def asked(photos: Path, model: Path, tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(
        model=model,
        photos=[photos],
        sides=[64],
        beside=[],
        known=4,
        quick=False,
        cache=tmp_path / "cache",
    )


def test_each_side_is_compared_with_the_models_own(asked: argparse.Namespace) -> None:
    report = house_sides.main(asked)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.markdown.splitlines() if "|" in line]
    assert "### 8 views of everyday photos, half of them of 4 known ones" in report.markdown
    assert [row[0] for row in rows[2:]] == ["64", "96"]
    assert rows[3][3:] == ["", "", ""]
    assert rows[2][3][0] in "+−."
    told = json.loads(json.dumps(report.data, allow_nan=False))
    assert told["own"] == 96
    confidences = {side: [each["confidence"] for each in one["answers"]] for side, one in told["asked"].items()}
    assert confidences["64"] != confidences["96"]
    assert [sum(each["answerable"] for each in one["answers"]) for one in told["asked"].values()] == [4, 4]


def test_other_encoders_are_asked_the_same_at_their_own_side(asked: argparse.Namespace, tmp_path: Path) -> None:
    network = house((4, 4, 4, 4, 4, 8), (1, 1, 1), rng=np.random.default_rng(2))
    model_conversion.package(
        network, tmp_path / "other", card=ModelCard("another", "house", "context", 8, 16, Preprocess(long_side=48))
    )
    asked.beside = [tmp_path / "other", asked.model]
    told = house_sides.main(asked).data["asked"]
    assert list(told) == ["64", "96", "another", "tiny"]
    assert told["tiny"] == told["96"] != told["another"]
    assert [each["query"] for each in told["another"]["answers"]] == [each["query"] for each in told["96"]["answers"]]


def test_what_is_asked_was_held_out_and_is_large(asked: argparse.Namespace, photos: Path, tmp_path: Path) -> None:
    entries = discover(photos).entries
    rows, _ = parted(len(entries), held_out=14, seed=3)
    pack = house_sides._asked([entries[row] for row in rows], 4, tmp_path)
    assert {entry.name for entry in pack.references} <= {entries[row].name for row in rows if row < 20}
    assert [len(entry.labels) for entry in pack.queries] == [1] * 4 + [0] * 4
    assert all(pack.answers(entry) == bool(entry.labels) for entry in pack.queries)


def test_more_known_photos_than_there_are_are_refused(asked: argparse.Namespace) -> None:
    asked.known = 9
    with pytest.raises(DatasetError, match="large photos are held out; wanted more than 18: know fewer"):
        house_sides.main(asked)
