"""Networks by name, cut at a layer, as one module from photos to feature map that a runtime can convert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import ModelError, suggestion
from resight.types import Array, Preprocess

from .house import house
from .resnet_v2 import resnet_v2
from .weights import fill

Network = nn.Sequential
"""Layers in order by name, stages being sequences of units; normalised ``(b, 3, h, w)`` to maps ``(b, c, h', w')``."""

Triple = tuple[float, float, float]

IMAGENET: Final[tuple[Triple, Triple]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation per RGB channel of ImageNet-1k's training photos, on [0, 1]."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network that weights can be read into.

    Attributes
    ----------
    network : makes it whole, randomly drawn.
    layer : where it is cut if nobody says otherwise.
    classifier : first parts of keys that lie behind the network's last layer.
    mean, std : of the photos that its public weights were trained on, RGB, on [0, 1].
    """

    network: Callable[[], Network]
    layer: str
    classifier: tuple[str, ...]
    mean: Triple
    std: Triple


ARCHITECTURES: dict[str, Architecture] = {
    "house": Architecture(house, "context", (), *IMAGENET),
    "resnet50v2": Architecture(resnet_v2, "relu_out", ("fc.", "output.", "classifier."), *IMAGENET),
}


def architecture(name: str) -> Architecture:
    """The architecture of that name; raises ModelError with the nearest name for an unknown one."""
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ModelError(f"no architecture is called {name!r}{suggestion(name, ARCHITECTURES)}; wanted one of {known}")
    return ARCHITECTURES[name]


def layers(network: Network) -> tuple[str, ...]:
    """Names of the layers to cut behind, in order: the units of a stage, ``stage1.0`` and on, then ``stage1``."""
    names: list[str] = []
    for name, child in network.named_children():
        names += [f"{name}.{unit}" for unit in range(len(child))] if isinstance(child, nn.Sequential) else []
        names.append(name)
    return tuple(names)


def cut(network: Network, layer: str) -> Network:
    """The network up to and including ``layer``, sharing modules and keys; raises ModelError for an unknown name."""
    if layer not in layers(network):
        known = ", ".join(layers(network))
        raise ModelError(f"no layer is called {layer!r}{suggestion(layer, layers(network))}; wanted one of {known}")
    last, _, unit = layer.partition(".")
    kept = nn.Sequential()
    for name, child in network.named_children():
        part = child[: int(unit) + 1] if name == last and unit and isinstance(child, nn.Sequential) else child
        kept.add_module(name, part)
        if name == last:
            break
    return kept.train(network.training)


def build(plan: Architecture, state: Mapping[str, Tensor], *, layer: str) -> tuple[Network, tuple[str, ...]]:
    """The network up to ``layer`` with the weights of ``state``, in evaluation mode, and the keys behind the cut.

    Raises ModelError for an unknown layer, and for weights that do not fit.
    """
    whole = plan.network().eval()
    network = cut(whole, layer)
    behind = whole.state_dict().keys() - network.state_dict().keys()
    return network, fill(network, state, beyond=(*behind, *plan.classifier))


class PhotoNetwork(nn.Module):
    """Photos ``(b, h, w, 3)`` float32 in [0, 255] to maps ``(b, c, h', w')``; the one place of normalisation."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, preprocess: Preprocess) -> None:
        super().__init__()
        self.network = network
        for name in ("mean", "std"):
            per_channel = torch.tensor(getattr(preprocess, name)).reshape(1, 3, 1, 1)
            self.register_buffer(name, 255 * per_channel, persistent=False)
        self.train(network.training)

    def forward(self, images: Tensor) -> Tensor:
        return self.network((images.permute(0, 3, 1, 2) - self.mean) / self.std)


def run(module: nn.Module, images: Array) -> Array:
    """The module's answer for photos ``(b, h, w, 3)`` in [0, 255], without gradient, as NumPy float32."""
    with torch.inference_mode():
        return module(torch.from_numpy(np.array(images, np.float32, order="C"))).numpy()


def example() -> Tensor:
    """One small grey photo ``(1, 64, 64, 3)``, for a converter to trace a PhotoNetwork with."""
    return torch.full((1, 64, 64, 3), 128.0)


def measure(network: nn.Module) -> tuple[int, int]:
    """Channels of a network's map, and its stride: input pixels per cell, from how the map grows with its input."""
    with torch.inference_mode():
        small, large = (network(torch.zeros(1, 3, side, side)).shape for side in (64, 128))
    return small[1], 64 // (large[2] - small[2])
