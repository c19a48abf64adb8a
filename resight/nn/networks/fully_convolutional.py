"""The fully convolutional form of a classifier: the same numbers, slid over photos of any size."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resight.errors import ModelError

from .architectures import Network
from .modes import evaluating


def fully_convolutional(network: Network, *, side: int = 224, channels: int = 3) -> Network:
    """A classifier as convolutions: photos ``(b, channels, h, w)`` to scores ``(b, k, h', w')``, one cell at ``side``.

    Long, Shelhamer and Darrell 2014, *Fully convolutional networks*, section 3.1; Kohl 2017, section 8. The first
    linear layer becomes a convolution as large as the map of the photos that the network was trained on, ``side``
    pixels each way; later ones 1 × 1; a global mean becomes a mean of that size. Names of layers and keys stay, and all
    numbers are shared with ``network``, but a convolution's weight has two dimensions more. Raises ModelError for a
    pooling or a linear layer that does not fit that size.
    """
    leaf = next(network.parameters())
    photo = torch.zeros((1, channels, side, side), device=leaf.device, dtype=leaf.dtype)
    with evaluating(network), torch.no_grad():  # norms in training would follow this photo
        form, _, _ = _converted(network, photo, None)
    for module in {*form.modules()} - {*network.modules()}:
        module.training = network.training
    return form


Grid = torch.Size
"""``(c, h, w)`` of the map that was flattened."""


def _converted(network: nn.Sequential, entering: Tensor, grid: Grid | None) -> tuple[Network, Tensor, Grid | None]:
    """The form of a sequence, what leaves it, and the map that a linear layer behind it has in one column."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in network.named_children():
        if isinstance(layer, nn.Sequential):
            layers[name], entering, grid = _converted(layer, entering, grid)
            continue
        layers[name] = _layer(layer, entering, grid, name)
        if isinstance(layer, nn.Flatten):
            grid = entering.shape[1:]
        elif isinstance(layer, nn.Linear):
            grid = torch.Size((layer.out_features, 1, 1))
        entering = layer(entering)
    return nn.Sequential(layers), entering, grid


def _layer(layer: nn.Module, entering: Tensor, grid: Grid | None, name: str) -> nn.Module:
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return _pooling(layer, (entering.shape[2], entering.shape[3]), name)
    if isinstance(layer, nn.Linear):
        return _convolution(layer, grid, name)
    return nn.Identity() if isinstance(layer, nn.Flatten) else layer


def _pooling(layer: nn.AdaptiveAvgPool2d, grid: tuple[int, int], name: str) -> nn.Module:
    size = layer.output_size
    wanted = size if isinstance(size, tuple) else (size, size)
    if wanted == grid:
        return nn.Identity()
    if wanted == (1, 1):
        return nn.AvgPool2d(grid, stride=1)
    raise ModelError(
        f"the layer {name!r} makes {wanted} cells of {grid}; wanted as many or one: "
        "name the side of the photos that the classifier was trained on"
    )


def _convolution(linear: nn.Linear, grid: Grid | None, name: str) -> nn.Conv2d:
    if grid is None or linear.in_features != grid.numel():
        raise ModelError(
            f"the layer {name!r} takes {linear.in_features} numbers, the map before has {tuple(grid or ())}; wanted "
            "them equal: name the side of the photos that the classifier was trained on"
        )
    kernel = (grid[1], grid[2])
    form = nn.Conv2d(grid[0], linear.out_features, kernel, bias=linear.bias is not None, device="meta")
    form.weight, form.bias = _shared(linear.weight, (linear.out_features, *grid)), linear.bias
    return form


def _shared(leaf: Tensor, shape: tuple[int, ...]) -> nn.Parameter:
    """A parameter of another shape in the same memory."""
    return nn.Parameter(leaf.detach().view(shape), requires_grad=leaf.requires_grad)


def refill(network: Network, form: Network) -> None:
    """Copy the numbers of a fully convolutional form back to the classifier that it was made of, once it has learned.

    Moving the form to a device or to another memory format ends the sharing.
    """
    learned = form.state_dict()
    with torch.no_grad():
        for name, leaf in network.state_dict().items():
            leaf.copy_(learned[name].clone().reshape(leaf.shape))  # what is still shared overlaps
