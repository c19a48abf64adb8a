"""DeepLab v3+ on MobileNetV2 for ADE20K's objects (Chen et al. 2018, *Encoder-decoder with atrous convolution*).

As TensorFlow's public model ``mobilenetv2_ade20k``: maps at stride 8, the mean of the whole map beside one 1 × 1
convolution, and a decoder that joins the map at stride 4. Norms are folded into the convolutions.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .mobilenet_v2 import STAGES

LABELS: Final = 151
"""Scores of a cell: 0 is everything else, then ADE20K's 150 objects in the order of their list."""

STRIDE: Final = 8
"""Pixels from one cell of the deep map to the next: strides beyond that become gaps between a kernel's cells."""

_LOW: Final = 2
"""The block whose widened map, at stride 4, the decoder takes."""


class Unit(nn.Module):
    """A convolution with a bias, padded so that stride 1 keeps the size; with an activation or without."""

    def __init__(
        self,
        entering: int,
        leaving: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        ceiling: float | None = 6.0,
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(
            entering, leaving, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups
        )
        self.ceiling = ceiling

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, leaving, ⌈h / stride⌉, ⌈w / stride⌉)`` up to ``ceiling``; 0 has no activation."""
        found = self.conv(maps)
        if self.ceiling == 0:
            return found
        return torch.relu(found) if self.ceiling is None else found.clamp(0, self.ceiling)


class Block(nn.Module):
    """MobileNetV2's unit; it gives its widened map, behind the 3 × 3 convolution, as well."""

    def __init__(self, entering: int, leaving: int, *, expansion: int, stride: int, dilation: int) -> None:
        super().__init__()
        hidden = entering * expansion
        self.expand = Unit(entering, hidden) if expansion > 1 else None
        self.dw = Unit(hidden, hidden, 3, stride=stride, dilation=dilation, groups=hidden)
        self.project = Unit(hidden, leaving, ceiling=0)
        self.added = stride == 1 and entering == leaving

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """``(b, c, h, w)`` to the map ``(b, leaving, …)`` and the widened one ``(b, hidden, …)``."""
        widened = self.dw(maps if self.expand is None else self.expand(maps))
        found = self.project(widened)
        return (maps + found if self.added else found), widened


class DeepLab(nn.Module):
    """``(b, 3, h, w)`` photos in [-1, 1] to scores ``(b, 151, h', w')`` at stride 4; sides best 8 k + 1, such as 513.

    Only at such sides do all of its maps have their first and last cells on the photo's first and last pixels.
    """

    def __init__(self, labels: int = LABELS) -> None:
        super().__init__()
        self.stem = Unit(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(_blocks())
        self.pool, self.aspp0 = Unit(320, 256, ceiling=None), Unit(320, 256, ceiling=None)
        self.proj, self.low = Unit(512, 256, ceiling=None), Unit(144, 48, ceiling=None)
        self.d0dw, self.d0pw = Unit(304, 304, 3, groups=304, ceiling=None), Unit(304, 256, ceiling=None)
        self.d1dw, self.d1pw = Unit(256, 256, 3, groups=256, ceiling=None), Unit(256, 256, ceiling=None)
        self.logits = Unit(256, labels, ceiling=0)

    def forward(self, photos: Tensor) -> Tensor:
        """Scores of the labels for each cell."""
        maps = self.stem(photos)
        for number, block in enumerate(self.blocks):
            maps, widened = block(maps)
            if number == _LOW:
                fine = widened
        whole = self.pool(maps.mean(dim=(2, 3), keepdim=True)).expand(-1, -1, maps.shape[2], maps.shape[3])
        maps = self.proj(torch.cat([whole, self.aspp0(maps)], dim=1))
        fine = self.low(fine)
        maps = F.interpolate(maps, (fine.shape[2], fine.shape[3]), mode="bilinear", align_corners=True)
        maps = self.d0pw(self.d0dw(torch.cat([maps, fine], dim=1)))
        return self.logits(self.d1pw(self.d1dw(maps)))


def _blocks() -> list[Block]:
    """MobileNetV2's units, with gaps in place of strides beyond STRIDE."""
    found, entering, reached, gap = list[Block](), 32, 2, 1
    for expansion, leaving, count, first in STAGES:
        for stride in (first, *[1] * (count - 1)):
            kept = stride if reached * stride <= STRIDE else 1
            found.append(Block(entering, leaving, expansion=expansion, stride=kept, dilation=gap))
            reached *= kept
            gap *= stride // kept
            entering = leaving
    return found
