"""The sanity check of Adebayo et al. 2018: what a map shows must go with what the network has learned."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.core.aggregate import gem
from resight.core.head import head
from resight.core.pullback import pullback
from resight.core.rank_correlation import rank_correlation
from resight.core.similarity_map import similarity_map
from resight.encoders import HOUSE
from resight.io import images, models
from resight.nn.class_activation import grad_cam
from resight.nn.drawing import drawn
from resight.nn.randomisation import cascade
from resight.training import start
from resight.types import Head


def _lay_out() -> nn.Sequential:
    layers: list[nn.Module] = []
    entering = 3
    for width in (32, 32, 64, 64, 96):
        layers += [nn.Conv2d(entering, width, 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if width == entering else []
        entering = width
    pool = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(
        OrderedDict(features=nn.Sequential(*layers), avgpool=pool, flatten=nn.Flatten(), fc=nn.Linear(96, 10))
    )


@pytest.fixture
def photo(known_photos: dict[str, Any]) -> torch.Tensor:
    return _normalised(images.resize(known_photos["chelsea"], (64, 64), resampling="area"))


def _normalised(photo: Any) -> torch.Tensor:
    return ((torch.from_numpy(photo.copy()).float() / 255 - 0.45) / 0.225).permute(2, 0, 1)[None]


def _kept(
    network: nn.Module, show: Callable[[nn.Module], torch.Tensor], rng: np.random.Generator, *, beside: str
) -> float:
    """Rank correlation of a map with that of the network whose layers from the last to ``beside`` are drawn anew."""
    before = show(network)
    other = next(changed for name, changed in cascade(network, rng=rng) if name == beside)
    return rank_correlation(before.detach().numpy(), show(other).detach().numpy())


def test_layers_are_drawn_anew_from_the_last_to_the_first(rng: np.random.Generator) -> None:
    network = drawn(_lay_out, rng=rng)
    kept = {key: value.clone() for key, value in network.state_dict().items()}
    names = []
    for name, changed in cascade(network, rng=rng):
        names.append(name)
        same = {key for key, value in changed.state_dict().items() if torch.equal(value, kept[key])}
        assert {key for key in kept if key.endswith("weight")} - same == {f"{each}.weight" for each in names}
    assert names == ["fc", "features.10", "features.7", "features.5", "features.2", "features.0"]
    assert all(torch.equal(value, kept[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("beside", ["fc", "features.5"])
def test_grad_cam_minds(photo: torch.Tensor, rng: np.random.Generator, beside: str) -> None:
    network = drawn(_lay_out, rng=rng)
    kept = _kept(network, lambda one: grad_cam(one, photo, 3, layer="features"), rng, beside=beside)
    assert abs(kept) < 0.6


def test_saliency_minds_and_guided_back_propagation_does_not(photo: torch.Tensor, rng: np.random.Generator) -> None:
    """It shows the photo's edges whatever the network has learned: a pretty map that means nothing."""
    pytest.importorskip("captum", reason='needs captum: pip install "resight[explain]"')
    from resight.nn.attribution import guided_backpropagation, saliency

    network = drawn(_lay_out, rng=rng)
    for beside in ("fc", "features.5"):
        assert _kept(network, lambda one: saliency(one, photo, 3)[0], rng, beside=beside) < 0.4
        assert _kept(network, lambda one: guided_backpropagation(one, photo, 3)[0], rng, beside=beside) > 0.8


def test_similarity_maps_mind(known_photos: dict[str, Any], rng: np.random.Generator) -> None:
    """Of the house encoder as it ships, by the closed form: drawn anew, it finds other places alike."""
    network = start.network(models.load(HOUSE))
    photo, other = (images.resize(known_photos[name], (160, 128), resampling="area") for name in ("coffee", "chelsea"))
    scene = np.concatenate([photo, other], axis=1)

    def show(one: nn.Module) -> torch.Tensor:
        with torch.inference_mode():
            values, known = (one(_normalised(each))[0].flatten(1).T.double().numpy() for each in (scene, photo))
        found = similarity_map(values, gem(values), head(gem(known), Head()), pullback=pullback("gem"), settings=Head())
        return torch.from_numpy(found.shares)

    names = [name for name, _ in cascade(network, rng=rng)]
    assert _kept(network, show, rng, beside=names[0]) < 0.7
    assert _kept(network, show, rng, beside=names[-1]) < 0.5
