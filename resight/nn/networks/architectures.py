"""Networks by name, cut at a layer, as one module from photos to feature map that a runtime can convert."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import ModelError, suggestion
from resight.nn.backbones.alexnet import alexnet
from resight.nn.backbones.house import house
from resight.nn.backbones.initialisation import materialise
from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.backbones.vgg import vgg
from resight.types import Array, Preprocess

from .weights import fill, misfits

Network = nn.Sequential
"""Layers in order by name, stages being sequences of units; normalised ``(b, 3, h, w)`` to maps ``(b, c, h', w')``.

A whole one may end in a classifier, with scores ``(b, k)``; `cut` takes the map before it.
"""

Triple = tuple[float, float, float]

IMAGENET: Final[tuple[Triple, Triple]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation per RGB channel of ImageNet-1k's training photos, on [0, 1]."""

SIGNED: Final[tuple[Triple, Triple]] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Normalisation from [0, 1] to [-1, 1], as TensorFlow's networks want it."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network that weights can be read into.

    Attributes
    ----------
    network : makes it whole, its classifier included where it has one; randomly drawn, or without numbers ("meta").
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
    "alexnet": Architecture(partial(alexnet, device="meta"), "features", (), *IMAGENET),
    **{f"vgg{n}": Architecture(partial(vgg, n, device="meta"), "features", (), *IMAGENET) for n in (11, 16)},
    **{
        f"resnet{n}": Architecture(partial(resnet, n, device="meta"), "layer4", (), *IMAGENET)
        for n in (18, 34, 50, 101, 152)
    },
    "squeezenet1_1": Architecture(partial(squeezenet, device="meta"), "features", (), *IMAGENET),
    "mobilenet_v2": Architecture(partial(mobilenet_v2, device="meta"), "features", (), *IMAGENET),
    "mobilenet_v2_tf": Architecture(partial(mobilenet_v2, one_sided=True, device="meta"), "features", (), *SIGNED),
}
"""Architectures by name; keys, but for resnet50v2, are torchvision's. "mobilenet_v2_tf" is for weights that TensorFlow
trained."""


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


def require_layer(network: Network, layer: str) -> None:
    """Raises ModelError with the nearest name where the network has no such layer."""
    names = layers(network)
    if layer not in names:
        raise ModelError(f"no layer is called {layer!r}{suggestion(layer, names)}; wanted one of {', '.join(names)}")


def cut(network: Network, layer: str) -> Network:
    """The network up to and including ``layer``, sharing modules and keys; raises ModelError for an unknown name."""
    require_layer(network, layer)
    last, _, unit = layer.partition(".")
    kept = nn.Sequential()
    for name, child in network.named_children():
        if name == last and unit and isinstance(child, nn.Sequential):
            child = _in_mode_of(child, child[: int(unit) + 1])
        kept.add_module(name, child)
        if name == last:
            break
    return _in_mode_of(network, kept)


Part = TypeVar("Part", bound=nn.Module)


def _in_mode_of(network: nn.Module, part: Part) -> Part:
    """The part, itself in the mode of the network it shares modules with; each of these keeps its own."""
    part.training = network.training
    return part


def behind(network: Network, layer: str) -> Network:
    """The rest of the network, after ``layer``, sharing modules and keys; raises ModelError for an unknown name."""
    front = cut(network, layer)
    rest = nn.Sequential()
    for name, child in network.named_children():
        taken = front.get_submodule(name) if name in dict(front.named_children()) else None
        if taken is None:
            rest.add_module(name, child)
        elif taken is not child and isinstance(taken, nn.Sequential) and isinstance(child, nn.Sequential):
            rest.add_module(name, _in_mode_of(child, child[len(taken) :]))
    return _in_mode_of(network, rest)


def build(plan: Architecture, state: Mapping[str, Tensor], *, layer: str) -> tuple[Network, tuple[str, ...]]:
    """The network up to ``layer`` with the weights of ``state``, in evaluation mode, and the keys behind the cut.

    Raises ModelError for an unknown layer, and for weights that do not fit.
    """
    network, beyond = _parted(plan, layer)
    if any(leaf.is_meta for leaf in network.state_dict().values()):
        materialise(network)
    return network, filled(plan, network, state, beyond=beyond)


def filled(
    plan: Architecture, network: Network, state: Mapping[str, Tensor], *, beyond: Sequence[str] = ()
) -> tuple[str, ...]:
    """Fills a network as `fill` does; for weights of another architecture the ModelError names it."""
    others = fitting(state) if misfits(network, state, beyond=beyond) else []
    if others and plan not in map(architecture, others):
        raise ModelError(
            f"the weights are those of another network; they fit {' and '.join(others)}: name that architecture"
        )
    return fill(network, state, beyond=beyond)


def fitting(state: Mapping[str, Tensor]) -> list[str]:
    """The architectures, up to where they are usually cut, that have the leaves of these weights and no others."""
    parts = {name: _parted(plan, plan.layer) for name, plan in ARCHITECTURES.items()}
    return [name for name, (network, beyond) in parts.items() if not misfits(network, state, beyond=beyond)]


def _parted(plan: Architecture, layer: str) -> tuple[Network, tuple[str, ...]]:
    """The network up to a layer, in evaluation mode, and what keys behind it begin with."""
    whole = plan.network().eval()
    network = cut(whole, layer)
    return network, (*sorted(whole.state_dict().keys() - network.state_dict().keys()), *plan.classifier)


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
        """The network's output for photos ``(b, h, w, 3)`` in [0, 255]."""
        return self.network((images.permute(0, 3, 1, 2) - self.mean) / self.std)


def run(module: nn.Module, images: Array) -> Array:
    """The module's answer for photos ``(b, h, w, 3)`` in [0, 255], without gradient, as NumPy float32."""
    with torch.inference_mode():
        return module(torch.from_numpy(np.array(images, np.float32, order="C"))).numpy()


def example() -> Tensor:
    """A small grey photo ``(1, 64, 64, 3)``, for a converter to trace a PhotoNetwork with."""
    return torch.full((1, 64, 64, 3), 128.0)


def measure(network: nn.Module) -> tuple[int, int]:
    """Channels of a network's map, and its stride: input pixels per cell, from how the map grows with its input."""
    with torch.inference_mode():
        small, large = (network(torch.zeros(1, 3, side, side)).shape for side in (64, 128))
    return small[1], 64 // (large[2] - small[2])


def smallest(network: nn.Module) -> int:
    """The shortest side of a photo, in pixels, that a network makes a cell of; found by trying, at most 64."""
    return bisect_left(range(64), True, lo=1, key=partial(_takes, network))


def _takes(network: nn.Module, side: int) -> bool:
    try:
        with torch.inference_mode():
            return network(torch.zeros(1, 3, side, side)).numel() > 0
    except RuntimeError:  # a kernel is larger than what it is laid on
        return False
