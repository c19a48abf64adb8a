"""Receptive field: what a cell of a network's map sees of the photo, derived from the network's own graph."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import fx, nn
from torch.nn import functional as F

from resight.errors import ModelError
from resight.nn.backbones.house import Context


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The square of pixels that a cell depends on; cell (i, j) has its centre at ``offset + stride · (j, i)``.

    Attributes
    ----------
    size : pixels along its side, those beyond the photo's border included.
    stride : pixels from one cell to the next.
    offset : of the centre of cell (0, 0) from the first pixel's centre, along x and along y.
    """

    size: int = 1
    stride: int = 1
    offset: float = 0.0


POINTWISE: Final = (
    *(nn.BatchNorm2d, nn.Dropout, nn.Identity, nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU),
    *(nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.LeakyReLU, nn.PReLU, nn.Linear),
)
"""Layers that see no other cell; a linear one comes after the map is gone."""

WHOLE: Final = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.Flatten)
"""Layers behind which there is no map any more: their output sees all of the photo."""

JOINING: Final = {
    *(operator.add, operator.iadd, operator.sub, operator.mul, operator.truediv, torch.add, torch.mul, torch.cat),
    *(torch.relu, torch.sigmoid, F.relu, F.relu6, F.silu, F.gelu, F.dropout, F.hardswish),
}
"""Functions of cells that lie on one another."""


def receptive_field(network: nn.Module) -> ReceptiveField:
    """Receptive field of the network's output; its branches must meet where they see the same place.

    Raises ModelError where the output is no map, or comes from layers whose geometry is not known.
    """
    found = _through(network, ReceptiveField())
    if found is None:
        raise ModelError("the network's last layer sees the whole photo; wanted a feature map: cut it at one before")
    return found


class _Tracer(fx.Tracer):
    """Follows what a network computes, but into no layer whose geometry is known as a whole."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, Context) or super().is_leaf_module(m, module_qualified_name)


def _through(network: nn.Module, entering: ReceptiveField) -> ReceptiveField | None:
    root = nn.Sequential(network)  # or a layer of torch.nn itself would be looked into
    try:
        graph = _Tracer().trace(root)
    except fx.proxy.TraceError as error:
        raise ModelError(f"the network decides by its numbers ({error}), so that its geometry is not one") from error
    fields: dict[fx.Node, ReceptiveField | None] = {}
    for node in graph.nodes:
        fields[node] = entering if node.op == "placeholder" else _after(node, root, fields)
    return fields[next(node for node in graph.nodes if node.op == "output")]


def _after(node: fx.Node, network: nn.Module, fields: dict[fx.Node, ReceptiveField | None]) -> ReceptiveField | None:
    entering = _joined([fields[each] for each in node.all_input_nodes], node.name)
    if node.op == "call_module":
        return _layer(entering, network.get_submodule(str(node.target)), str(node.target))
    if node.op == "output" or node.target in JOINING:
        return entering
    raise ModelError(f"the geometry of {node.op} {node.name!r} is not known; wanted layers of torch.nn")


def _joined(fields: list[ReceptiveField | None], name: str) -> ReceptiveField | None:
    """The field of maps that are laid on one another; what sees the whole photo, such as a gate, moves none."""
    maps = [field for field in fields if field is not None]
    if len({(field.stride, field.offset) for field in maps}) > 1:
        raise ModelError(f"at {name} branches meet that see different places: {maps}; wanted equal stride and offset")
    return max(maps, key=lambda field: field.size, default=None)


def _layer(field: ReceptiveField | None, layer: nn.Module, name: str) -> ReceptiveField | None:
    if field is None or isinstance(layer, WHOLE):
        return None
    if isinstance(layer, POINTWISE):
        return field
    if isinstance(layer, nn.ZeroPad2d):
        left, _, top, _ = layer.padding
        return replace(field, offset=field.offset - _one((left, top), name) * field.stride)
    if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        return _window(field, layer, name)
    if isinstance(layer, Context):
        return _context(field, layer)
    raise ModelError(f"the geometry of {name}, a {type(layer).__name__}, is not known")


def _context(field: ReceptiveField, layer: Context) -> ReceptiveField:
    """A coarse cell lies on up to two fine ones along each axis, so that it is off the latter's centre by one cell."""
    coarse = _through(layer.stage, field)
    return field if coarse is None else replace(field, size=coarse.size + 2 * field.stride)


def _window(field: ReceptiveField, layer: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d, name: str) -> ReceptiveField:
    kernel, stride, padding = (_one(getattr(layer, key), name) for key in ("kernel_size", "stride", "padding"))
    reach = (kernel - 1) * (1 if isinstance(layer, nn.AvgPool2d) else _one(layer.dilation, name))
    return ReceptiveField(
        size=field.size + reach * field.stride,
        stride=field.stride * stride,
        offset=field.offset + (reach / 2 - padding) * field.stride,
    )


def _one(value: Any, name: str) -> int:
    """The number that holds along x and y."""
    numbers = set(value) if isinstance(value, tuple) else {value}
    if len(numbers) != 1 or not all(isinstance(number, int) for number in numbers):
        raise ModelError(f"{name} has {value!r}; wanted one whole number for both directions")
    return int(numbers.pop())
