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

from .target import Scored, Target

GREY: Final = 0.0
"""A normalised photo's mean colour."""


def saliency(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c |∂y / ∂x_c|``, ``(b, h, w)`` (Simonyan, Vedaldi and Zisserman 2013, section 3.1)."""
    found = _captum().Saliency(Scored(network, target)).attribute(images.detach().requires_grad_())
    return found.amax(dim=1)


def guided_backpropagation(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c`` of the gradient without what is negative at any ReLU, ``(b, h, w)`` (Springenberg et al. 2014).

    Raises ModelError for a network whose graph cannot be followed.
    """
    return _by_relus("GuidedBackprop", network, images, target)


def deconvnet(network: nn.Module, images: Tensor, target: Target) -> Tensor:
    """``max_c`` of the gradient through ReLUs of the gradient itself (Zeiler and Fergus 2014), ``(b, h, w)``.

    Raises ModelError for a network whose graph cannot be followed.
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
    """How far the target falls where a square is hidden, ``(b, h, w)`` (Zeiler and Fergus 2014, section 4.2).

    ``window`` and ``stride`` in pixels. Hidden by the mean colour of photos; or by one drawn by a generator, normal in
    each channel as normalised photos are.
    """
    if isinstance(colour, torch.Generator):
        hidden: Tensor | float = torch.randn(1, 3, 1, 1, generator=colour).expand(1, *images.shape[1:]).to(images)
    else:
        hidden = colour
    found: Tensor = (
        _captum()
        .Occlusion(Scored(network, target))
        .attribute(images, sliding_window_shapes=(3, window, window), strides=(3, stride, stride), baselines=hidden)
    )
    return found.mean(dim=1)  # the same in each channel


def _by_relus(method: str, network: nn.Module, images: Tensor, target: Target) -> Tensor:
    scored = Scored(with_relus(network), target)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Setting backward hooks on ReLU")  # which is what was asked for
        found: Tensor = getattr(_captum(), method)(scored).attribute(images.detach().requires_grad_())
    return found.amax(dim=1)


def with_relus(network: nn.Module) -> nn.Module:
    """The network with each use of a ReLU as a layer of its own, since only those can be changed; numbers are shared.

    Raises ModelError for a network whose graph cannot be followed.
    """
    try:
        traced = fx.symbolic_trace(network)
    except (fx.proxy.TraceError, TypeError) as error:
        raise ModelError(f"the network's graph cannot be followed ({error}): use Grad-CAM or saliency") from error
    found = [node for node in traced.graph.nodes if _is_relu(node, traced)]
    for number, node in enumerate(found):
        name = f"relu_of_its_own_{number}"
        traced.add_module(name, nn.ReLU())
        with traced.graph.inserting_before(node):
            node.replace_all_uses_with(traced.graph.call_module(name, (node.args[0],)))
        traced.graph.erase_node(node)
    traced.recompile()
    return traced


def _is_relu(node: fx.Node, network: fx.GraphModule) -> bool:
    if node.op == "call_module":
        return isinstance(network.get_submodule(str(node.target)), nn.ReLU)
    return node.target in (torch.relu, torch.relu_, F.relu, "relu", "relu_")


def _captum() -> Any:
    """The module of its methods."""
    try:
        from captum import attr
    except ImportError as error:
        raise MissingExtra("this map", "captum", "explain") from error
    return attr
