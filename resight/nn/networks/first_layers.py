"""First layers of a network: their filters and their maps of a photo, as arrays to draw."""

from __future__ import annotations

import torch
from torch import nn

from resight.types import Array, Image, Preprocess

from .architectures import Network

LAYERS = 3
"""Convolutions, from the photo on, whose maps are told."""


def filters(network: Network) -> Array:
    """The first convolution's weights ``(n, k, k, 3)``; none where it does not look at a photo's colours."""
    first = next((layer for layer in network.modules() if isinstance(layer, nn.Conv2d)), None)
    if first is None or first.in_channels != 3:
        return torch.zeros(0, 1, 1, 3).numpy()
    return first.weight.detach().permute(0, 2, 3, 1).cpu().numpy()


def maps(network: Network, image: Image, preprocess: Preprocess) -> dict[str, Array]:
    """Maps of the first LAYERS convolutions for a photo ``(h, w, 3)`` uint8: ``(c, h', w')`` by the layer's name."""
    found: dict[str, Array] = {}
    chosen = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)][:LAYERS]
    hooks = []
    for name, layer in chosen:

        def keep(_: nn.Module, __: object, output: torch.Tensor, name: str = name) -> None:
            found[name] = output[0].cpu().numpy()

        hooks.append(layer.register_forward_hook(keep))
    try:
        with torch.inference_mode():
            mean, std = torch.tensor(preprocess.mean), torch.tensor(preprocess.std)
            photo = (torch.tensor(image).float() / 255 - mean) / std
            network(photo.permute(2, 0, 1)[None])
    finally:
        for hook in hooks:
            hook.remove()
    return found
