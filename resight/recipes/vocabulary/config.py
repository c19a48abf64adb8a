"""The settings of the vocabulary recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from resight.training.ranges import COUNT, POSITIVE, SEED, SIDE, Range


@dataclass(frozen=True, slots=True)
class VocabularyConfig:
    """Settings of what the recipe draws and fits.

    Attributes
    ----------
    photos, points : photos sampled, and points of each.
    long_side : of the photos, pixels; they are small, and scaled up as a small query would be.
    dims, reach : of the codes, see :class:`resight.features.vocabulary.Vocabulary`.
    cells, words : of the inverted file and of VLAD.
    iterations : of k-means.
    seed : of everything drawn.
    """

    photos: Annotated[int, COUNT] = 2400
    points: Annotated[int, COUNT] = 200
    long_side: Annotated[int, SIDE] = 480
    dims: Annotated[int, Range(1, 128)] = 64
    reach: Annotated[float, POSITIVE] = 0.3
    cells: Annotated[int, COUNT] = 4096
    words: Annotated[int, COUNT] = 128
    iterations: Annotated[int, COUNT] = 12
    seed: Annotated[int, SEED] = 0
