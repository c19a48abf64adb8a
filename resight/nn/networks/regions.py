"""Descriptors of the regions where a fully convolutional classifier is surest: Kohl 2017, section 8."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resight.errors import ShapeError
from resight.features.normalisation import unit

from .heads import ProjectionHead
from .precision import full_precision


class Regions(nn.Module):
    """The regions of highest activation, each through one `ProjectionHead` head, summed and normalised."""

    def __init__(self, head: ProjectionHead, *, count: int = 6) -> None:
        super().__init__()
        self.head, self.count = head, count

    @full_precision
    def forward(self, maps: Tensor, scores: Tensor) -> Tensor:
        """Feature maps ``(b, c, h, w)`` and class scores ``(b, k, h', w')`` to unit rows ``(b, width)``.

        Cell (i, j) of the scores looked at the window of the map that begins there and has h − h' + 1 by w − w' + 1
        cells. Raises ShapeError where the scores have more cells than the map, or other photos.
        """
        regions = windows(maps, places(scores, self.count), window=_window(maps, scores))
        rows = self.head(regions.flatten(0, 1)).unflatten(0, regions.shape[:2])
        return unit(rows.sum(dim=1))


def places(scores: Tensor, count: int) -> Tensor:
    """The ``count`` cells of ``scores (b, k, h', w')`` with the highest score of any class, ``(b, t, 2)`` as (i, j).

    Highest first; all cells where there are fewer.
    """
    height, width = scores.shape[2:]
    best = scores.amax(dim=1).flatten(1).topk(min(count, height * width)).indices
    return torch.stack([best // width, best % width], dim=2)


def windows(maps: Tensor, corners: Tensor, *, window: tuple[int, int]) -> Tensor:
    """The windows ``(b, t, c, y, x)`` of ``maps (b, c, h, w)`` that begin at ``corners (b, t, 2)``."""
    every = maps.unfold(2, window[0], 1).unfold(3, window[1], 1)
    photos = torch.arange(len(maps), device=maps.device)[:, None]
    return every[photos, :, corners[..., 0], corners[..., 1]]


def _window(maps: Tensor, scores: Tensor) -> tuple[int, int]:
    height, width = (size - cells + 1 for size, cells in zip(maps.shape[2:], scores.shape[2:], strict=True))
    if min(height, width) < 1 or len(maps) != len(scores):
        raise ShapeError(
            f"maps have shape {tuple(maps.shape)}, scores {tuple(scores.shape)}; wanted scores of the same photos, "
            "computed from these maps without padding"
        )
    return height, width
