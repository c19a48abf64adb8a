"""t-SNE: descriptors as points on a plane, and how far the plane can be believed (van der Maaten and Hinton 2008).

It is a map and no clustering: what lies together is near, what lies apart may be near as well. So trustworthiness and
the purity of neighbours stand beside, over perplexities and seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.errors import MissingExtra, ShapeError
from resight.types import Array

NEIGHBOURS: Final = 12
"""Neighbours that trustworthiness and purity look at, or half of the photos where these are few."""

FEWEST: Final = 5
"""Rows that make a map."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Points on a plane.

    Attributes
    ----------
    points : (n, 2).
    perplexity : asked for, or lowered to a third of the photos where these are few.
    seed : that it began from.
    trustworthiness : of its neighbourhoods, on [0, 1] (Venna and Kaski 2001): 1 where all neighbours on the plane are
        neighbours among the descriptors.
    purity : mean share of neighbours on the plane that have the point's own label.
    chance : the same share over all other points.
    """

    points: Array
    perplexity: float
    seed: int
    trustworthiness: float
    purity: float
    chance: float


def embed(rows: Array, labels: Array, *, perplexity: float, seed: int, start: str = "pca") -> Embedding:
    """Points of ``rows (n, d)``, principal components, whose ``labels (n,)`` purity is measured by.

    They begin from the first two components, where the seed hardly matters, or with ``start`` "random" anywhere.

    By scikit-learn, which the report needs anyway: docs/places.md tells what openTSNE comes to. Raises ShapeError for
    fewer than FEWEST rows, MissingExtra without scikit-learn.
    """
    if len(rows) < FEWEST:
        raise ShapeError(f"{len(rows)} photos make no map; wanted {FEWEST} at least: add photos")
    try:
        from sklearn.manifold import TSNE, trustworthiness
    except ImportError as error:
        raise MissingExtra("the map of explanations", "scikit-learn", "report") from error
    perplexity = min(perplexity, (len(rows) - 1) / 3)
    count = min(NEIGHBOURS, (len(rows) - 1) // 2)
    if not np.ptp(rows, axis=0).any():  # nothing to tell apart, of which t-SNE would make no numbers
        found = np.zeros((len(rows), 2))
    else:
        plane = np.zeros((len(rows), max(rows.shape[1], 2)))  # it begins from two components at least
        plane[:, : rows.shape[1]] = rows
        found = TSNE(perplexity=perplexity, init=start, random_state=seed).fit_transform(plane)
    trusted = float(trustworthiness(rows, found, n_neighbors=count))
    return Embedding(found, perplexity, seed, trusted, purity(found, labels, count), chance_purity(labels))


def purity(points: Array, labels: Array, count: int) -> float:
    """Mean share of the ``count`` nearest points of each of ``points (n, 2)`` that have its own of ``labels (n,)``."""
    squares = (points**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
    return float((labels[nearest] == labels[:, None]).mean())


def chance_purity(labels: Array) -> float:
    """Mean share of all other points that have a point's own label."""
    n = len(labels)
    _, each = np.unique(labels, return_counts=True)
    return float((each * (each - 1)).sum() / (n * (n - 1)))
