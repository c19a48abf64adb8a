from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.errors import ModelError
from resight.explain.classifiers.ideal import ideal
from resight.nn.networks import architectures
from resight.nn.networks.pretrained import whole
from resight.nn.networks.weights import write
from resight.progress import Progress
from tests.nn.brightness import PLAN, SIDE, weight_file


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    plan = replace(PLAN, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    monkeypatch.setitem(architectures.ARCHITECTURES, "brightness", plan)
    return weight_file(tmp_path)


def test_it_is_what_the_class_is_of(weights: Path) -> None:
    """Of the class that likes brightness, a bright picture, and the network agrees."""
    seen: list[Progress] = []
    dark, bright = (
        ideal(weights, target, architecture="brightness", side=SIDE, watch=seen.append) for target in (0, 1)
    )
    assert [step.done for step in seen[:128]] == [*range(1, 129)]
    assert dark.image.shape == bright.image.shape == (SIDE, SIDE, 3)
    assert dark.image.mean() < 30
    assert bright.image.mean() > 150
    assert min(dark.probability, bright.probability) > 0.9
    assert (bright.name, bright.to_dict()["class"]) == ("class 1", 1)


def test_a_seed_is_a_picture(tmp_path: Path) -> None:
    write(whole("squeezenet1_1"), tmp_path / "drawn.safetensors")
    found = [
        ideal(tmp_path / "drawn.safetensors", 3, architecture="squeezenet1_1", side=32, seed=seed) for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(found[0].image, found[1].image)
    assert not np.array_equal(found[0].image, found[2].image)
    assert 0 < (found[0].image == 255).mean() + (found[0].image == 0).mean() < 0.5  # it is not clipped to two colours


def test_a_class_that_does_not_exist_is_refused(weights: Path) -> None:
    with pytest.raises(ModelError, match="class 2 does not exist: the network has 2 classes"):
        ideal(weights, 2, architecture="brightness", side=SIDE)


def test_it_is_written_whole(weights: Path, tmp_path: Path) -> None:
    ideal(weights, 1, architecture="brightness", side=SIDE).save(tmp_path / "bright.png")
    assert (tmp_path / "bright.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.partial"))
