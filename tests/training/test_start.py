"""Where training starts: a model folder, a weight file, or what ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from resight.errors import TrainingError
from resight.io import model_folder
from resight.nn.backbones.house import house
from resight.training import model_conversion, start


def test_a_model_folder_is_trained_further_from_its_own_weights(untrained: Path, tmp_path: Path) -> None:
    from resight.nn.networks import weights

    model = start.begun(untrained, None, tmp_path / "scratch")
    state = weights.read(untrained / model_folder.WEIGHTS)
    found = start.network(model).state_dict()
    assert all((found[key] == value).all() for key, value in state.items())


def test_a_weight_file_becomes_a_model_and_is_made_anew_when_gone_on(untrained: Path, tmp_path: Path) -> None:
    file = untrained / model_folder.WEIGHTS
    made = [start.begun(file, "house", tmp_path / "scratch").fingerprint for _ in range(2)]
    assert made[0] == made[1]


def test_a_weight_file_wants_its_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--architecture"):
        start.begun(untrained / model_folder.WEIGHTS, None, tmp_path / "scratch")


def test_a_model_folder_wants_no_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="leave out the architecture"):
        start.begun(untrained, "resnet18", tmp_path / "scratch")


def test_a_model_without_weights_is_trained_from_what_runs(untrained: Path, tmp_path: Path) -> None:
    """As the one that ships: it computes the same, and has the layers to learn with."""
    expected = house()
    generator = torch.Generator().manual_seed(0)
    for norm in expected.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            for leaf in (norm.weight, norm.bias, norm.running_var):
                torch.nn.init.uniform_(leaf, 0.5, 1.5, generator=generator)
    folder = tmp_path / "model"
    model_conversion.package(expected, folder, card=model_folder.load(untrained).card)
    card = json.loads((folder / model_folder.CARD).read_text(encoding="utf-8"))
    del card["sha256"][model_folder.WEIGHTS]
    (folder / model_folder.CARD).write_text(json.dumps(card), encoding="utf-8")
    (folder / model_folder.WEIGHTS).unlink()
    found = start.network(model_folder.load(folder))
    photo = torch.rand(1, 3, 64, 80, generator=generator)
    with torch.inference_mode():
        assert model_conversion.disagreement(expected(photo).numpy(), found(photo).numpy()) < model_conversion.TOLERANCE
    assert found.state_dict().keys() == expected.state_dict().keys()


def test_nothing_named_is_what_ships(tmp_path: Path) -> None:
    model = start.begun(None, None, tmp_path)
    assert model.card.architecture == "house"
    assert not start.network(model).training


def test_where_nothing_ships_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "HOUSE", tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="ships no encoder"):
        start.begun(None, None, tmp_path)
