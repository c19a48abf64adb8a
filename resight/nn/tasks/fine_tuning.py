"""The task of fine-tuning: photos of one instance come near each other and away from the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from resight.metrics.collapse import mean_cosine
from resight.nn.augmentation.normalisation import floating, standardised
from resight.nn.augmentation.simulated_views import Strength, views
from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import by_rows, jointly
from resight.nn.loop.optimisers import freeze, without_norm_decay
from resight.nn.losses import CLASSIFICATION
from resight.nn.mining.sampler import distinct_batch_at
from resight.nn.networks.architectures import Triple
from resight.types import Array

from .embedder import Embedder

VIEWS: Final = 2
"""Views of each instance in a step: of two of its photos where it has several."""

FRESH: Final = 10.0
"""Factor of the rate of what begins anew beside a trained network, and has farther to go; Radenović's code has it."""

TOGETHER: Final = 32
"""Photos that are validated at a time."""

SAMPLED: Final = 2
"""Steps, at most, whose loss is the yardstick of a course."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPhotos:
    """Squares to learn from and to validate with.

    Attributes
    ----------
    pixels : (n, s, s, 3) uint8.
    labels : (n,) integers.
    learned : (l,) rows.
    known, asked : (m,), (q,) rows that validate, ``viewed (q,)`` bool those asked about in a view.
    mean, std : of the network's input, RGB, on [0, 1].
    """

    pixels: Array
    labels: Array
    learned: Array
    known: Array
    asked: Array
    viewed: Array
    mean: Triple
    std: Triple


class FineTuning:
    """Views of ``batch`` instances, VIEWS of each (task.Task).

    ``strength`` of the views is a share of the house encoder's.

    Instances are passed over in an order of their own each time, none twice in a step, and of one with several photos
    any two are shown.
    ``cosine`` is the mean over pairs of validation photos at the last validation, for the verdict on a collapse.
    """

    def __init__(
        self,
        module: Embedder,
        photos: TrainingPhotos,
        *,
        batch: int,
        steps: int,
        side: int,
        strength: float,
        seed: int,
        identity: Mapping[str, Any],
    ) -> None:
        self.module, self.steps, self.identity = module, steps, identity
        self.division = by_rows if module.objective.loss in CLASSIFICATION else jointly
        self.cosine = 0.0
        self._photos, self._batch, self._side, self._seed = photos, batch, side, seed
        self._strength = Strength().times(strength)
        instances = photos.labels[photos.learned]
        self._classes, rows = np.unique(instances, return_inverse=True)
        order = np.argsort(rows, kind="stable")
        self._members = np.split(photos.learned[order], np.cumsum(np.bincount(rows))[:-1])

    def load(self, step: int, worker: Worker) -> tuple[Tensor, ...]:
        """Squares ``(2 b, s, s, 3)`` uint8, the two of an instance b apart, and the instances' numbers."""
        every = np.arange(len(self._classes))
        classes = distinct_batch_at(step, every, batch=self._batch, seed=self._seed)[worker.rank :: worker.count]
        rng = np.random.default_rng((self._seed, step, worker.rank))
        pairs = np.array([_two(self._members[each], rng) for each in classes])
        pixels = torch.from_numpy(self._photos.pixels[pairs.T.ravel()])
        return pixels, torch.from_numpy(classes).repeat(VIEWS)

    def prepare(self, batch: tuple[Tensor, ...], step: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Normalised views and their labels."""
        pixels, labels = batch
        seen = views(floating(pixels), self._side, generator, strength=self._strength).images
        return self._normalised(seen), labels

    def validate(self, module: nn.Module) -> float | None:
        """P@1 of what is asked among what is known, both as squares of the training's side."""
        photos = self._photos
        if not len(photos.asked):
            return None
        assert isinstance(module, Embedder)
        known = self.descriptors(module, photos.known)
        asked = self.descriptors(module, photos.asked, photos.viewed)
        self.cosine = mean_cosine(known)
        nearest = photos.known[(asked @ known.T).argmax(axis=1)]
        return float((photos.labels[nearest] == photos.labels[photos.asked]).mean())

    def yardstick(self, module: nn.Module) -> float:
        """The loss of some steps, each in views of its own; what is mined is random (`JudgedTask`)."""
        assert isinstance(module, Embedder)
        judged, device, costs = copy(module), next(module.parameters()).device, []
        judged.objective = module.objective.blind
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for step in range(min(self.steps, SAMPLED)):
                generator = torch.manual_seed(self._seed + step)
                batch = tuple(part.to(device) for part in self.load(step, Worker(0, 1, device)))
                costs.append(float(sum(judged(*self.prepare(batch, step, generator)).values())))
        return sum(costs) / len(costs)

    def descriptors(self, module: Embedder, rows: Array, viewed: Array | None = None) -> Array:
        """Unit rows ``(n, d)`` of the squares ``rows (n,)``, of those that are ``viewed (n,)`` bool in a view."""
        viewed = np.zeros(len(rows), bool) if viewed is None else viewed
        generator = torch.Generator().manual_seed(self._seed)
        device, found = next(module.parameters()).device, []
        for start in range(0, len(rows), TOGETHER):
            part, seen = rows[start : start + TOGETHER], torch.from_numpy(viewed[start : start + TOGETHER])
            squares = floating(torch.from_numpy(self._photos.pixels[part]).to(device))
            images = nn.functional.interpolate(squares, (self._side, self._side), mode="bilinear", antialias=True)
            if seen.any():
                other = views(squares, self._side, generator, strength=self._strength).images
                images = torch.where(seen.to(device)[:, None, None, None], other, images)
            with torch.inference_mode():
                found.append(module.describe(self._normalised(images)).cpu().numpy())
        return np.concatenate(found)

    def _normalised(self, images: Tensor) -> Tensor:
        return standardised(images, self._photos.mean, self._photos.std)


def view(image: Array, strength: float, seed: int) -> Array:
    """One simulated view of a square photo ``(s, s, 3)`` uint8, of the same size; equal seeds, equal views."""
    photo, generator = floating(torch.tensor(image[None])), torch.Generator().manual_seed(seed)
    seen = views(photo, image.shape[0], generator, strength=Strength().times(strength)).images[0]
    return (255 * seen).round().to(torch.uint8).permute(1, 2, 0).numpy()


def mixed(module: nn.Module, start: Mapping[str, Tensor], share: float) -> None:
    """Move a module's numbers back by a ``share`` of the way to those that it started with, in place.

    Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, equation 1: between the two lie networks that know
    the new and have not forgotten the old. Counters of norms stay.
    """
    with torch.no_grad():
        for name, leaf in module.state_dict().items():
            if leaf.is_floating_point():
                leaf.lerp_(start[name].to(leaf.device), share)


def tuning(
    module: nn.Module,
    name: str,
    *,
    rate: float,
    decay: float,
    momentum: float = 0.9,
    frozen: str = "",
    factors: Mapping[str, float] | None = None,
) -> Optimizer:
    """The optimiser of that name over an Embedder, whose network up to the layer ``frozen`` ("" for none) is at rest.

    ``factors`` of the rate are by the network's layers; what is `Embedder.fresh` has FRESH. Raises ModelError for a
    layer that there is not, and what `without_norm_decay` raises.
    """
    assert isinstance(module, Embedder)
    network = module.network
    assert isinstance(network, nn.Sequential)
    if frozen:
        freeze(network, frozen)
    within = {f"network.{layer}": factor for layer, factor in (factors or {}).items()}
    return without_norm_decay(
        module, name, rate=rate, decay=decay, momentum=momentum, factors=within | dict.fromkeys(module.fresh, FRESH)
    )


def _two(rows: Sequence[int], rng: np.random.Generator) -> Array:
    """Two of an instance's photos, the same twice where it has but one."""
    return rng.choice(rows, VIEWS, replace=len(rows) < VIEWS)
