"""The sanity check of Adebayo et al. 2018: what a map shows must go with what the network has learned.

Two networks that have learned something are drawn anew from the last layer to the first: the house encoder as it ships,
and a classifier that learns here, in seconds, which of ten photographs a piece is of.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resight.explain.classifiers.class_activation import cam, grad_cam
from resight.explain.classifiers.sanity_check import cascade, depth, persistence
from resight.explain.similarity_map import grad_cam as closed
from resight.explain.similarity_map import gradient, similarity_map
from resight.features.aggregate import gem
from resight.features.encoder import HOUSE
from resight.features.head import head
from resight.features.pullback import pullback
from resight.io import images, model_folder
from resight.nn.backbones.initialisation import initialised
from resight.training import model_conversion
from resight.types import Head

Array = npt.NDArray[Any]
PIECES = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "moon", "text")
SIDE = 48


def _lay_out() -> nn.Sequential:
    layers: list[nn.Module] = []
    entering = 3
    for width, pooled in ((16, True), (32, False), (32, True), (64, False), (64, False)):
        layers += [nn.Conv2d(entering, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if pooled else []
        entering = width
    pool = nn.AdaptiveAvgPool2d(1)
    fc = nn.Linear(entering, len(PIECES))
    return nn.Sequential(OrderedDict(features=nn.Sequential(*layers), avgpool=pool, flatten=nn.Flatten(), fc=fc))


def _piece(known_photos: dict[str, Array], label: int, rng: np.random.Generator) -> torch.Tensor:
    """A piece of a photograph in grey, so that its colour is not enough to know it."""
    photo = known_photos[PIECES[label]]
    top, left = (int(rng.integers(length - SIDE)) for length in photo.shape[:2])
    grey = photo[top : top + SIDE, left : left + SIDE].mean(axis=2)
    return torch.from_numpy(grey / 127.5 - 1).float().expand(3, -1, -1)


@pytest.fixture(scope="module")
def learned(known_photos: dict[str, Array]) -> nn.Sequential:
    """The classifier, which is right about four pieces of five."""
    rng = np.random.default_rng(0)
    network = initialised(_lay_out, rng=rng).train()
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(120):
        labels = rng.integers(len(PIECES), size=24)
        batch = torch.stack([_piece(known_photos, label, rng) for label in labels])
        optimiser.zero_grad()
        F.cross_entropy(network(batch), torch.from_numpy(labels)).backward()
        optimiser.step()
    labels = rng.integers(len(PIECES), size=100)
    with torch.inference_mode():
        found = network.eval()(torch.stack([_piece(known_photos, label, rng) for label in labels])).argmax(dim=1)
    assert (found.numpy() == labels).mean() > 0.75
    return network


PAIRS = ((1, 3), (6, 0), (7, 4), (9, 2))


@pytest.fixture
def scenes(known_photos: dict[str, Array], rng: np.random.Generator) -> torch.Tensor:
    """Two pieces side by side; the left one is what a map is asked about."""
    return torch.stack([torch.cat([_piece(known_photos, each, rng) for each in pair], dim=2) for pair in PAIRS])


Show = Callable[[nn.Module, int], torch.Tensor]


def _kept(network: nn.Module, show: Show, rng: np.random.Generator) -> Array:
    """What is left of the maps of all scenes at each level, on average."""
    rows = []
    for number in range(len(PAIRS)):

        def one(changed: nn.Module, number: int = number) -> Array:
            return show(changed, number).detach().numpy()

        rows.append([kept for _, kept in persistence(network, one, rng=rng)])
    return np.mean(rows, axis=0)


def _of_piece(method: Any, scenes: torch.Tensor, **options: Any) -> Show:
    return lambda network, number: method(network, scenes[number, None], PAIRS[number][0], **options)[0]


def _share_left(network: nn.Module, show: Show) -> float:
    """Share of a map's heat that lies on the piece which was asked about, on average."""
    heats = [show(network, number).detach().clamp_min(0) for number in range(len(PAIRS))]
    return float(np.mean([heat[:, : heat.shape[1] // 2].sum() / heat.sum() for heat in heats]))


def test_layers_are_drawn_anew_from_the_last_to_the_first(rng: np.random.Generator) -> None:
    network = initialised(_lay_out, rng=rng)
    kept = {key: value.clone() for key, value in network.state_dict().items()}
    names = []
    for name, changed in cascade(network, rng=rng):
        names.append(name)
        same = {key for key, value in changed.state_dict().items() if torch.equal(value, kept[key])}
        assert kept.keys() - same == {f"{each}.weight" for each in names}
    assert names == ["fc", "features.14", "features.11", "features.7", "features.4", "features.0"]
    assert depth(network) == len(names)
    assert all(torch.equal(value, kept[key]) for key, value in network.state_dict().items())


def test_only_the_levels_that_are_asked_for_are_looked_at(rng: np.random.Generator) -> None:
    network, shown = initialised(_lay_out, rng=rng), []

    def show(one: nn.Module) -> Array:
        shown.append(one)
        return one.get_submodule("fc").weight.detach().numpy().copy()

    found = list(persistence(network, show, rng=rng, levels=(2, 6)))
    assert [name for name, _ in found] == ["features.14", "features.0"]
    assert len(shown) == 3
    assert all(abs(kept) < 0.2 for _, kept in found)


@pytest.mark.parametrize(("method", "layer"), [(grad_cam, "features"), (cam, "features")])
def test_class_activation_maps_mind(
    learned: nn.Sequential, scenes: torch.Tensor, rng: np.random.Generator, method: Any, layer: str
) -> None:
    """They find the piece, and lose it with the first layer that is drawn anew."""
    show = _of_piece(method, scenes, layer=layer)
    assert _share_left(learned, show) > 0.85
    assert _kept(learned, show, rng).max() < 0.4


def test_occlusion_minds(learned: nn.Sequential, scenes: torch.Tensor, rng: np.random.Generator) -> None:
    pytest.importorskip("captum", reason='needs captum: pip install "resight[explain]"')
    from resight.explain.classifiers.attribution import occlusion

    show = _of_piece(occlusion, scenes, window=16, stride=16)
    assert _share_left(learned, show) > 0.85
    assert _kept(learned, show, rng).max() < 0.4


def test_saliency_minds_less_and_guided_back_propagation_does_not(
    learned: nn.Sequential, scenes: torch.Tensor, rng: np.random.Generator
) -> None:
    """It shows the photo's edges whatever the network has learned: a pretty map that means nothing."""
    pytest.importorskip("captum", reason='needs captum: pip install "resight[explain]"')
    from resight.explain.classifiers.attribution import guided_backpropagation, saliency

    mean = _kept(learned, _of_piece(saliency, scenes), rng)
    assert mean[0] < 0.75
    assert mean[3:].max() < 0.5
    guided = _kept(learned, _of_piece(guided_backpropagation, scenes), rng)
    assert guided[:4].min() > 0.7  # two thirds of the network are noise, and the map is much the same


def _normalised(photo: Array) -> torch.Tensor:
    return ((torch.from_numpy(photo.copy()).float() / 255 - 0.45) / 0.225).permute(2, 0, 1)[None]


@pytest.fixture(scope="module")
def house() -> nn.Sequential:
    return model_conversion.trainable_network(model_folder.load(HOUSE))


KNOWN = (("coffee", "chelsea"), ("astronaut", "rocket"))


@pytest.fixture(scope="module")
def looked_for(known_photos: dict[str, Array]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Two photos side by side, and the left one turned, darker and cut: what the encoder was trained to find."""
    found = []
    for pair in KNOWN:
        left, right = (images.resize(known_photos[name], (128, 112), resampling="area") for name in pair)
        turned = np.rot90(left[8:-8, 8:-8]) / 255
        known = np.round(255 * (0.75 * turned**1.3 + 0.05)).astype(np.uint8)
        found.append((_normalised(np.concatenate([left, right], axis=1)), _normalised(known)))
    return found


def _row(network: nn.Module, known: torch.Tensor) -> Array:
    with torch.inference_mode():
        return head(gem(network(known)[0].flatten(1).T.double().numpy()), Head())


def _values(network: nn.Module, scene: torch.Tensor) -> Array:
    with torch.inference_mode():
        return network(scene)[0].flatten(1).T.double().numpy()


def _by_channels(network: nn.Module, scene: torch.Tensor, known: torch.Tensor) -> Array:
    """Grad-CAM of the cosine, by the closed form that explains resight's answers."""
    values = _values(network, scene)
    slopes = gradient(values, gem(values), _row(network, known), pullback=pullback("gem"), settings=Head())
    return closed(values, slopes)


def _by_places(network: nn.Module, scene: torch.Tensor, known: torch.Tensor) -> Array:
    values = _values(network, scene)
    return similarity_map(values, gem(values), _row(network, known), pullback=pullback("gem"), settings=Head()).shares


def _guided(network: nn.Module, scene: torch.Tensor, known: torch.Tensor) -> Array:
    from resight.explain.classifiers.attribution import guided_backpropagation

    row = torch.from_numpy(_row(network, known)).float()

    def cosine(maps: torch.Tensor) -> torch.Tensor:
        return F.normalize(gem(maps.flatten(2).mT), dim=1) @ row

    return guided_backpropagation(network, scene, cosine)[0].detach().numpy()


def _left_of_house(show: Any, house: nn.Sequential, looked_for: Any, rng: np.random.Generator, **options: Any) -> Array:
    """What is left of the map at each level, on average of the photos."""
    rows = []
    for scene, known in looked_for:
        asked = partial(show, scene=scene, known=known)
        rows.append([kept for _, kept in persistence(house, asked, rng=rng, **options)])
    return np.mean(rows, axis=0)


def test_the_maps_of_an_answer_mind(house: nn.Sequential, looked_for: Any, rng: np.random.Generator) -> None:
    """Of the house encoder, by the closed forms: drawn anew, it finds other places alike.

    By channels the first layers that are drawn anew change little, since they only mix the channels of their input.
    By places more stays, though never most: a network of noise, too, finds a photo's places like that photo's.
    """
    half = depth(house) // 2
    channels, places = (_left_of_house(show, house, looked_for, rng) for show in (_by_channels, _by_places))
    assert channels[half:].max() < 0.4
    assert channels[-1] < 0.25
    assert places.max() < 0.75
    assert places[0] < 0.45


def test_guided_back_propagation_does_not(house: nn.Sequential, looked_for: Any, rng: np.random.Generator) -> None:
    pytest.importorskip("captum", reason='needs captum: pip install "resight[explain]"')
    first_half = range(1, depth(house) // 2 + 1)
    guided = _left_of_house(_guided, house, looked_for, rng, levels=first_half)
    assert len(guided) == len(first_half)
    assert guided.min() > 0.8
