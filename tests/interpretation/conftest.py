"""What the tests of interpretation share: squares whose place is told by one patch of colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from resight.nn.backbones.initialisation import initialise
from resight.nn.networks.architectures import IMAGENET
from resight.nn.networks.place_classifiers import PlaceClassifier


@pytest.fixture(scope="session")
def coloured() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Noisy photos ``(24, 112, 112, 3)`` of two places: the upper left is red, or the lower right is blue."""
    rng = np.random.default_rng(3)
    labels = np.arange(24) % 2
    photos = rng.integers(90, 160, (24, 112, 112, 3), dtype=np.uint8)
    photos[labels == 0, :56, :56] = (230, 20, 20)
    photos[labels == 1, 56:, 56:] = (20, 20, 230)
    return photos, labels


@pytest.fixture
def tiny() -> Any:
    """``tiny(seed)``: a classifier of two places with a map of 8 channels behind "relu", for photos of 28 pixels."""

    def made(seed: int = 0, side: int = 28, stride: int = 4) -> PlaceClassifier:
        network = nn.Sequential()
        count = 8 * (side // stride) ** 2
        for name, layer in (
            ("conv", nn.Conv2d(3, 8, stride, stride=stride)),
            ("relu", nn.ReLU()),
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(count, 2)),
        ):
            network.add_module(name, layer)
        initialise(network, np.random.default_rng(seed))
        with torch.no_grad():
            network.fc.weight.mul_(0.1)  # type: ignore[operator, union-attr]
        return PlaceClassifier("tiny", network.eval(), "relu", *IMAGENET)

    return made
