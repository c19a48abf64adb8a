"""Charts of a study: residuals, points on a plane, and objects (Shi 2018, Figures 3, 4, 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT
from resight.types import Array

from .objects import ObjectShare
from .study import PairConsistency
from .tables import object_name

BINS: Final = 40
"""Bars of a histogram of residuals, from 0 to 1."""

COLOURS: Final = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"),
    *("#56b4e9", "#8c564b", "#6a3d9a", "#b2b200", "#17becf"),
)
"""Colours of the most frequent classes, which are named; the rest is grey. Six are those of Okabe and Ito (2008)."""


@by_default
def residuals(pairs: Sequence[PairConsistency]) -> bytes:
    """Histograms of photos' average residuals, one for each pair of networks; chance is a line."""
    columns = 2
    lines = -(-len(pairs) // columns)
    figure = blank(7.6, 1.5 * lines + 0.5)
    places = figure.subplots(lines, columns, sharex=True, squeeze=False).ravel()
    edges = np.linspace(0, 1, BINS + 1)
    for place, pair in zip(places, pairs, strict=False):
        place.hist(pair.residuals, bins=edges, color=LIGHT["after"])
        place.axvline(pair.chance, color=LIGHT["wrong"], linewidth=1.2, linestyle="--")
        other = "another seed" if pair.one == pair.other else pair.other
        place.set_title(f"{pair.one} and {other}", fontsize=8, loc="left")
    for place in places[len(pairs) :]:
        place.set_visible(False)
    figure.supxlabel("average residual of a photo; the dashed line is that of different photos", fontsize=8, color=INK)
    return svg(figure)


@by_default
def scatter(points: Array, labels: Array, names: Sequence[str], title: str) -> bytes:
    """Points ``(n, 2)`` in the colours of their ``labels (n,)``, the most frequent of which are named."""
    figure = blank(7.6, 4.6)
    place = figure.subplots()
    kinds, each = np.unique(labels, return_counts=True)
    order = kinds[np.argsort(-each, kind="stable")]
    rest = np.isin(labels, order[len(COLOURS) :])
    if rest.any():
        place.scatter(
            points[rest, 0], points[rest, 1], s=9, color=LIGHT["faint"], label=f"{len(order) - len(COLOURS)} others"
        )
    for colour, kind in zip(COLOURS, order, strict=False):
        some = points[labels == kind]
        place.scatter(some[:, 0], some[:, 1], s=12, color=colour, label=names[int(kind)])
    place.set_title(title, fontsize=9, loc="left")
    place.set_xticks([])
    place.set_yticks([])
    figure.legend(frameon=False, fontsize=7, loc="outside right upper")
    return svg(figure)


@by_default
def object_bars(columns: Sequence[tuple[str, Sequence[ObjectShare]]]) -> bytes:
    """Mean pixels of objects inside explanations, each column a title and its objects, with intervals."""
    most = max(len(shares) for _, shares in columns)
    figure = blank(7.6, 0.8 + 0.24 * most)
    places = figure.subplots(1, len(columns), squeeze=False)[0]
    for place, (title, shares) in zip(places, columns, strict=True):
        heights = np.arange(len(shares))
        values = np.array([share.pixels for share in shares])
        errors = np.array([[share.pixels - share.low, share.high - share.pixels] for share in shares]).T
        if len(shares):
            place.barh(heights, values, xerr=np.maximum(errors, 0), color=LIGHT["after"], ecolor=INK, height=0.65)
        place.set_yticks(heights, [object_name(share.number) for share in shares], fontsize=7)
        place.set_ylim(most - 0.5, -0.5)
        place.set_title(title, fontsize=8, loc="left")
        place.set_xlabel("mean pixels of 224 × 224", fontsize=7)
    return svg(figure)
