"""Randomisation of a network's parameters, layer by layer: a map that does not mind explains nothing it has learned."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
from torch import nn

from .drawing import LINEAR, draw


def cascade(network: nn.Module, *, rng: np.random.Generator) -> Iterator[tuple[str, nn.Module]]:
    """Copies of a network whose last layer is drawn anew, then also the one before, and so on to the first.

    Adebayo et al. 2018, *Sanity checks for saliency maps*, section 3.1. Each comes with the name of the layer that was
    drawn last.
    """
    changed = deepcopy(network)
    names = [name for name, module in changed.named_modules() if isinstance(module, LINEAR)]
    for name in reversed(names):
        draw(changed.get_submodule(name), rng)
        yield name, deepcopy(changed)
