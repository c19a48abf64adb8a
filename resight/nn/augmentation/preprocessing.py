"""Preprocessing of training photos: augmented, resized and normalised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.errors import TrainingError, suggestion
from resight.nn.networks.architectures import architecture
from resight.nn.networks.modes import evaluating
from resight.types import Array

from .normalisation import NAMES, Normalisation
from .normalisation import normalisation as named
from .policies import AUGMENTATIONS, Augmentation, augment


class Pipeline(Protocol):
    """Steps from photos to images ``(b, c, side, side)``, once for each side that they are seen at."""

    def plain(self, photos: Tensor) -> tuple[Tensor, ...]:
        """The photos as they are."""

    def views(self, photos: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """A view of each photo, drawn by the generator."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Steps from photos ``(b, h, w, 3)`` uint8 to images ``(b, 3, side, side)``, for each of ``sides``, pixels."""

    normalisation: Normalisation
    sides: tuple[int, ...] = (224,)
    augmentation: Augmentation = AUGMENTATIONS["none"]

    def plain(self, photos: Tensor) -> tuple[Tensor, ...]:
        """The photos as they are, at each side."""
        return self._resized(photos.permute(0, 3, 1, 2))

    def views(self, photos: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """An augmented view of each photo, drawn by the generator; the same view at each side."""
        return self._resized(augment(photos.permute(0, 3, 1, 2), self.augmentation, generator=generator))

    def _resized(self, images: Tensor) -> tuple[Tensor, ...]:
        pixels = images.float()
        return tuple(self.normalisation(_scaled(pixels, side)).contiguous() for side in self.sides)


def _scaled(images: Tensor, side: int) -> Tensor:
    if images.shape[2:] == (side, side):
        return images
    scaled = F.interpolate(images, (side, side), mode="bilinear", align_corners=False, antialias=True)
    return scaled.clamp(0, 255)


OWN: Final = "network"
"""The normalisation by the mean and deviation that a network's public weights were trained with."""


def preprocessing_of(
    network: str, photos: Array, rows: Array, *, normalisation: str, augmentation: str, sides: tuple[int, ...]
) -> Preprocessing:
    """The preprocessing for an architecture that learns from the ``rows (l,)`` of photos ``(n, h, w, 3)``, by names.

    ``normalisation`` is OWN or one of `normalisation.NAMES`, "dataset" being that of these rows. Raises TrainingError
    with the nearest name for an unknown one.
    """
    _require("normalisation", normalisation, (OWN, *NAMES))
    _require("augmentation", augmentation, tuple(AUGMENTATIONS))
    return Preprocessing(_normalisation(network, photos, rows, normalisation), sides, AUGMENTATIONS[augmentation])


def _normalisation(network: str, photos: Array, rows: Array, name: str) -> Normalisation:
    if name == OWN:
        plan = architecture(network)
        return Normalisation(name, plan.mean, plan.std)
    batches = (photos[rows[start : start + 64]] for start in range(0, len(rows), 64))
    return named(name, (torch.from_numpy(batch.transpose(0, 3, 1, 2).copy()) for batch in batches))


def _require(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        wanted = ", ".join(known)
        raise TrainingError(f"no {kind} is called {name!r}{suggestion(name, known)}; wanted one of {wanted}")


def predict_batches(
    module: nn.Module, photos: Array, preprocessing: Pipeline, *, batch: int = 16, views: int | None = None
) -> Iterator[Array]:
    """The module's answers for photos ``(n, …)``, ``batch`` at a time, in evaluation mode and without gradient.

    With ``views`` each photo is seen in a view that this seed draws. Only the first side is seen.
    """
    device = next(module.parameters()).device
    generator = torch.Generator().manual_seed(views or 0)
    with evaluating(module):
        for start in range(0, len(photos), batch):
            pixels = torch.from_numpy(np.array(photos[start : start + batch])).to(device)
            images = preprocessing.plain(pixels) if views is None else preprocessing.views(pixels, generator)
            with torch.no_grad():
                answer = module(images[0])
            yield answer.float().cpu().numpy()


def predict(
    module: nn.Module, photos: Array, preprocessing: Pipeline, *, batch: int = 16, views: int | None = None
) -> Array:
    """The `predict_batches` as one array ``(n, …)``."""
    return np.concatenate(list(predict_batches(module, photos, preprocessing, batch=batch, views=views)))
