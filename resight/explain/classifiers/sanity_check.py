"""Randomisation of a network's parameters, layer by layer: a map that does not mind explains nothing it has learned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from copy import deepcopy

import numpy as np
from torch import nn

from resight.explain.rank_correlation import rank_correlation
from resight.nn.backbones.initialisation import LINEAR, initialise
from resight.types import Array


def cascade(network: nn.Module, *, rng: np.random.Generator) -> Iterator[tuple[str, nn.Module]]:
    """A copy of a network whose last layer is drawn anew, then also the one before, and so on to the first.

    Adebayo et al. 2018, *Sanity checks for saliency maps*, section 3.1. It is one copy that changes further; it comes
    with the name of the layer that was drawn last.
    """
    changed = deepcopy(network)
    for name in reversed(_drawable(changed)):
        initialise(changed.get_submodule(name), rng)
        yield name, changed


def persistence(
    network: nn.Module,
    show: Callable[[nn.Module], Array],
    *,
    rng: np.random.Generator,
    levels: Collection[int] | None = None,
    draws: int = 1,
) -> Iterator[tuple[str, float]]:
    """Rank correlation of a network's map with that of each network of its `cascade`, by the layer drawn last.

    ``show`` makes the map. ``levels`` are how many layers are drawn anew where it is looked at; None is each. There are
    ``draws`` cascades, one after the other.
    """
    before = show(network)
    for _ in range(draws):
        for level, (name, changed) in enumerate(cascade(network, rng=rng), start=1):
            if levels is None or level in levels:
                yield name, rank_correlation(before, show(changed))


def depth(network: nn.Module) -> int:
    """Number of layers that a cascade draws anew."""
    return len(_drawable(network))


def _drawable(network: nn.Module) -> list[str]:
    return [name for name, module in network.named_modules() if isinstance(module, LINEAR)]
