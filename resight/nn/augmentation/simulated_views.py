"""Simulated views of photos in batch: the same thing seen from elsewhere, in other light, through a poor camera.

All of a batch is drawn and computed at once, on the device of the photos. Everything is drawn by one generator on the
CPU, so that equal seeds give equal views on every device, to rounding. Photos are never mirrored: a mirror image, of
writing or of a building, is another thing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from .jpeg import compress
from .photometry import blur

DISTANCE: Final = 5.0
"""Distance of the camera from the photo, in halves of its side."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Strength of views, which is how far they stray from the photo; angles in degrees are ends of symmetric uniform
    ranges.

    Attributes
    ----------
    zoom : least and largest share of the photo's side that a view's side shows; above 1 others are seen around it.
    stretch : largest ratio of the two scales along the axes.
    pan, tilt : turns out of the photo's plane, for a camera two and a half sides away.
    roll : standard deviation of the turn in the plane.
    upturned : chance that the turn in the plane is any.
    shift : of the shown part's centre, as a share of what room there is.
    covered : chance that a piece of another photo stands in front.
    light : how far exposure, contrast and colours go, 1 being far.
    grey, blurred, noisy, compressed : chances of each.
    """

    zoom: tuple[float, float] = (0.4, 1.3)
    stretch: float = 1.25
    pan: float = 45.0
    tilt: float = 35.0
    roll: float = 15.0
    upturned: float = 0.1
    shift: float = 1.0
    covered: float = 0.3
    light: float = 1.0
    grey: float = 0.1
    blurred: float = 0.35
    noisy: float = 0.35
    compressed: float = 0.35

    def times(self, share: float) -> Strength:
        """A share of this strength, from 0, no change, to 1, all of it; factors are scaled as logarithms."""
        factors = {"zoom": (self.zoom[0] ** share, self.zoom[1] ** share), "stretch": self.stretch**share}
        others = {each.name: getattr(self, each.name) * share for each in fields(self) if each.name not in factors}
        return Strength(**factors, **others)


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Seen photos.

    Attributes
    ----------
    images : (b, 3, s, s) float32 in [0, 1].
    poses : (b, 3, 3) float32 homographies from a view's coordinates to the photo's, both in [−1, 1]².
    shown : (b, 1, s, s) bool, where the photo itself is seen and not another.
    """

    images: Tensor
    poses: Tensor
    shown: Tensor


def views(photos: Tensor, side: int, generator: torch.Generator, *, strength: Strength | None = None) -> Views:
    """One view of ``side`` pixels of each of the photos ``(b, 3, h, w)`` float32 in [0, 1].

    Where a view reaches beyond its photo, and where something stands in front, the batch's previous photo is seen.
    """
    how = strength or Strength()
    poses = poses_of(len(photos), generator, how).to(photos.device)
    where = mapped(poses, cells(side, photos.device))
    seen = F.grid_sample(photos, where, mode="bilinear", padding_mode="reflection", align_corners=False)
    cover = _cover(len(photos), side, generator, how).to(photos.device)
    shown = ((where.abs() <= 1).all(dim=-1) & ~cover)[:, None]
    lit = _light(torch.where(shown, seen, seen.roll(1, dims=0)), generator, how)
    return Views(_camera(lit, generator, how), poses, shown)


def cells(side: int, device: torch.device | str = "cpu") -> Tensor:
    """Centres ``(side, side, 2)`` of a grid's cells, ``(x, y)`` in [−1, 1]."""
    at = (2 * torch.arange(side, device=device, dtype=torch.float32) + 1) / side - 1
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], dim=-1)


def mapped(poses: Tensor, points: Tensor) -> Tensor:
    """Points ``(h, w, 2)`` through each homography ``(b, 3, 3)``: ``(b, h, w, 2)``; what is behind lies far outside."""
    flat = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1).reshape(1, -1, 3)
    through = flat @ poses.transpose(1, 2)
    ahead = through[..., 2:].clamp(min=1e-3)
    return (through[..., :2] / ahead).reshape(len(poses), *points.shape).clamp(-9, 9)


def poses_of(count: int, generator: torch.Generator, how: Strength) -> Tensor:
    """Homographies ``(count, 3, 3)`` from views to photos."""
    low, high = map(math.log, how.zoom)
    zoom = _uniform(count, generator, low, high).exp()
    stretch = _uniform(count, generator, -1, 1).mul(math.log(how.stretch) / 2).exp()
    near = torch.randn(count, generator=generator) * how.roll
    anyhow = _uniform(count, generator, -180, 180)
    upturned = torch.rand(count, generator=generator) < how.upturned
    roll = torch.where(upturned, anyhow, near).deg2rad()
    pan, tilt = (_uniform(count, generator, -turn, turn).deg2rad() for turn in (how.pan, how.tilt))
    room = (1 - zoom).abs() * how.shift
    shift = torch.stack([_uniform(count, generator, -1, 1) * room for _ in range(2)], dim=-1)
    return _translation(shift) @ _rotation(roll) @ _scaling(zoom * stretch, zoom / stretch) @ turned(pan, tilt)


