"""Losses of the house network: views of one photo, a teacher's answer to the photo as it was, and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.features.aggregate import gem
from resight.features.normalisation import unit
from resight.nn.augmentation.simulated_views import mapped
from resight.nn.losses.batch import supervised_contrastive
from resight.nn.losses.classification import cross_entropy

STRIDE: Final = 16
"""Pixels between the cells of both networks' maps; the first has its centre on the first pixel."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of each loss in the sum.

    Attributes
    ----------
    contrast : views of one photo are nearer each other than to views of others.
    descriptor, maps : 1 − cosine to the teacher's descriptor, and to its map at each cell.
    labels : cross-entropy of the photos' labels.
    temperature : of the contrast.
    """

    contrast: float = 1.0
    descriptor: float = 2.0
    maps: float = 1.0
    labels: float = 0.5
    temperature: float = 0.07


class Student(nn.Module):
    """A network with all that is only of use while it learns; forward gives the weighted losses by name."""

    def __init__(
        self, network: nn.Sequential, width: int, *, taught: tuple[int, int], classes: int, weights: Weights
    ) -> None:
        """``width`` channels of the network's map; ``taught``: dimensions of the teacher's descriptors and maps."""
        super().__init__()
        self.network = network
        self.weights = weights
        self.centre = nn.BatchNorm1d(width, affine=False)
        self.as_descriptor = nn.Linear(width, taught[0], bias=False)
        self.as_map = nn.Conv2d(width, taught[1], 1)
        self.as_class = nn.Linear(width, classes)

    def forward(
        self, images: Tensor, photos: Tensor, labels: Tensor, said: Tensor, map_said: Tensor
    ) -> dict[str, Tensor]:
        """Losses of normalised views ``(b, 3, s, s)``.

        ``photos (b,)`` numbers the photo of each view and ``labels (b,)`` are its classes or UNKNOWN; ``said (b, d)``
        and ``map_said (b, c, h', w')`` are the teacher's, cells that it said nothing of being zero.
        """
        maps = self.network(images)
        with torch.autocast(maps.device.type, enabled=False):
            maps = maps.to(self.as_class.weight.dtype)
            rows = self.centre(unit(gem(maps.flatten(2).transpose(1, 2))))
            losses = {
                "contrast": supervised_contrastive(unit(rows), photos, temperature=self.weights.temperature),
                "descriptor": 1 - F.cosine_similarity(self.as_descriptor(rows), said).mean(),
                "maps": _disagreement(self.as_map(maps), map_said),
                "labels": cross_entropy(self.as_class(rows), labels),
            }
        return {name: getattr(self.weights, name) * loss for name, loss in losses.items()}


def map_at(maps: Tensor, poses: Tensor, side: int, photo: int) -> Tensor:
    """A teacher's maps ``(b, c, h', w')`` of photos of ``photo`` pixels, where the cells of their views of ``side``
    pixels lie: ``(b, c, ⌈side / STRIDE⌉, the same)``.

    A cell whose centre is outside the photo is zero.
    """
    where = mapped(poses, _centres(side, maps.device))
    pixels = ((where + 1) * photo - 1) / 2
    cells = (2 * pixels / STRIDE + 1) / torch.tensor(maps.shape[:1:-1], device=maps.device) - 1
    seen = F.grid_sample(maps, cells, mode="bilinear", padding_mode="border", align_corners=False)
    return seen * (where.abs() <= 1).all(dim=-1)[:, None]


def _centres(side: int, device: torch.device) -> Tensor:
    """Centres of the cells of a map of ``side`` pixels, ``(n, n, 2)``, ``(x, y)`` in [−1, 1]."""
    at = (2 * torch.arange(0, side, STRIDE, device=device, dtype=torch.float32) + 1) / side - 1
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], dim=-1)


def _disagreement(maps: Tensor, said: Tensor) -> Tensor:
    """Mean of 1 − cosine over the cells of which something was said."""
    spoken = (said != 0).any(dim=1)
    return ((1 - F.cosine_similarity(maps, said, dim=1)) * spoken).sum() / spoken.sum().clamp(min=1)
