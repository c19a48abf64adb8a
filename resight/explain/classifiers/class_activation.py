"""Class activation maps: a layer's map, its channels weighed. A method is only its weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from resight.errors import ModelError
from resight.nn.networks.modes import evaluating

from .target import Target, scores


def grad_cam(network: nn.Module, images: Tensor, target: Target, *, layer: str) -> Tensor:
    """``max(0, Σ_k α_k A^k)``, ``(b, h', w')``, of the map ``A`` behind ``layer``: Shi 2018, equations 1 and 2.

    ``α_k`` is the mean over the map's positions of the gradient of the target (Selvaraju et al. 2017). ``images
    (b, 3, h, w)`` as the network takes them; it may be in training mode, and is left so. Raises ModelError for an
    unknown layer, for one without a map, and for a class that does not exist.
    """
    maps, slopes = recorded(network, images, target, layer=layer)
    return torch.relu(weighted(maps, slopes.mean(dim=(2, 3))))


def cam(network: nn.Module, images: Tensor, target: int, *, layer: str) -> Tensor:
    """``Σ_k w_k A^k``, ``(b, h', w')``, with the classifier's own weights for a class (Zhou et al. 2016, equation 2).

    For networks whose scores are one linear layer of the mean of each channel of ``layer``, or those means themselves:
    the map's mean and the class's bias are then its score, which is required. Raises ModelError for others.
    """
    with evaluating(network), torch.no_grad(), _kept(network, layer) as kept:
        output = network(images)
    found, maps = scores(output, target), _map(kept, layer)
    weights, bias = _of_class(network, maps.shape[1], output.shape[1], target, layer=layer)
    rows = weights.to(maps).expand(len(maps), -1)
    heat = weighted(maps, rows)
    gap = (heat.mean(dim=(1, 2)) + bias - found).abs()
    size = weighted(maps.abs(), rows.abs()).mean(dim=(1, 2)) + abs(bias)
    if (gap > torch.finfo(gap.dtype).eps ** 0.5 * size).any():  # what rounding may add up to, and hardly more
        raise _no_cam(layer, maps.shape[1], f"a map whose mean and bias are {float(gap.max()):.3g} off the score")
    return heat


def _of_class(network: nn.Module, channels: int, classes: int, target: int, *, layer: str) -> tuple[Tensor, float]:
    """The weights ``(channels,)`` and the bias of a class."""
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    if not linear and channels == classes:
        return torch.eye(classes)[target], 0.0
    if len(linear) != 1 or linear[0].in_features != channels:
        raise _no_cam(layer, channels, f"linear layers of {[each.in_features for each in linear]}")
    bias = linear[0].bias
    return linear[0].weight[target].detach(), 0.0 if bias is None else bias[target].item()


def _no_cam(layer: str, channels: int, found: str) -> ModelError:
    return ModelError(
        f"CAM wants one linear layer of the mean of the {channels} channels of {layer!r}; found {found}: "
        "use Grad-CAM, or name the layer that the network takes the mean of"
    )


def weighted(maps: Tensor, weights: Tensor) -> Tensor:
    """``Σ_k w_k A^k``: maps ``(b, c, h, w)`` and weights ``(b, c)`` give ``(b, h, w)``."""
    return torch.einsum("bchw,bc->bhw", maps, weights)


def recorded(network: nn.Module, images: Tensor, target: Target, *, layer: str) -> tuple[Tensor, Tensor]:
    """The map behind ``layer`` and the gradient of the target there, both ``(b, c, h', w')``."""
    with evaluating(network), torch.enable_grad(), _kept(network, layer) as kept:
        found = scores(network(images.detach().requires_grad_()), target).sum()
    maps = _map(kept, layer)
    (slopes,) = torch.autograd.grad(found, maps)
    return maps.detach(), slopes


@contextmanager
def _kept(network: nn.Module, layer: str) -> Iterator[list[Tensor]]:
    """Keeps the output of ``layer`` while the network runs."""
    known = dict(network.named_modules())
    if layer not in known:
        raise ModelError(f"no layer is called {layer!r}; wanted one of {', '.join(filter(None, known))}")
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()  # or an activation in place behind it would overwrite what was kept

    hook = known[layer].register_forward_hook(keep)
    try:
        yield kept
    finally:
        hook.remove()


def _map(kept: list[Tensor], layer: str) -> Tensor:
    if not kept or kept[-1].ndim != 4:
        raise ModelError(f"the layer {layer!r} gives no map (b, c, h, w); wanted one: name a layer further in front")
    return kept[-1]
