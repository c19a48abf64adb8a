"""Preprocessing for networks of grey images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class GreyPreprocessing:
    """Grey photos ``(b, h, w)`` uint8 become images ``(b, 1, h, w)`` in [0, 1], and that is all.

    Black stays zero, as what convolutions pad with, so that the rim of a photo is no edge.
    """

    def plain(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Images of photos as they are."""
        return (photos.unsqueeze(1).float() / 255,)

    def views(self, photos: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """The photos as they are: nothing is drawn."""
        return self.plain(photos)
