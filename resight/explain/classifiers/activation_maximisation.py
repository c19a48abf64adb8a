"""Activation maximisation: a picture that makes a network's target large (Erhan et al. 2009)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from resight.nn.networks.modes import evaluating

from .target import Target, TargetScore


def maximised(
    network: nn.Module,
    target: Target,
    *,
    side: int,
    channels: int = 3,
    generator: torch.Generator,
    steps: int = 128,
    rate: float = 0.1,
    decay: float = 0.01,
    jitter: int = 4,
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> Tensor:
    """A normalised picture ``(channels, side, side)`` found by gradient ascent from faint noise.

    Each step is as long as ``rate`` says, whatever the gradient's length; ``decay`` shrinks the picture (Simonyan,
    Vedaldi and Zisserman 2013, equation 1), and ``jitter`` moves it by up to so many pixels, so that no edge is drawn
    where the network's own grid lies (Mordvintsev et al. 2015). ``tell`` is told after each step how many are done.
    """
    scored = TargetScore(network, target)
    leaf = next(network.parameters())
    picture = 0.1 * torch.randn(1, channels, side, side, generator=generator).to(leaf)
    with evaluating(network):
        for done in range(1, steps + 1):
            shift = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
            seen = picture.roll(shift, dims=(2, 3)).requires_grad_()
            (slope,) = torch.autograd.grad(scored(seen).sum(), seen)
            back = slope.roll([-each for each in shift], dims=(2, 3))
            picture = (1 - decay) * picture + rate * back / back.std().clamp_min(1e-12)
            tell(done, steps)
    return picture[0]
