"""Weights of a network, to train further, from those of its runtime, which has folded the norms away."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from resight.errors import ModelError
from resight.types import Array

from .architectures import Network


def unfold(network: Network, convolutions: Sequence[tuple[Array, Array]]) -> None:
    """Write kernels ``(o, i, h, w)`` and biases ``(o,)``, as they are computed, into pairs of convolution and norm.

    A norm becomes its bias alone, so that the network computes what the runtime does. Raises ModelError for a network
    that is not made of such pairs, and for other numbers or shapes of them.
    """
    pairs = _pairs(network)
    shapes = [tuple(conv.weight.shape) for conv, _ in pairs]
    waiting = list(convolutions)
    if sorted(shapes) != sorted(kernel.shape for kernel, _ in waiting):
        raise ModelError(
            f"the runtime has {len(waiting)} convolutions and the network {len(shapes)}, of other shapes; "
            "wanted the same: start from a model with its weights beside it"
        )
    with torch.no_grad():
        for (conv, norm), shape in zip(pairs, shapes, strict=True):
            # Branches may be computed in another order, but two of one shape lie behind each other.
            index = next(number for number, (kernel, _) in enumerate(waiting) if kernel.shape == shape)
            kernel, bias = waiting.pop(index)
            conv.weight.copy_(torch.from_numpy(kernel))
            norm.bias.copy_(torch.from_numpy(bias))
            norm.weight.fill_(1)
            norm.running_mean.zero_()  # type: ignore[union-attr]
            norm.running_var.fill_(1 - norm.eps)  # type: ignore[union-attr]


def _pairs(network: Network) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Pairs of a convolution and the norm behind it, in the order of computing."""
    called: list[nn.Module] = []
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)]
    hooks = [layer.register_forward_hook(lambda layer, _, __: called.append(layer)) for layer in layers]
    with torch.inference_mode():
        network(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    pairs = list(zip(called[::2], called[1::2], strict=False))
    found = [(conv, norm) for conv, norm in pairs if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)]
    if 2 * len(found) != len(layers) or any(conv.bias is not None for conv, _ in found):
        raise ModelError(
            "the network is not made of convolutions with a norm behind each; wanted such a one, or a model with its "
            "weights beside it"
        )
    return found
