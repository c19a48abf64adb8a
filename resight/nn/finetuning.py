"""The task of fine-tuning: photos of one instance come near each other and away from the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from resight.core.head import head
from resight.core.miners import TRIPLET_MINERS
from resight.core.verdict import mean_cosine
from resight.errors import TrainingError, suggestion
from resight.types import Array, Head

from .export import Network
from .losses import BATCH, CLASSIFICATION, LOSSES, TUPLE
from .losses.classification import arcface
from .microbatch import by_rows, freeze_norms, jointly
from .optimisers import falling, freeze, groups, optimiser
from .precision import full_precision
from .views import Strength, views
from .workers import Worker

VIEWS: Final = 2
"""Of each instance in a step: of two of its photos where it has several."""

TOGETHER: Final = 32
"""Photos that are validated at a time."""

SAMPLED: Final = 2
"""Steps, at most, whose loss is the yardstick of a course."""

CHOICES: Final = (*BATCH, "triplet", "triplet-cosine", "arcface")
"""Losses that an encoder is fine-tuned by."""

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised.

    Attributes
    ----------
    loss : one of CHOICES.
    miner : of triplets within the batch, one of TRIPLET_MINERS without an epoch; no other loss has one.
    options : of the loss, such as a temperature.
    """

    loss: str
    miner: str = "semi-hard"
    options: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        miners = [name for name in TRIPLET_MINERS if name != "semi-hard-then-hardest"]
        for kind, name, known in (("loss", self.loss, CHOICES), ("miner", self.miner, miners)):
            if name not in known:
                wanted = f"wanted one of {', '.join(known)}"
                raise TrainingError(f"no {kind} to fine-tune by is called {name!r}{suggestion(name, known)}; {wanted}")


