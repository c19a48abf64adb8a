"""The similarity network: of two descriptors, whether they are of one class (*Image similarity network* 2020).

What it takes of a pair is a function of both descriptors, NumPy's or torch's; the network itself is a few products of
matrices, which answer without torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from resight.errors import ModelError, ShapeError, suggestion
from resight.types import Array

from .normalisation import namespace

PairInput = Callable[[Any, Any], Any]
"""Descriptors ``(..., d)`` of both photos to what the network takes, ``(..., e)``."""


def absolute(first: Any, second: Any) -> Any:
    """``|x₁ − x₂|``, element by element: section 3 of the paper."""
    return abs(first - second)


def squared(first: Any, second: Any) -> Any:
    """``(x₁ − x₂)²``, whose sum is the squared distance L2."""
    return (first - second) ** 2


def concatenated(first: Any, second: Any) -> Any:
    """Both descriptors, one behind the other; the only input that tells the first photo from the second."""
    return namespace(first).concat([first, second], axis=-1)


def with_product(first: Any, second: Any) -> Any:
    """``|x₁ − x₂|`` and, behind it, ``x₁ · x₂``, element by element: their sum is the cosine of units."""
    return namespace(first).concat([abs(first - second), first * second], axis=-1)


INPUTS: Final[dict[str, PairInput]] = {
    "absolute": absolute,
    "squared": squared,
    "concatenated": concatenated,
    "with-product": with_product,
}
"""Inputs of a similarity network by name."""

SYMMETRIC: Final = ("absolute", "squared", "with-product")
"""Inputs for which it does not matter which photo is the first."""

WIDE: Final = ("concatenated", "with-product")
"""Inputs that are twice as long as a descriptor."""

BATCH: Final = 4096
"""Pairs that go through a network at a time."""


def pair_input(name: str) -> PairInput:
    """The input of that name; raises ModelError with the nearest name for an unknown one."""
    if name not in INPUTS:
        known = ", ".join(INPUTS)
        raise ModelError(f"no input of pairs is called {name!r}{suggestion(name, INPUTS)}; wanted one of {known}")
    return INPUTS[name]


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityNetwork:
    """Linear layers with ReLU between them, from a pair's input to the log odds of "of one class".

    Attributes
    ----------
    input : a name of INPUTS.
    weights : of each layer, ``(out, in)`` float32; the last has two rows, "not of one class" and "of one class".
    biases : of each layer, ``(out,)``.
    """

    input: str
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __post_init__(self) -> None:
        pair_input(self.input)
        shapes = [weight.shape for weight in self.weights]
        wanted = [bias.shape for bias in self.biases]
        fits = bool(shapes) and [shape[:1] for shape in shapes] == wanted and wanted[-1] == (2,)
        if not fits or any(before[:1] != after[1:] for before, after in pairwise(shapes)):
            raise ModelError(
                f"a similarity network has layers of {shapes} with biases of {wanted}; "
                "wanted (out, in) each, what leaves one entering the next, and 2 at the end: make it again"
            )

    @property
    def dimension(self) -> int:
        """The length d of the descriptors that it takes."""
        return int(self.weights[0].shape[1]) // (2 if self.input in WIDE else 1)

    def log_odds(self, first: Array, second: Array) -> Array:
        """Log odds that pairs of descriptors ``(p, d)`` are of one class, ``(p,)`` float32; raises ShapeError."""
        if first.shape != second.shape or first.ndim != 2 or first.shape[1] != self.dimension:
            raise ShapeError(
                f"descriptors of shapes {first.shape} and {second.shape}; wanted (p, {self.dimension}) twice, which "
                "this network learned from"
            )
        parts = [self._answer(first[at : at + BATCH], second[at : at + BATCH]) for at in range(0, len(first), BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _answer(self, first: Array, second: Array) -> Array:
        values = INPUTS[self.input](first.astype(np.float32), second.astype(np.float32))
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = np.maximum(values @ weight.T + bias, 0)
        values = values @ (self.weights[-1][1] - self.weights[-1][0]) + (self.biases[-1][1] - self.biases[-1][0])
        return np.asarray(values, np.float32)

    def probability(self, first: Array, second: Array) -> Array:
        """Softmax of both scores: the probability that pairs ``(p, d)`` are of one class, ``(p,)`` in [0, 1]."""
        return sigmoid(self.log_odds(first, second))

    def arrays(self) -> dict[str, Array]:
        """The layers by name, as `from_arrays` takes them."""
        named: dict[str, Array] = {}
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named |= {f"weight{number}": weight, f"bias{number}": bias}
        return named

    @staticmethod
    def from_arrays(name: str, named: Mapping[str, Array]) -> SimilarityNetwork:
        """The network whose input is called ``name``, of layers by name; raises ModelError where some do not fit."""
        count = sum(key.startswith("weight") for key in named)
        try:
            names = [(f"weight{number}", f"bias{number}") for number in range(count)]
            layers = [tuple(named[name].astype(np.float32) for name in both) for both in names]
        except KeyError as error:
            raise ModelError(f"a similarity network has no {error}; wanted a bias for each weight") from error
        return SimilarityNetwork(name, tuple(weight for weight, _ in layers), tuple(bias for _, bias in layers))


def averaged(log_odds: Sequence[Array]) -> Array:
    """Log odds ``(p,)`` of the mean of several networks' probabilities: an ensemble, of two embeddings, say.

    ``log_odds`` are those of each network for the same pairs, ``(p,)``. In logarithms: a mean that is all but 1 has
    finite odds.
    """
    every = np.asarray(log_odds, np.float64)
    for_it, against = (np.logaddexp.reduce(-np.logaddexp(0, sign * every), axis=0) for sign in (-1, 1))
    return np.asarray(for_it - against)


def sigmoid(log_odds: Array) -> Array:
    """``1 / (1 + e^−z)``, float64, of any size without overflow."""
    half = np.tanh(np.asarray(log_odds, np.float64) / 2)
    return (1 + half) / 2
