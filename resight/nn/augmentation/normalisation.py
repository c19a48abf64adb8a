"""Normalisation of training photos as a named setting, since it changes results (Kohl 2017, docs/papers.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch
from torch import Tensor

from resight.errors import suggestion
from resight.nn.networks.architectures import IMAGENET, Triple

NAMES: Final = ("imagenet", "dataset", "image")

FLOOR: Final = 1 / 255
"""Least deviation that is divided by, on [0, 1]: a photo of one colour has none, and one level is its rounding."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """``(x / 255 − mean) / std`` per RGB channel; ``mean`` and ``std`` on [0, 1], or None for each photo's own."""

    name: str
    mean: Triple | None = None
    std: Triple | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """``(b, 3, h, w)`` uint8 to float32."""
        scaled = images.float() / 255
        if self.mean is None or self.std is None:
            std, mean = torch.std_mean(scaled, dim=(2, 3), keepdim=True, correction=0)
        else:
            mean, std = (scaled.new_tensor(triple).reshape(1, 3, 1, 1) for triple in (self.mean, self.std))
        return (scaled - mean) / std.clamp(min=FLOOR)

    def to_dict(self) -> dict[str, Any]:
        """The normalisation for a report and a model's config."""
        return asdict(self)


def normalisation(name: str, batches: Iterable[Tensor] = ()) -> Normalisation:
    """The normalisation of that name: "imagenet"; "dataset", of the pixels of ``batches``; "image", of each photo.

    ``batches`` are ``(b, 3, h, w)`` uint8 of any sizes, the training photos alone. Raises ValueError for another name,
    and for a data set without a pixel.
    """
    if name not in NAMES:
        raise ValueError(f"no normalisation is called {name!r}{suggestion(name, NAMES)}; wanted {', '.join(NAMES)}")
    if name == "image":
        return Normalisation(name)
    return Normalisation(name, *(IMAGENET if name == "imagenet" else _statistics(batches)))


def floating(pixels: Tensor) -> Tensor:
    """Photos ``(b, h, w, 3)`` uint8 to ``(b, 3, h, w)`` float32 on [0, 1]."""
    return pixels.permute(0, 3, 1, 2).float().div_(255).contiguous()


def standardised(images: Tensor, mean: Triple, std: Triple) -> Tensor:
    """Images ``(b, 3, h, w)`` on [0, 1] less the mean, by the deviation of each channel, laid out channels last."""
    shift, scale = (torch.tensor(triple, device=images.device).reshape(3, 1, 1) for triple in (mean, std))
    return ((images - shift) / scale).contiguous(memory_format=torch.channels_last)


def _statistics(batches: Iterable[Tensor]) -> tuple[Triple, Triple]:
    """Mean and deviation of all pixels per channel, on [0, 1]; summed in whole numbers, so that order is nothing."""
    count, sums, squares = 0, torch.zeros(3, dtype=torch.int64), torch.zeros(3, dtype=torch.int64)
    for batch in batches:
        levels = batch.long().transpose(0, 1).flatten(1).cpu()
        count += levels.shape[1]
        sums += levels.sum(dim=1)
        squares += levels.square().sum(dim=1)
    if not count:
        raise ValueError("there is no pixel to normalise by; wanted the training photos in batches")
    mean = sums.double() / count
    std = (squares.double() / count - mean.square()).clamp(min=0).sqrt()
    return _triple(mean / 255), _triple(std / 255)


def _triple(numbers: Tensor) -> Triple:
    red, green, blue = numbers.tolist()
    return red, green, blue
