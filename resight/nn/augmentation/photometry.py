"""Photometric views of photos ``(b, 3, h, w)``, RGB, floating-point in [0, 255]: light, colour, blur and noise.

Each takes one number per photo, ``(b,)``; 1, or 0 where it is added, changes nothing. What leaves [0, 255] is clipped.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey: ITU-R BT.601."""


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Multiplies every pixel by ``factor`` ≥ 0."""
    return _clipped(images * _each(factor))


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """``factor`` times the distance to the photo's mean grey: 0 is that grey alone."""
    mean = grey(images).mean(dim=(2, 3), keepdim=True)
    return _clipped(mean + _each(factor) * (images - mean))


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """``factor`` times the distance to each pixel's own grey: 0 is a grey photo."""
    pale = grey(images)
    return _clipped(pale + _each(factor) * (images - pale))


def hue(images: Tensor, turn: Tensor) -> Tensor:
    """The colour circle turned by ``turn``, 1 being all around; lightness and saturation of HSV stay."""
    largest, smallest = images.amax(dim=1, keepdim=True), images.amin(dim=1, keepdim=True)
    angle = _hue(images, largest, largest - smallest) + 6 * _each(turn)
    # A channel is at its largest within one sixth of its own colour, and falls to the smallest within another.
    channels = torch.tensor([5.0, 3.0, 1.0], device=images.device, dtype=images.dtype).reshape(1, 3, 1, 1)
    place = (channels + angle) % 6
    return largest - (largest - smallest) * torch.minimum(place, 4 - place).clamp(0, 1)


def blur(images: Tensor, sigma: Tensor) -> Tensor:
    """A Gaussian of ``sigma`` ≥ 0 pixels, to three deviations of the largest; the border is repeated outwards."""
    if not len(images):
        return images
    radius = max(math.ceil(3 * float(sigma.max())), 1)
    steps = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    weights = torch.exp(-0.5 * (steps / sigma.to(images)[:, None].clamp(min=1e-3)).square())
    kernels = (weights / weights.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    photos, channels, height, width = images.shape
    flat = F.pad(images, (radius,) * 4, mode="replicate").flatten(0, 1)[None]
    flat = F.conv2d(flat, kernels[:, None, :, None], groups=photos * channels)
    flat = F.conv2d(flat, kernels[:, None, None, :], groups=photos * channels)
    return flat.reshape(photos, channels, height, width)


def noise(images: Tensor, deviation: Tensor, *, generator: torch.Generator) -> Tensor:
    """Gaussian noise of ``deviation`` ≥ 0 levels, drawn for every channel of every pixel."""
    drawn = torch.randn(images.shape, generator=generator, device=generator.device, dtype=images.dtype)
    return _clipped(images + _each(deviation) * drawn.to(images.device))


def grey(images: Tensor) -> Tensor:
    """``(b, 1, h, w)``: what a black-and-white film would see."""
    return torch.einsum("bchw,c->bhw", images, images.new_tensor(LUMA))[:, None]


def _hue(images: Tensor, largest: Tensor, chroma: Tensor) -> Tensor:
    """Hue in sixths of the circle, red at 0, ``(b, 1, h, w)``; 0 for greys, which have none."""
    red, green, blue = (images[:, channel : channel + 1] for channel in range(3))
    span = torch.where(chroma > 0, chroma, 1)
    between = torch.where(largest == green, 2 + (blue - red) / span, 4 + (red - green) / span)
    return torch.where(largest == red, (green - blue) / span, between)


def _each(numbers: Tensor) -> Tensor:
    return numbers.reshape(-1, 1, 1, 1)


def _clipped(images: Tensor) -> Tensor:
    return images.clamp(0, 255)