class Learner(nn.Module):
    """A network with what makes descriptors of its maps; forward gives the loss by name.

    ``settings`` are those of the head that descriptors are compared through: learned without the whitening that a
    gallery will have, a network first of all unlearns what the whitening takes away anyhow. ``frozen`` norms keep the
    statistics that they came with, which those of a few photos would spoil.
    """

    def __init__(
        self,
        network: Network,
        aggregate: Callable[[Tensor], Tensor],
        objective: Objective,
        *,
        settings: Head,
        classes: int,
        channels: int,
        frozen: bool,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.aggregate, self.objective, self.settings, self.frozen = aggregate, objective, settings, frozen
        if objective.loss == "arcface":
            rng = np.random.default_rng(seed)
            width = channels if settings.whitening is None else settings.whitening.projection.shape[1]
            drawn = rng.standard_normal((classes, width), dtype=np.float32)
            self.prototypes = nn.Parameter(torch.from_numpy(drawn))

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if self.frozen:
            freeze_norms(self)
        return self

    def describe(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of normalised images ``(b, 3, h, w)``."""
        return _pooled(self.network(images), self.aggregate, self.settings)

    def forward(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return self.losses(self.describe(images), labels)

    def losses(self, embeddings: Tensor, *rest: Tensor, miner: str | None = None) -> dict[str, Tensor]:
        """The loss by name of unit rows ``(b, d)`` and their labels ``(b,)``; ``miner`` None is the objective's."""
        (labels,), how = rest, self.objective
        options = dict(how.options or {})
        if how.loss == "arcface":
            return {how.loss: arcface(embeddings, labels, self.prototypes, **options)}
        if how.loss in TUPLE:
            return {how.loss: LOSSES[how.loss](embeddings, self._mined(embeddings, labels, miner), **options)}
        return {how.loss: LOSSES[how.loss](embeddings, labels, **options)}

    def _mined(self, rows: Tensor, labels: Tensor, miner: str | None) -> Tensor:
        """Triplets within the batch; what is random is drawn from torch's generator, which each step seeds anew."""
        found = rows.detach().float().cpu().numpy()
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        triplets = TRIPLET_MINERS[miner or self.objective.miner](found @ found.T, labels.cpu().numpy(), rng=rng)
        return torch.from_numpy(triplets).to(rows.device)


@full_precision
def _pooled(maps: Tensor, aggregate: Callable[[Tensor], Tensor], settings: Head) -> Tensor:
    rows: Tensor = head(aggregate(maps.flatten(2).mT), settings)
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
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

    Instances are passed over in an order of their own each time, and of one with several photos any two are shown.
    ``cosine`` is the mean over pairs of validation photos at the last validation, for the verdict on a collapse.
    """

    def __init__(
        self,
        module: Learner,
        photos: Photos,
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
        self._shuffled = lru_cache(2)(self._shuffle)  # a batch may span two passes

    def load(self, step: int, worker: Worker) -> tuple[Tensor, ...]:
        """Squares ``(2 b, s, s, 3)`` uint8, the two of an instance b apart, and the instances' numbers."""
        classes = self._drawn(step)[worker.rank :: worker.count]
        rng = np.random.default_rng((self._seed, step, worker.rank))
        pairs = np.array([_two(self._members[each], rng) for each in classes])
        pixels = torch.from_numpy(self._photos.pixels[pairs.T.ravel()])
        return pixels, torch.from_numpy(classes).repeat(VIEWS)

    def prepare(self, batch: tuple[Tensor, ...], step: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Normalised views and their labels."""
        pixels, labels = batch
        seen = views(_floating(pixels), self._side, generator, strength=self._strength).images
        return self._normalised(seen), labels

    def validate(self, module: nn.Module) -> float | None:
        """P@1 of what is asked among what is known, both as squares of the training's side."""
        photos = self._photos
        if not len(photos.asked):
            return None
        assert isinstance(module, Learner)
        known = self.descriptors(module, photos.known)
        asked = self.descriptors(module, photos.asked, photos.viewed)
        self.cosine = mean_cosine(known)
        nearest = photos.known[(asked @ known.T).argmax(axis=1)]
        return float((photos.labels[nearest] == photos.labels[photos.asked]).mean())

    def yardstick(self, module: nn.Module) -> float:
        """The loss of some steps, each in views of its own; triplets are of random negatives (task.Judged)."""
        assert isinstance(module, Learner)
        device, costs = next(module.parameters()).device, []
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for step in range(min(self.steps, SAMPLED)):
                generator = torch.manual_seed(self._seed + step)
                batch = tuple(part.to(device) for part in self.load(step, Worker(0, 1, device)))
                images, labels = self.prepare(batch, step, generator)
                costs.append(
                    float(sum(module.losses(module.describe(images), labels, miner="random-negative").values()))
                )
        return sum(costs) / len(costs)

    def descriptors(self, module: Learner, rows: Array, viewed: Array | None = None) -> Array:
        """Unit rows ``(n, d)`` of the squares ``rows (n,)``, of those that are ``viewed (n,)`` bool in a view."""
        viewed = np.zeros(len(rows), bool) if viewed is None else viewed
        generator = torch.Generator().manual_seed(self._seed)
        device, found = next(module.parameters()).device, []
        for start in range(0, len(rows), TOGETHER):
            part, seen = rows[start : start + TOGETHER], torch.from_numpy(viewed[start : start + TOGETHER])
            squares = _floating(torch.from_numpy(self._photos.pixels[part]).to(device))
            images = nn.functional.interpolate(squares, (self._side, self._side), mode="bilinear", antialias=True)
            if seen.any():
                other = views(squares, self._side, generator, strength=self._strength).images
                images = torch.where(seen.to(device)[:, None, None, None], other, images)
            with torch.inference_mode():
                found.append(module.describe(self._normalised(images)).cpu().numpy())
        return np.concatenate(found)

    def _normalised(self, images: Tensor) -> Tensor:
        triples = self._photos.mean, self._photos.std
        mean, std = (torch.tensor(triple, device=images.device).reshape(3, 1, 1) for triple in triples)
        return ((images - mean) / std).contiguous(memory_format=torch.channels_last)

    def _drawn(self, step: int) -> Array:
        """The instances of a step: one endless sequence of passes over all."""
        count = len(self._classes)
        places = np.arange(step * self._batch, (step + 1) * self._batch)
        return np.array([self._shuffled(int(place // count))[place % count] for place in places])

    def _shuffle(self, number: int) -> Array:
        return np.random.default_rng((self._seed, number)).permutation(len(self._classes))


def view(image: Array, strength: float, seed: int) -> Array:
    """One simulated view of a square photo ``(s, s, 3)`` uint8, of the same size; equal seeds, equal views."""
    photo, generator = _floating(torch.tensor(image[None])), torch.Generator().manual_seed(seed)
    seen = views(photo, image.shape[0], generator, strength=Strength().times(strength)).images[0]
    return (255 * seen).round().to(torch.uint8).permute(1, 2, 0).numpy()


def mixed(network: nn.Module, start: Mapping[str, Tensor], share: float) -> None:
    """Move a network's numbers back by a ``share`` of the way to those that it started with, in place.

    Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, equation 1: between the two lie networks that know
    the new and have not forgotten the old. Counters of norms stay.
    """
    with torch.no_grad():
        for name, leaf in network.state_dict().items():
            if leaf.is_floating_point():
                leaf.lerp_(start[name].to(leaf.device), share)


def adamw(module: nn.Module, *, rate: float, decay: float, frozen: str, factor: float) -> Optimizer:
    """AdamW over a Learner, up to the layer ``frozen`` ("" for none) at rest, rates falling by ``factor`` a layer.

    Raises ModelError for a layer that there is not.
    """
    assert isinstance(module, Learner)
    network = module.network
    assert isinstance(network, nn.Sequential)
    if frozen:
        freeze(network, frozen)
    factors = {f"network.{name}": share for name, share in falling(network, factor).items()}
    return optimiser("adamw", groups(module, rate=rate, factors=factors), rate=rate, decay=decay)


def _two(rows: Sequence[int], rng: np.random.Generator) -> Array:
    """Two of an instance's photos, the same twice where it has but one."""
    return rng.choice(rows, VIEWS, replace=len(rows) < VIEWS)


def _floating(pixels: Tensor) -> Tensor:
    return pixels.permute(0, 3, 1, 2).float().div_(255).contiguous()
