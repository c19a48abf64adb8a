"""Class activation maps: a layer's map, its channels weighed. A method is only its weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resight.errors import ModelError

from .target import Target, scores


def grad_cam(network: nn.Module, images: Tensor, target: Target, *, layer: str) -> Tensor:
    """``max(0, Σ_k α_k A^k)``, ``(b, h', w')``, of the map ``A`` behind ``layer``: document 003, equations 1 and 2.

    ``α_k`` is the mean over the map's positions of the gradient of the target (Selvaraju et al. 2017). ``images
    (b, 3, h, w)`` as the network takes them; it should be in evaluation mode. Raises ModelError for an unknown layer,
    for one without a map, and for a class that does not exist.
    """
    maps, slopes = recorded(network, images, target, layer=layer)
    return torch.relu(weighted(maps, slopes.mean(dim=(2, 3))))


def cam(network: nn.Module, images: Tensor, target: int, *, layer: str) -> Tensor:
    """``Σ_k w_k A^k``, ``(b, h', w')``, with the classifier's own weights for a class (Zhou et al. 2016, equation 2).

    For networks whose scores are one linear layer of the mean of each channel of ``layer``. Raises ModelError for
    others.
    """
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    maps, _ = recorded(network, images, target, layer=layer)
    if len(linear) != 1 or linear[0].in_features != maps.shape[1]:
        raise ModelError(
            f"CAM wants one linear layer of the mean of the {maps.shape[1]} channels of {layer!r}; found "
            f"{[each.in_features for each in linear]}: use Grad-CAM, or name the last layer with a map"
        )
    return weighted(maps, linear[0].weight[target].detach().expand(len(maps), -1))


def weighted(maps: Tensor, weights: Tensor) -> Tensor:
    """``Σ_k w_k A^k``: maps ``(b, c, h, w)`` and weights ``(b, c)`` give ``(b, h, w)``."""
    return torch.einsum("bchw,bc->bhw", maps, weights)


def recorded(network: nn.Module, images: Tensor, target: Target, *, layer: str) -> tuple[Tensor, Tensor]:
    """The map behind ``layer`` and the gradient of the target there, both ``(b, c, h', w')``."""
    known = dict(network.named_modules())
    if layer not in known:
        raise ModelError(f"no layer is called {layer!r}; wanted one of {', '.join(filter(None, known))}")
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()  # or an activation in place behind it would overwrite what was kept

    hook = known[layer].register_forward_hook(keep)
    try:
        with torch.enable_grad():
            found = scores(network(images.detach().requires_grad_()), target).sum()
    finally:
        hook.remove()
    if not kept or kept[-1].ndim != 4:
        raise ModelError(f"the layer {layer!r} gives no map (b, c, h, w); wanted one: name a layer further in front")
    (slopes,) = torch.autograd.grad(found, kept[-1])
    return kept[-1].detach(), slopes
