"""The settings of the evidence recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, SHARE


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """Settings of what the recipe draws.

    Attributes
    ----------
    families : of sister products, two to four each; of every second one but a band differs.
    photos : known everyday photos; as many more are unknown.
    backdrops, pictures : further photos, seen around and in front of things, and printed on products.
    views : of each sister and photo, hard ones; as many mild ones are asked.
    grey : share of the things that have no colour.
    parallax : of everyday photos, which show scenes with depth; sisters are flat.
    worth : questions of a gallery's own that outweigh the shipped weights.
    seed : of everything drawn.
    """

    families: Annotated[int, NATURAL] = 80
    photos: Annotated[int, COUNT] = 120
    backdrops: Annotated[int, COUNT] = 200
    pictures: Annotated[int, NATURAL] = 200
    views: Annotated[int, COUNT] = 1
    grey: Annotated[float, SHARE] = 0.15
    parallax: Annotated[float, SHARE] = 0.05
    worth: Annotated[float, POSITIVE] = 50.0
    seed: Annotated[int, SEED] = 1
