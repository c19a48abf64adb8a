"""Forms of weights: rounded as the formula says, written as model folders, and as large as they are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from data import forms

from resight.errors import ModelError
from resight.io import model_folder
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model
from resight.nn.backbones.house import house
from resight.nn.networks import architectures
from resight.runtimes import openvino
from resight.training import model_conversion
from resight.types import Preprocess

WIDTHS = (8, 8, 8, 16, 16, 32)
"""Of a small network, though not so small that a rounding in it shows in what it computes."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A small network that nobody trained, with its weights in float32."""
    network = house(WIDTHS, (1, 1, 1), rng=np.random.default_rng(0))
    card = ModelCard("tiny", "house", "context", WIDTHS[-1], 16, Preprocess(long_side=64))
    return model_conversion.package(network, tmp_path_factory.mktemp("models") / "tiny", card=card)


@pytest.fixture
def whole_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the card calls house is the small network, and nncf is not installed."""
    small = partial(house, WIDTHS, (1, 1, 1))
    monkeypatch.setitem(
        architectures.ARCHITECTURES, "house", replace(architectures.ARCHITECTURES["house"], network=small)
    )
    monkeypatch.setattr(forms, "find_spec", lambda name: None)


def test_kernels_are_rounded_output_by_output() -> None:
    kernels = np.random.default_rng(0).normal(size=(5, 2, 3, 3)) * np.array([1, 0.01, 100, 1, 1])[:, None, None, None]
    kernels[3] = 0
    found = forms.rounded(kernels)
    for kernel, rounded in zip(kernels, found, strict=True):
        largest = max(abs(number) for number in kernel.flat)
        for number, near in zip(kernel.flat, rounded.flat, strict=True):
            steps = [count * largest / 127 for count in range(-127, 128)]
            assert near == pytest.approx(min(steps, key=lambda step: abs(step - number)), abs=1e-12)
    assert not np.shares_memory(kernels, found)


@pytest.mark.usefixtures("whole_house")
def test_each_form_is_a_model_folder(model: Model, tmp_path: Path) -> None:
    folders = forms.made(model, None, tmp_path)
    assert list(folders) == [forms.WHOLE, forms.HALF, forms.STEPPED]
    numbers = {name: openvino.convolutions(folder / model_folder.BACKBONE[0]) for name, folder in folders.items()}
    for whole, half, stepped in zip(*numbers.values(), strict=True):
        assert half[0] == pytest.approx(whole[0].astype(np.float16).astype(np.float32))
        spread = np.abs(whole[0]).max(axis=(1, 2, 3), keepdims=True)
        assert (np.abs(stepped[0] - whole[0]) <= 1.001 * spread / 254).all()
        assert all(len(np.unique(kernel)) <= 255 for kernel in stepped[0])
    assert forms.made(model_folder.load(model.folder), None, tmp_path) == folders


@pytest.mark.usefixtures("whole_house")
def test_a_form_s_size_is_what_it_takes_to_store(model: Model, tmp_path: Path) -> None:
    folders = forms.made(model, None, tmp_path)
    sizes = {name: forms.size(name, folder) for name, folder in folders.items()}
    numbers = sum(kernels.size for kernels, _ in openvino.convolutions(folders[forms.WHOLE] / model_folder.BACKBONE[0]))
    assert numbers < sizes[forms.STEPPED] < sizes[forms.HALF] < sizes[forms.WHOLE]
    assert 4 * numbers < sizes[forms.WHOLE] == (folders[forms.WHOLE] / model_folder.BACKBONE[1]).stat().st_size


def test_weights_that_are_not_there_are_asked_for(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="name it with --weights"):
        forms.made(model, tmp_path / "none.safetensors", tmp_path)
