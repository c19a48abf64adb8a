"""Numbers for a network that was laid out without any: drawn by a seeded generator, or left to a weight file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

LINEAR = (nn.Conv2d, nn.Linear)
NORM = nn.BatchNorm2d


def initialised(
    lay_out: Callable[[], nn.Sequential],
    *,
    rng: np.random.Generator | None = None,
    device: torch.device | str = "cpu",
) -> nn.Sequential:
    """The network that ``lay_out`` makes, in evaluation mode, its weights drawn by ``rng`` (None: seed 0).

    Convolutions and linear layers are normal with variance 2 / fan-in and no bias (He et al. 2015, *Delving deep into
    rectifiers*); norms start as identities. Torch's global generator is left alone. On the device "meta" the network
    has names and shapes but no numbers, and costs nothing. Raises TypeError for a layer that nobody knows to draw.
    """
    with torch.device("meta"):
        network = lay_out()
    if torch.device(device).type != "meta":
        materialise(network, device=device)
        initialise(network, np.random.default_rng(0) if rng is None else rng)
    return network.eval()


def materialise(network: nn.Module, *, device: torch.device | str = "cpu") -> None:
    """Give a network on the device "meta" memory: norms start as identities, all else is yet to be written."""
    network.to_empty(device=device)
    for module in network.modules():
        if isinstance(module, NORM):
            module.reset_parameters()


def initialise(network: nn.Module, rng: np.random.Generator) -> None:
    """Draw all convolutions and linear layers anew; raises TypeError for other layers with weights but norms."""
    for name, module in network.named_modules():
        if isinstance(module, LINEAR):
            _draw(module.weight, rng)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif next(module.parameters(recurse=False), None) is not None and not isinstance(module, NORM):
            raise TypeError(f"the layer {name!r} is a {type(module).__name__}; wanted one that is known to be drawn")


def _draw(weight: Tensor, rng: np.random.Generator) -> None:
    shape = tuple(weight.shape)
    deviation = np.sqrt(2 / np.prod(shape[1:]), dtype=np.float32)
    weight.data.copy_(torch.from_numpy(rng.standard_normal(shape, dtype=np.float32) * deviation))