def _uniform(count: int, generator: torch.Generator, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _translation(shift: Tensor) -> Tensor:
    matrices = torch.eye(3).repeat(len(shift), 1, 1)
    matrices[:, :2, 2] = shift
    return matrices


def _rotation(angle: Tensor) -> Tensor:
    matrices = torch.eye(3).repeat(len(angle), 1, 1)
    matrices[:, 0, 0] = matrices[:, 1, 1] = angle.cos()
    matrices[:, 0, 1], matrices[:, 1, 0] = -angle.sin(), angle.sin()
    return matrices


def _scaling(x: Tensor, y: Tensor) -> Tensor:
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], dim=-1))


def turned(pan: Tensor, tilt: Tensor) -> Tensor:
    """Homographies ``(b, 3, 3)`` from a camera's picture to a photo turned by these angles in front of it.

    The photo's (u, v) is seen at (x, y) = D (u cos pan, v cos tilt) / (D + u sin pan + v sin tilt), D being DISTANCE.
    """
    matrices = torch.eye(3).repeat(len(pan), 1, 1)
    matrices[:, 0, 0], matrices[:, 1, 1] = 1 / pan.cos(), 1 / tilt.cos()
    matrices[:, 2, 0], matrices[:, 2, 1] = -pan.tan() / DISTANCE, -tilt.tan() / DISTANCE
    return matrices


def _cover(count: int, side: int, generator: torch.Generator, how: Strength) -> Tensor:
    """A rectangle ``(count, side, side)`` bool in some views, a tenth to almost a half of each side."""
    there = torch.rand(count, generator=generator) < how.covered
    inside = there[:, None, None]
    for axis in (1, 2):
        size = _uniform(count, generator, 0.1, 0.45)
        start = torch.rand(count, generator=generator) * (1 - size)
        at = (torch.arange(side) + 0.5) / side
        within = (at >= start[:, None]) & (at < (start + size)[:, None])
        inside = inside & within.unsqueeze(3 - axis)
    return inside


def _light(images: Tensor, generator: torch.Generator, how: Strength) -> Tensor:
    """Gamma, exposure, colour of the light, saturation, some views grey, and a slope of brightness; clipped."""
    count, device = len(images), images.device

    def drawn(low: float, high: float, channels: int = 1) -> Tensor:
        numbers = torch.rand(count, channels, generator=generator) * (high - low) + low
        return numbers[:, :, None, None].to(device)

    far = how.light
    gamma, exposure, tint = (
        drawn(-0.5, 0.5).mul(far).exp(),
        drawn(-0.5, 0.3).mul(far).exp(),
        drawn(-0.2, 0.2, 3) * far,
    )
    saturation = torch.where(drawn(0, 1) < how.grey, 0.0, 1 + far * drawn(-0.6, 0.5))
    angle, slope = drawn(0, 2 * math.pi), drawn(0, 0.35) * far
    x, y = cells(images.shape[-1], device).permute(2, 0, 1)[:, None, None]
    shade = exposure * (1 + slope * (angle.cos() * x + angle.sin() * y))
    images = images.clamp(min=1e-4) ** gamma * (1 + tint)
    grey = images.mean(dim=1, keepdim=True)
    return ((grey + (images - grey) * saturation) * shade).clamp(0, 1)


def _camera(images: Tensor, generator: torch.Generator, how: Strength) -> Tensor:
    """Blur, noise and compression, each of some views."""
    chosen = _chosen(len(images), how.blurred, generator).to(images.device)
    sigma = _uniform(len(chosen), generator, 0.4, 1.6).to(images.device)
    images = images.index_copy(0, chosen, blur(images[chosen], sigma))
    chosen = _chosen(len(images), how.noisy, generator).to(images.device)
    sigma = _uniform(len(chosen), generator, 0.005, 0.06).to(images.device)
    noise = torch.randn(images[chosen].shape, generator=generator).to(images.device)
    images = images.index_copy(0, chosen, (images[chosen] + noise * sigma[:, None, None, None]).clamp(0, 1))
    chosen = _chosen(len(images), how.compressed, generator).to(images.device)
    quality = _uniform(len(chosen), generator, 15, 80).to(images.device)
    return images.index_copy(0, chosen, compress(images[chosen], quality))


def _chosen(count: int, chance: float, generator: torch.Generator) -> Tensor:
    return torch.nonzero(torch.rand(count, generator=generator) < chance).flatten()
