"""Where training starts: a model folder, a weight file, or what ships."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from resight.errors import ModelError, TrainingError
from resight.io import models
from resight.training import start


def test_a_model_folder_is_trained_further_from_its_own_weights(untrained: Path, tmp_path: Path) -> None:
    from resight.nn import weights

    model = start.begun(untrained, None, tmp_path / "scratch")
    state = weights.read(untrained / models.WEIGHTS)
    found = start.network(model).state_dict()
    assert all((found[key] == value).all() for key, value in state.items())


def test_a_weight_file_becomes_a_model_and_is_made_anew_when_gone_on(untrained: Path, tmp_path: Path) -> None:
    file = untrained / models.WEIGHTS
    made = [start.begun(file, "house", tmp_path / "scratch").fingerprint for _ in range(2)]
    assert made[0] == made[1]


def test_a_weight_file_wants_its_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--architecture"):
        start.begun(untrained / models.WEIGHTS, None, tmp_path / "scratch")


def test_a_model_folder_wants_no_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="leave out the architecture"):
        start.begun(untrained, "resnet18", tmp_path / "scratch")


def test_a_model_without_weights_cannot_be_trained(untrained: Path, tmp_path: Path) -> None:
    model = models.load(shutil.copytree(untrained, tmp_path / "model"))
    (tmp_path / "model" / models.WEIGHTS).unlink()
    with pytest.raises(ModelError, match="wanted weights to train further"):
        start.network(model)


def test_nothing_named_is_what_ships_or_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "SHIPPED", "no-such-encoder")
    with pytest.raises(TrainingError, match="ships no encoder"):
        start.begun(None, None, tmp_path)
