"""Grad-CAM of many photos, a batch at a time: the map of each photo's own class, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from resight.types import Array

from .class_activation import recorded, weighted

if TYPE_CHECKING:
    from resight.nn.augmentation.preprocessing import Pipeline


@dataclass(frozen=True, slots=True, eq=False)
class ClassMaps:
    """Grad-CAM maps of photos, each of one class.

    Attributes
    ----------
    maps : (n, h', w') float32, ``L`` of Shi 2018, equation 1.
    sums : (n, h', w') float32, ``Σ_k A^k`` of the same feature maps.
    scores : (n, k) float32 of the classes.
    """

    maps: Array
    sums: Array
    scores: Array


def class_maps(network: nn.Module, images: Tensor, classes: Tensor, *, layer: str) -> tuple[Tensor, Tensor, Tensor]:
    """``max(0, Σ_k α_k A^k)`` and ``Σ_k A^k``, both ``(b, h', w')``, and the scores ``(b, k)``, in one pass.

    Each photo of ``images (b, 3, h, w)`` is asked about its own of ``classes (b,)``. Raises what `grad_cam` does.
    """
    seen: list[Tensor] = []

    def own(output: Tensor) -> Tensor:
        seen.append(output.detach())
        return output.gather(1, classes[:, None])[:, 0]

    maps, slopes = recorded(network, images, own, layer=layer)
    return torch.relu(weighted(maps, slopes.mean(dim=(2, 3)))), maps.sum(dim=1), seen[-1]


def class_map_batches(
    network: nn.Module, photos: Array, classes: Array, preprocessing: Pipeline, *, layer: str, batch: int = 16
) -> Iterator[ClassMaps]:
    """The `class_maps` of photos ``(n, h, w, 3)`` uint8, ``batch`` at a time, as NumPy arrays."""
    device = next(network.parameters()).device
    for start in range(0, len(photos), batch):
        pixels = torch.from_numpy(np.array(photos[start : start + batch])).to(device)
        asked = torch.from_numpy(np.array(classes[start : start + batch])).to(device)
        found = class_maps(network, preprocessing.plain(pixels)[0], asked, layer=layer)
        yield ClassMaps(*(each.float().cpu().numpy() for each in found))


def joined(batches: list[ClassMaps]) -> ClassMaps:
    """The maps of several batches as one."""
    parts = ((one.maps, one.sums, one.scores) for one in batches)
    return ClassMaps(*(np.concatenate(each) for each in zip(*parts, strict=True)))
