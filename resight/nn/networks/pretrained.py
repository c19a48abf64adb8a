"""Whole networks, their classifiers included, with weights from a folder, or drawn; and another classifier in place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.backbones.initialisation import initialise, materialise

from . import weights
from .architectures import ARCHITECTURES, Network, architecture, build, filled, layers

SUFFIXES: Final = (".safetensors", ".pth", ".pt")

DEVIATION: Final = np.float32(0.01)
"""Standard deviation of the weights of a classifier drawn anew."""


def weight_file(folder: Path, name: str) -> Path | None:
    """The file of a folder that has weights for an architecture, or None; the first by name where there are several.

    Files are named as torchvision names them, such as resnet152-394f9c45.pth: a file belongs to the architecture with
    the longest name that it begins with, "-" and "_" left out. Raises ModelError where there is no such folder.
    """
    if not folder.is_dir():
        raise ModelError(f"there is no folder {str(folder)!r}; wanted one that holds weight files: check the path")
    files = sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES)
    return next((file for file in files if _owner(file.stem) == name), None)


def _owner(stem: str) -> str | None:
    """The architecture that a file is named after."""
    return max((name for name in ARCHITECTURES if _plain(stem).startswith(_plain(name))), key=len, default=None)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def whole(name: str, file: Path | None = None, *, rng: np.random.Generator | None = None) -> Network:
    """An architecture up to its classifier's scores, in evaluation mode, with the weights of a file or else drawn.

    Raises ModelError for an unknown name and for weights that do not fit.
    """
    plan = architecture(name)
    network = plan.network()
    if file is not None:
        return build(plan, weights.read(file), layer=layers(network)[-1])[0]
    if any(leaf.is_meta for leaf in network.state_dict().values()):
        materialise(network)
    initialise(network, np.random.default_rng(0) if rng is None else rng)
    return network.eval()


def classifier(name: str, file: Path) -> Network:
    """An architecture up to its scores for as many classes as a weight file has, in evaluation mode.

    Raises ModelError for an unknown name, for an architecture without a classifier and for weights that do not fit.
    """
    plan = architecture(name)
    network = plan.network()
    if not any(isinstance(layer, nn.Flatten) for layer in network):
        raise ModelError(f"{name} ends in a feature map; wanted a network with a classifier, such as resnet50")
    state = weights.read(file)
    if any(leaf.is_meta for leaf in network.state_dict().values()):
        materialise(network)
    last = _scoring(network)
    old, new = network.state_dict()[f"{last}.weight"], state.get(f"{last}.weight")
    if new is not None and new.ndim == old.ndim and len(new) not in (0, len(old)):
        reclassified(network, len(new), rng=np.random.default_rng(0))
    filled(plan, network, state)
    return network.eval()


def _scoring(network: Network) -> str:
    """The name of the last linear layer or convolution."""
    found = [name for name, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)]
    if not found:
        raise ModelError("the network has no linear layer and no convolution; wanted one that gives class scores")
    return found[-1]


def fastest() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def reclassified(network: Network, classes: int, *, rng: np.random.Generator) -> Network:
    """The network with its last linear layer or convolution drawn anew for another number of classes, in place.

    Its weights have the deviation 0.01 (Krizhevsky et al. 2012, section 5), so that at first no class is preferred and
    what comes before is not shaken. Raises ModelError for a network without such a layer.
    """
    last = _scoring(network)
    parent, _, key = last.rpartition(".")
    old = network.get_submodule(last)
    fresh = _like(old, classes).to_empty(device=next(old.parameters()).device)
    weight = rng.standard_normal(tuple(fresh.weight.shape), dtype=np.float32)
    fresh.weight.data.copy_(torch.from_numpy(DEVIATION * weight))
    if fresh.bias is not None:
        nn.init.zeros_(fresh.bias)
    setattr(network.get_submodule(parent), key, fresh)
    return network


def _like(layer: nn.Module, classes: int) -> nn.Linear | nn.Conv2d:
    """A layer for so many classes in the place of another one, without numbers yet."""
    if isinstance(layer, nn.Linear):
        return nn.Linear(layer.in_features, classes, device="meta")
    assert isinstance(layer, nn.Conv2d)
    if layer.kernel_size != (1, 1):
        raise ModelError(f"the last convolution has a kernel of {layer.kernel_size}; wanted (1, 1), a classifier's")
    return nn.Conv2d(layer.in_channels, classes, 1, device="meta")
