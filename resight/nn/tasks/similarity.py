"""Learning which pairs of descriptors are of one class: *Image similarity network* 2020, sections 3.2 and 4.2."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.features.similarity_network import WIDE, SimilarityNetwork, pair_input
from resight.nn.backbones.initialisation import initialised
from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import by_rows
from resight.nn.loop.task import Batch
from resight.nn.losses import CLASSIFICATION
from resight.nn.mining.class_pairs import ClassRows, Pairs
from resight.nn.networks.quick_dropout import QuickDropout
from resight.types import Array

SAMPLED: Final = 2048
"""Pairs whose loss is the yardstick of a course."""

LOSS: Final = "cross-entropy"


class Similarity(nn.Module):
    """A network of pairs with its loss; ``input`` is a name of `similarity_network.INPUTS`."""

    def __init__(self, network: nn.Sequential, input: str) -> None:
        super().__init__()
        self.network, self.input = network, input

    def forward(self, first: Tensor, second: Tensor, same: Tensor) -> dict[str, Tensor]:
        """Descriptors ``(b, d)`` of both photos of each pair, and whether they are of one class ``(b,)`` int64."""
        return {LOSS: CLASSIFICATION[LOSS](self.scores(first, second), same)}

    def scores(self, first: Tensor, second: Tensor) -> Tensor:
        """Scores ``(b, 2)`` of "not of one class" and "of one class"."""
        found: Tensor = self.network(pair_input(self.input)(first, second))
        return found

    def exported(self) -> SimilarityNetwork:
        """The network for NumPy."""
        layers = [layer for layer in self.network if isinstance(layer, nn.Linear)]
        weights = tuple(_numbers(layer.weight) for layer in layers)
        return SimilarityNetwork(self.input, weights, tuple(_numbers(layer.bias) for layer in layers))


def similarity(dimension: int, input: str, *, dropout: float = 0.25, rng: np.random.Generator) -> Similarity:
    """The network of section 3.2 for descriptors of that length: two hidden layers, each half as wide as what enters.

    2048 → 1024 → 512 → 2 for a ResNet, 4096 → 2048 → 1024 → 2 for a VGG; an input of two descriptors, twice as long,
    meets hidden layers of the same width. ReLU and dropout behind both; drawn as He et al. 2015 do.
    """
    entering = dimension * (2 if input in WIDE else 1)
    widths = (entering, dimension // 2, dimension // 4)

    def lay_out() -> nn.Sequential:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (narrow, wide) in enumerate(zip(widths[1:], widths, strict=False), 1):
            layers[f"fc{number}"] = nn.Linear(wide, narrow)
            layers[f"relu{number}"] = nn.ReLU()
            layers[f"dropout{number}"] = QuickDropout(dropout)
        layers["fc3"] = nn.Linear(widths[-1], 2)
        return nn.Sequential(layers)

    return Similarity(initialised(lay_out, rng=rng), input)


def restored(network: SimilarityNetwork, *, dropout: float = 0.25) -> Similarity:
    """A network to learn on from one of NumPy's that :func:`similarity` laid out, whose layers it has."""
    found = similarity(network.dimension, network.input, dropout=dropout, rng=np.random.default_rng(0))
    layers = [layer for layer in found.network if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, weight, bias in zip(layers, network.weights, network.biases, strict=True):
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class PairSource:
    """Descriptors that pairs are drawn of.

    Attributes
    ----------
    descriptors : (n, d) floating point, may be mapped from a file.
    learned : the rows of each class that are learned from.
    each : pairs of each ordered pair of classes in an epoch.
    validated : pairs that are never learned from, in neither order.
    """

    descriptors: Array
    learned: ClassRows
    each: int
    validated: Pairs


class SimilarityTask:
    """Pairs of descriptors, drawn anew for each epoch (loop.Task)."""

    def __init__(
        self, module: Similarity, source: PairSource, *, batch: int, seed: int, identity: Mapping[str, Any]
    ) -> None:
        self.module, self.identity, self.division = module, identity, by_rows
        self.steps = -(-source.learned.count(source.each) // batch)
        self._source, self._batch, self._seed = source, batch, seed
        self._excluded = np.unique(source.validated.keys)
        self._epoch: tuple[int, Pairs] | None = None

    def load(self, step: int, worker: Worker) -> Batch:
        """Descriptors ``(b, d)`` of both photos of a step's pairs, and whether they are of one class."""
        epoch, within = divmod(step, self.steps)
        pairs = self._drawn(epoch)
        chosen = slice(within * self._batch + worker.rank, (within + 1) * self._batch, worker.count)
        return self._described(pairs.rows[chosen], pairs.same[chosen])

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """The batch as it is: nothing is drawn but by dropout."""
        return batch

    def validate(self, module: nn.Module) -> float | None:
        """Share of the validation's pairs that are told rightly, of which half are of one class; None without any."""
        assert isinstance(module, Similarity)
        if not len(self._source.validated):
            return None
        pairs, right = self._source.validated, 0
        for at in range(0, len(pairs), SAMPLED):
            *both, same = self._on(module, pairs.rows[at : at + SAMPLED], pairs.same[at : at + SAMPLED])
            with torch.inference_mode():
                right += int((module.scores(*both).argmax(dim=1) == same).sum())
        return right / len(pairs)

    def yardstick(self, module: nn.Module) -> float:
        """The loss of pairs of the first epoch (`JudgedTask`)."""
        pairs = self._drawn(0)
        with torch.inference_mode():
            losses = module(*self._on(module, pairs.rows[:SAMPLED], pairs.same[:SAMPLED]))
        return float(losses[LOSS])

    def _drawn(self, epoch: int) -> Pairs:
        if self._epoch is None or self._epoch[0] != epoch:
            rng, source = np.random.default_rng((self._seed, epoch)), self._source
            try:
                self._epoch = epoch, source.learned.sampled(source.each, rng=rng, excluded=self._excluded)
            except ValueError as error:
                raise TrainingError(f"no epoch can be drawn: {error}") from error
        return self._epoch[1]

    def _on(self, module: nn.Module, rows: Array, same: Array) -> Batch:
        device = next(module.parameters()).device
        return tuple(part.to(device) for part in self._described(rows, same))

    def _described(self, rows: Array, same: Array) -> Batch:
        first, second = (torch.from_numpy(self._source.descriptors[rows[:, side]]).float() for side in (0, 1))
        return first, second, torch.from_numpy(same.astype(np.int64))


def _numbers(leaf: Tensor) -> Array:
    found: Array = leaf.detach().cpu().float().numpy().copy()
    return found
