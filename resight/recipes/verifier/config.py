"""The settings of the verifier recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from resight.training.ranges import COUNT, MANY, POSITIVE, SEED, Range

FOUR: Final = Range(4, MANY)
"""Range of things: two to learn from and two to judge by."""


@dataclass(frozen=True, slots=True)
class VerifierConfig:
    """Settings of what the recipe draws.

    Attributes
    ----------
    learned, fitted : things that the network learns from, and that the fusion is fitted to.
    backdrops : further photos, seen around and in front of things.
    families, sisters : families of products of one design that the fusion is fitted to as well, and products in each.
    views : of each thing.
    near : photos of other things, the nearest by descriptor, that each view is compared with, beside one that is drawn.
    epochs, each, batch, rate : of the network.
    seed : of everything drawn.
    """

    learned: Annotated[int, FOUR] = 400
    fitted: Annotated[int, FOUR] = 120
    backdrops: Annotated[int, COUNT] = 200
    families: Annotated[int, COUNT] = 30
    sisters: Annotated[int, COUNT] = 2
    views: Annotated[int, COUNT] = 2
    near: Annotated[int, COUNT] = 3
    epochs: Annotated[int, COUNT] = 1
    each: Annotated[int, COUNT] = 1
    batch: Annotated[int, COUNT] = 256
    rate: Annotated[float, POSITIVE] = 0.02
    seed: Annotated[int, SEED] = 1
