"""The house encoder's task: which photos a step shows, what was said of them, and how well things are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.features.aggregate import gem
from resight.features.head import head
from resight.features.whitening import fit
from resight.nn.augmentation.normalisation import floating, standardised
from resight.nn.augmentation.simulated_views import Strength, views
from resight.nn.backbones.house import house
from resight.nn.loop.distributed import Worker
from resight.nn.mining.sampler import batch_at, parted
from resight.nn.networks.architectures import IMAGENET, measure
from resight.types import Array, Head

from .distillation import STRIDE, Student, Weights, map_at
from .teacher import TeacherTargets

STRENGTH: Final = Strength()
"""Strength of views in the end, and of those that validate."""

VIEWS: Final = 2
"""Views of each photo in a step."""

MILDEST: Final = 0.4
"""Share of the full strength that the first views have."""


class HouseTask:
    """Two views of each photo of a batch, with the teacher's targets (loop.Task).

    ``photos (n, h, w, 3)`` uint8 and ``labels (n,)``, of which ``held_out`` are kept to validate on. The side of the
    views is that of the last of ``sides``, pairs of an epoch and a side in pixels, whose epoch has come. Views grow to
    their full STRENGTH from MILDEST of it in the first ``mild`` steps: at once, a network learned hardly anything. Of
    several workers each contrasts the photos of its own share. Rows ``held_out`` and ``learned`` are all photos.
    """

    def __init__(
        self,
        photos: Array,
        labels: Array,
        targets: TeacherTargets,
        *,
        batch: int,
        steps: int,
        sides: Sequence[tuple[int, int]],
        mild: int,
        held_out: int,
        seed: int,
        identity: Mapping[str, Any],
    ) -> None:
        self.module = student(targets, int(labels.max(initial=-1)) + 1, seed=seed)
        self.steps, self.identity, self.division = steps, identity, None  # photos contrast with all of the batch
        self._photos, self._labels, self._targets = photos, labels, targets
        self._batch, self._sides, self._mild, self._seed = batch, tuple(sides), mild, seed
        self.held_out, self.learned = parted(len(photos), held_out=held_out, seed=seed)

    def load(self, step: int, worker: Worker) -> tuple[Tensor, ...]:
        """Photos ``(b, h, w, 3)`` uint8, their rows and labels, and what the teacher said of them."""
        rows = batch_at(step, self.learned, batch=self._batch, seed=self._seed)
        rows = np.sort(rows[worker.rank :: worker.count])  # a disk is read forwards
        taken = (self._photos, self._targets.descriptors, self._targets.maps)
        pixels, descriptors, maps = (torch.from_numpy(array[rows]) for array in taken)
        return pixels, torch.from_numpy(rows), torch.from_numpy(self._labels[rows]), descriptors, maps

    def prepare(self, batch: tuple[Tensor, ...], step: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Prepares the student's input, see its forward; views of one photo lie ``b`` apart."""
        pixels, rows, labels, descriptors, maps = batch
        photos, maps = floating(pixels), maps.permute(0, 3, 1, 2).float()
        side = self._side(step)
        strength = STRENGTH.times(min(1.0, MILDEST + (1 - MILDEST) * step / max(self._mild, 1)))
        seen = [views(photos, side, generator, strength=strength) for _ in range(VIEWS)]
        said = torch.cat([map_at(maps, one.poses, side, photos.shape[-1]) * _cells(one.shown) for one in seen])
        images = standardised(torch.cat([one.images for one in seen]), *IMAGENET)
        return images, rows.repeat(VIEWS), labels.repeat(VIEWS), descriptors.float().repeat(VIEWS, 1), said

    def validate(self, module: nn.Module) -> float | None:
        """P@1 of one view of each photo held out, among those photos as they are; whitened on these."""
        if not len(self.held_out):
            return None
        assert isinstance(module, Student)
        generator = torch.Generator().manual_seed(self._seed)
        known, asked = [], []
        for start in range(0, len(self.held_out), self._batch):
            pixels = torch.from_numpy(self._photos[self.held_out[start : start + self._batch]])
            photos = floating(pixels.to(next(module.parameters()).device))
            seen = views(photos, photos.shape[-1], generator, strength=STRENGTH).images
            known.append(described(module.network, photos))
            asked.append(described(module.network, seen))
        gallery = np.concatenate(known)
        settings = Head(fit(gallery, shrinkage=0.01))
        scores = head(np.concatenate(asked), settings) @ head(gallery, settings).T
        return float((scores.argmax(axis=1) == np.arange(len(gallery))).mean())

    def _side(self, step: int) -> int:
        return [side for epoch, side in self._sides if epoch * self.steps <= step][-1]


def student(targets: TeacherTargets, classes: int, *, seed: int) -> Student:
    """A house network with what it learns through, all drawn by the seed; torch's own generator is left as it was."""
    network = house(rng=np.random.default_rng(seed))
    channels, _ = measure(network)
    taught = targets.descriptors.shape[1], targets.maps.shape[-1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Student(network, channels, taught=taught, classes=max(classes, 1), weights=Weights())


def described(network: nn.Module, images: Tensor) -> Array:
    """GeM ``(b, c)`` float32 of images ``(b, 3, h, w)`` in [0, 1], in bfloat16 as far as that is safe."""
    with torch.inference_mode(), torch.autocast(images.device.type, dtype=torch.bfloat16):
        maps = network(standardised(images, *IMAGENET))
    return gem(maps.float().flatten(2).transpose(1, 2)).cpu().numpy()


def _cells(shown: Tensor) -> Tensor:
    """Whether the pixel on which a cell has its centre is shown: of what is hidden nothing can be said."""
    return shown[..., ::STRIDE, ::STRIDE]
