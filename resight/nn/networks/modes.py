"""Training and evaluation mode of a network, module by module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """The whole network in evaluation mode; afterwards each of its modules is as it was found, a frozen one frozen.

    ``network.train(mode)`` would not do: it gives all modules the mode of the outermost.
    """
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
