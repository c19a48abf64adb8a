"""What a network would like to see: a picture that makes a target large (Erhan et al. 2009)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .modes import evaluating
from .target import Scored, Target


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
) -> Tensor:
    """A normalised picture ``(channels, side, side)`` found by gradient ascent from faint noise.

    Each step is as long as ``rate`` says, whatever the gradient's length; ``decay`` shrinks the picture (Simonyan,
    Vedaldi and Zisserman 2013, equation 1), and ``jitter`` moves it by up to so many pixels, so that no edge is drawn
    where the network's own grid lies (Mordvintsev et al. 2015).
    """
    scored = Scored(network, target)
    leaf = next(network.parameters())
    picture = 0.1 * torch.randn(1, channels, side, side, generator=generator).to(leaf)
    with evaluating(network):
        for _ in range(steps):
            shift = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
            seen = picture.roll(shift, dims=(2, 3)).requires_grad_()
            (slope,) = torch.autograd.grad(scored(seen).sum(), seen)
            back = slope.roll([-each for each in shift], dims=(2, 3))
            picture = (1 - decay) * picture + rate * back / back.std().clamp_min(1e-12)
    return picture[0]
