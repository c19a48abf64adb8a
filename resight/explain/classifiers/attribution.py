"""Maps in pixels of the photo, by captum: what the network's input has to do with a target.

Kept for comparison. Guided back-propagation and the deconvnet show edges whatever the network has learned, which a
test shows; none of them is what resight explains its answers by.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

from resight.errors import MissingExtra, ModelError
from resight.nn.networks.modes import evaluating

from .target import Target, TargetScore

GREY: Final = 0.0
"""A normalised photo's mean colour."""


def saliency(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c |∂y / ∂x_c|``, ``(b, h, w)`` (Simonyan, Vedaldi and Zisserman 2013, section 3.1)."""
    with evaluating(network):
        found = _captum().Saliency(TargetScore(network, target)).attribute(images.detach().requires_grad_())
    return found.amax(dim=1)


def guided_backpropagation(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c`` of the gradient without what is negative at any ReLU, ``(b, h, w)`` (Springenberg et al. 2014).

    Raises ModelError for a network whose graph cannot be followed, or that has no ReLU.
    """
    return _by_relus("GuidedBackprop", network, images, target)


def deconvnet(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c`` of the gradient through ReLUs of the gradient itself (Zeiler and Fergus 2014), ``(b, h, w)``.

    Raises ModelError for a network whose graph cannot be followed, or that has no ReLU.
    """
    return _by_relus("Deconvolution", network, images, target)


def occlusion(
    network: nn.Module,
    images: Tensor,
    target: Target,
    *,
    window: int,
    stride: int,
    colour: torch.Generator | float = GREY,
) -> Tensor:
    """Fall of the target where a square is hidden, ``(b, h, w)`` (Zeiler and Fergus 2014, section 4.2).

    ``window`` and ``stride`` in pixels. Hidden by the mean colour of photos; or by one drawn by a generator, normal in
    each channel as normalised photos are.
    """
    channels = images.shape[1]
    if isinstance(colour, torch.Generator):
        drawn = torch.randn(1, channels, 1, 1, generator=colour)
        hidden: Tensor | float = drawn.expand(1, *images.shape[1:]).to(images)
    else:
        hidden = colour
    square, steps = (channels, window, window), (channels, stride, stride)
    method = _captum().Occlusion(TargetScore(network, target))
    with evaluating(network), torch.no_grad():
        found: Tensor = method.attribute(images, sliding_window_shapes=square, strides=steps, baselines=hidden)
    return found.mean(dim=1)  # the same in each channel


def _by_relus(method: str, network: nn.Module, images: Tensor, target: Target) -> Tensor:
    captum = _captum()
    with evaluating(network), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Setting backward hooks on ReLU")  # which is what was asked for
        scored = TargetScore(with_relus(network), target)
        found: Tensor = getattr(captum, method)(scored).attribute(images.detach().requires_grad_())
    return found.amax(dim=1)


def with_relus(network: nn.Module) -> nn.Module:
    """The network with each use of a ReLU as a layer of its own, since only those can be changed; numbers are shared.

    A ReLU6 is one with a ceiling behind it, which lets nothing back through where it is reached. Raises ModelError for
    a network whose graph cannot be followed, and for one without a ReLU.
    """
    try:
        traced = fx.symbolic_trace(network)
    except (fx.proxy.TraceError, TypeError) as error:
        raise ModelError(f"the network's graph cannot be followed ({error}): use Grad-CAM or saliency") from error
    found = [node for node in traced.graph.nodes if _is(node, traced, *RELU) or _is(node, traced, *RELU6)]
    if not found:
        raise ModelError("the network has no ReLU, which is all that this map changes: use Grad-CAM or saliency")
    for number, node in enumerate(found):
        name = f"relu_of_its_own_{number}"
        traced.add_module(name, nn.ReLU())
        with traced.graph.inserting_before(node):
            new = traced.graph.call_module(name, (node.args[0],))
            if _is(node, traced, *RELU6):
                new = traced.graph.call_function(torch.clamp_max, (new, 6.0))
            node.replace_all_uses_with(new)
        traced.graph.erase_node(node)
    traced.recompile()
    return traced


Spellings = tuple[type[nn.Module], tuple[Any, ...]]
"""Names of an activation: its layer, and what else a graph may call it by."""

RELU: Final[Spellings] = (nn.ReLU, (torch.relu, torch.relu_, F.relu, "relu", "relu_"))
RELU6: Final[Spellings] = (nn.ReLU6, (F.relu6,))


def _is(node: fx.Node, network: fx.GraphModule, layer: type[nn.Module], names: tuple[Any, ...]) -> bool:
    if node.op == "call_module":
        return isinstance(network.get_submodule(str(node.target)), layer)
    return node.op in ("call_function", "call_method") and node.target in names


def _captum() -> Any:
    """The module of its methods."""
    try:
        from captum import attr
    except ImportError as error:
        raise MissingExtra("this map", "captum", "explain") from error
    return attr
