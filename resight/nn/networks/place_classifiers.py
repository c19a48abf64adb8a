"""Classifiers of places: the four of Shi 2018, and any other architecture with a classifier of its own drawn anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from torch import nn

from resight.errors import ModelError, suggestion
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.shallow import CONVOLUTIONS, cells, shallow
from resight.nn.backbones.vgg import vgg

from .architectures import ARCHITECTURES, IMAGENET, Network, Triple, architecture, measure
from .pretrained import reclassified, whole

PAPER: Final = ("vgg11", "resnet18", "simple", "simpler")
"""The four networks that Shi 2018 compares, in the order of its tables."""

LAST_MAPS: Final = {"vgg11": "features.19", "simple": "relu4", "simpler": "relu3"}
"""Layers before the last pooling, whose maps the paper's descriptors are: of 14, 18 and 42 cells a side."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceClassifier:
    """A network from photos ``(b, 3, side, side)`` to scores ``(b, k)``, and what it takes them apart by.

    Attributes
    ----------
    name : of the architecture.
    network : up to its scores.
    layer : whose map Grad-CAM looks at.
    mean, std : of the photos that it takes, RGB, on [0, 1].
    """

    name: str
    network: Network
    layer: str
    mean: Triple
    std: Triple


def names() -> tuple[str, ...]:
    """Names of all networks that can be asked for: the paper's four first."""
    return (*PAPER, *(name for name in ARCHITECTURES if name not in PAPER))


def require_known(name: str) -> None:
    """Raises ModelError with the nearest name for a network that there is not."""
    if name not in names():
        wanted = ", ".join(names())
        raise ModelError(f"no network is called {name!r}{suggestion(name, names())}; wanted one of {wanted}")


def place_classifier(
    name: str, classes: int, *, side: int, hidden: int, weights: Path | None = None, seed: int = 0
) -> PlaceClassifier:
    """A classifier for so many places and photos of ``side`` pixels, drawn by the seed.

    ``hidden`` is the width of dense layers of VGG11 and of the shallow ones, 4096 in the papers. With a weight file,
    all but the last layer starts from there. Raises ModelError for an unknown name, for photos too small for it, and
    for weights that do not fit.
    """
    require_known(name)
    rng = np.random.default_rng(seed)
    if name in CONVOLUTIONS:
        if cells(name, side)[1] < 1:
            raise ModelError(f"{name} leaves nothing of photos of {side} pixels: set side higher, such as 112 or 224")
        network = shallow(name, classes=classes, side=side, hidden=hidden, rng=rng)
        return PlaceClassifier(name, network, LAST_MAPS[name], *IMAGENET)
    plan = architecture(name)
    if weights is not None:
        network = _headed(whole(name, weights), classes, rng)
    elif name == "vgg11":
        network = vgg(11, classes=classes, hidden=hidden, rng=rng)
    elif name == "resnet18":
        network = resnet(18, classes=classes, rng=rng)
    else:
        network = _headed(whole(name, rng=rng), classes, rng)
    return PlaceClassifier(name, network, LAST_MAPS.get(name, plan.layer), plan.mean, plan.std)


def _headed(network: Network, classes: int, rng: np.random.Generator) -> Network:
    """The network with a classifier for so many classes: its own drawn anew, or one of the mean of its map."""
    if not any(isinstance(layer, nn.Flatten) for layer in network):
        channels, _ = measure(network)
        for name, layer in (
            ("avgpool", nn.AdaptiveAvgPool2d(1)),
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(channels, classes)),
        ):
            network.add_module(name, layer)
    return reclassified(network, classes, rng=rng)
