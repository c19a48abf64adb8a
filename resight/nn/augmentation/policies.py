"""Augmentations: what a photo may look like as well, as named sets of ranges, drawn anew for every photo of a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from resight.errors import ShapeError

from . import photometry
from .warp import Size, affine, crop, perspective, warp


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges that are drawn from uniformly, photo by photo; the defaults change nothing.

    Attributes
    ----------
    shift : largest, either way, along each side, as a share of it.
    rotation : largest, either way, degrees.
    scale : smallest and largest; above 1 shows things larger.
    flip : probability of mirroring left to right.
    crop : side of a random window as a share of the photo's; it is scaled up to the whole size.
    perspective : how far each corner moves at most, as a share of the side.
    brightness, contrast, saturation : largest change of the factor 1, either way.
    hue : largest turn of the colour circle, either way, 1 being all around.
    blur : largest deviation of a Gaussian, pixels.
    noise : largest deviation, levels of 255.
    probability : of each kind of change, drawn apart for colours, crop, rotation, shift, scale, perspective, blur and
        noise.
    """

    shift: float = 0.0
    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    flip: float = 0.0
    crop: float = 1.0
    perspective: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    probability: float = 1.0


AUGMENTATIONS: Final[dict[str, Augmentation]] = {
    "none": Augmentation(),
    "pairs": Augmentation(
        brightness=0.1, contrast=0.1, saturation=0.1, hue=0.1, crop=56 / 64, flip=0.5, rotation=60, probability=0.5
    ),
    "museum": Augmentation(shift=0.2, rotation=45, scale=(0.8, 1.2), flip=0.5),
    "views": Augmentation(
        shift=0.1,
        rotation=30,
        scale=(0.7, 1.3),
        perspective=0.15,
        brightness=0.3,
        contrast=0.3,
        saturation=0.3,
        hue=0.03,
        blur=1.5,
        noise=8.0,
        probability=0.8,
    ),
}
""""pairs" is *Image similarity network* 2020, section 4.3: 56 of Tiny ImageNet's 64 pixels, not scaled up; "museum" is
Kohl 2017, section 4.2.2 (both: docs/papers.md). "views" is how people photograph one thing; it never mirrors, for a
mirrored thing is another."""


def augment(images: Tensor, how: Augmentation, *, generator: torch.Generator) -> Tensor:
    """Views of ``images (b, 3, h, w)`` uint8, of the same size: colours, then geometry, then blur and noise.

    Beyond the photo it is black, before any normalisation. ``generator`` alone decides, on its own
    device; the images stay on theirs. Raises ShapeError for other shapes, TypeError for another dtype.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ShapeError(f"images have shape {tuple(images.shape)}; wanted (b, 3, h, w)")
    if images.dtype != torch.uint8:
        raise TypeError(f"images are {images.dtype}; wanted uint8: augment before normalising")
    draw = Draw(len(images), generator, images.device)
    views = _coloured(images.float(), how, draw)
    if _moves(how):
        views = warp(views, matrices((images.shape[2], images.shape[3]), how, draw))
    if how.blur:
        views = photometry.blur(views, draw.uniform(0, how.blur, chosen=how.probability, neutral=0))
    if how.noise:
        deviation = draw.uniform(0, how.noise, chosen=how.probability, neutral=0)
        views = photometry.noise(views, deviation, generator=generator)
    return views.round().clamp(0, 255).to(torch.uint8)


class Draw:
    """Numbers for every photo of a batch, drawn by one generator."""

    def __init__(self, count: int, generator: torch.Generator, device: torch.device) -> None:
        self.count, self.generator, self.device = count, generator, device

    def share(self, *shape: int) -> Tensor:
        """Uniform in [0, 1), ``(b, *shape)``."""
        drawn = torch.rand(self.count, *shape, generator=self.generator, device=self.generator.device)
        return drawn.to(self.device)

    def uniform(self, low: float, high: float, *shape: int, chosen: float, neutral: float) -> Tensor:
        """Uniform in [low, high), ``(b, *shape)``, for a share of ``chosen`` photos; ``neutral`` for the others."""
        picked = self.share(*[1] * len(shape)) < chosen
        return torch.where(picked, low + (high - low) * self.share(*shape), neutral)


def matrices(size: Size, how: Augmentation, draw: Draw) -> Tensor:
    """Draws the geometry of ``how`` for photos of ``size (h, w)``, as `warp` takes it, ``(b, 3, 3)``."""
    chosen = how.probability
    turn = math.radians(how.rotation)
    found = affine(
        size,
        shift=draw.uniform(-how.shift, how.shift, 2, chosen=chosen, neutral=0),
        angle=draw.uniform(-turn, turn, chosen=chosen, neutral=0),
        scale=draw.uniform(*how.scale, chosen=chosen, neutral=1),
        flip=draw.share() < how.flip,
    )
    if how.perspective:
        moved = draw.uniform(-how.perspective, how.perspective, 4, 2, chosen=chosen, neutral=0)
        found = perspective(size, moved=moved) @ found
    if how.crop < 1:
        picked = (draw.share() < chosen)[:, None, None]
        window = crop(size, share=how.crop, corner=draw.share(2))
        found = torch.where(picked, window @ found, found)
    return found


def _moves(how: Augmentation) -> bool:
    still = Augmentation()
    return any(getattr(how, key) != getattr(still, key) for key in _GEOMETRY)


_GEOMETRY: Final = ("shift", "rotation", "scale", "flip", "crop", "perspective")


def _coloured(images: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """Brightness, contrast, saturation and hue, all or none of them."""
    picked = draw.share() < how.probability
    for change, reach, neutral in (
        (photometry.brightness, how.brightness, 1),
        (photometry.contrast, how.contrast, 1),
        (photometry.saturation, how.saturation, 1),
        (photometry.hue, how.hue, 0),
    ):
        if reach:
            drawn = draw.uniform(neutral - reach, neutral + reach, chosen=1, neutral=neutral)
            images = change(images, torch.where(picked, drawn, neutral))
    return images
