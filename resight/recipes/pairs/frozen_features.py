"""Descriptors of photos by a network, kept in a file; and a head that learns on those of a frozen network."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.io import files
from resight.io.cached_result import load_cached, save_cached
from resight.progress import Job, Progress
from resight.types import Array

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from resight.nn.augmentation.preprocessing import Pipeline
    from resight.nn.networks.architectures import Network

BATCH: Final = 64
"""Photos that are described at a time."""

KEPT: Final = 1024
"""Photos after which what is done is noted."""


def described(
    network: Network, photos: Array, preprocessing: Pipeline, file: Path, made_of: Mapping[str, Any], *, bf16: bool
) -> Job[Array]:
    """Descriptors that a network gives for photos ``(n, …)``, maps averaged: ``(n, d)`` float16, mapped from ``file``.

    What is there of the same is gone on from. Raises TrainingError for a damaged note of what is done, DatasetError
    where the disk has too little room.
    """
    import torch

    device, note = next(network.parameters()).device, file.with_suffix(".json")
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    done = int(load_cached(note, made_of) or 0) if file.exists() else 0
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
        shape = len(photos), _means(network, preprocessing, photos[:1]).shape[1]
        if not done:
            file.parent.mkdir(parents=True, exist_ok=True)
            files.require(file.parent, 2 * shape[0] * shape[1], "descriptors", "take shorter ones")
        rows = np.lib.format.open_memmap(file, mode="r+" if done else "w+", dtype=np.float16, shape=shape)
        for start in range(done, len(photos), BATCH):
            end = min(start + BATCH, len(photos))
            rows[start:end] = _means(network, preprocessing, photos[start:end])
            if end == len(photos) or end % KEPT < BATCH:
                rows.flush()
                save_cached(note, made_of, end)
            yield Progress("descriptors", end, len(photos))
    found: Array = np.load(file, mmap_mode="r")
    return found


def _means(network: Network, preprocessing: Pipeline, photos: Array) -> Array:
    import torch

    device = next(network.parameters()).device
    (images,) = preprocessing.plain(torch.from_numpy(np.array(photos)).to(device))
    if images.ndim == 4:
        images = images.contiguous(memory_format=torch.channels_last)
    answer = network(images).float()
    means = answer.flatten(2).mean(2) if answer.ndim > 2 else answer
    found: Array = means.cpu().numpy().astype(np.float16)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class StandardFeatures:
    """Steps from features ``(b, c)`` to standardised ones: a head's input (preprocessing.Pipeline).

    ``mean`` and ``deviation`` are those of each channel of the photos that are learned.
    """

    mean: Array
    deviation: Array

    def plain(self, photos: Tensor) -> tuple[Tensor, ...]:
        """The features, standardised."""
        import torch

        mean, deviation = (torch.from_numpy(each).to(photos.device) for each in (self.mean, self.deviation))
        return ((photos.float() - mean) / deviation,)

    def views(self, photos: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """The features as they are: a frozen network sees no other views."""
        return self.plain(photos)


def head(channels: int, width: int, classes: int, *, rng: np.random.Generator) -> Network:
    """A hidden layer of that width and the classifier: layers ``dropout0, hidden, relu, dropout, fc``."""
    from resight.nn.backbones.initialisation import initialised

    return initialised(partial(_lay_out, channels, width, classes), rng=rng)


def _lay_out(channels: int, width: int, classes: int) -> Network:
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict(dropout0=nn.Dropout(0.25), hidden=nn.Linear(channels, width))
    layers["relu"], layers["dropout"] = nn.ReLU(), nn.Dropout(0.5)
    layers["fc"] = nn.Linear(width, classes)
    return nn.Sequential(layers)
