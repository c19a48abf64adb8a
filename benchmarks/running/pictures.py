"""The benchmarks' pictures: small multiples, lines named where they end, in colours that everybody can tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from data.disturbances import DISTURBANCES

from resight.errors import MissingExtra
from resight.metrics.curves import ErrorTradeOff
from resight.metrics.reliability import ReliabilityRow
from resight.types import Array

STYLES: Final = (
    {"color": "#0072B2", "marker": "o", "linewidth": 2.4, "markersize": 5, "zorder": 3},
    {"color": "#56B4E9", "marker": "v", "linewidth": 1.2, "markersize": 4},
    {"color": "#D55E00", "marker": "s", "linewidth": 1.2, "markersize": 3.5},
    {"color": "#009E73", "marker": "^", "linewidth": 1.2, "markersize": 4},
    {"color": "#CC79A7", "marker": "D", "linewidth": 1.2, "markersize": 3.5},
)
"""Of the systems in order, ours first: colours of Okabe & Ito (2008), and a marker each for those who see none."""

SHARES: Final = (0.0005, 0.005, 0.02, 0.1, 0.3, 0.6)
"""Shares that are named on the axes of a DET curve, the first and the last at its ends."""

RARE: Final = 1e-4
"""Share below which a DET curve shows none."""

COLUMNS: Final = 4
GREY: Final = "#555555"

Curves = Mapping[str, Mapping[str, Sequence[float]]]
"""µAP by disturbance, system and strength."""


def draw_curves(packs: Mapping[str, Curves], path: Path) -> None:
    """One panel for each pack and disturbance; raises MissingExtra without matplotlib."""
    deep = -(-len(DISTURBANCES) // COLUMNS)
    figure, panels = _panels(deep * len(packs), COLUMNS)
    for place, (pack, curves) in enumerate(packs.items()):
        rows = panels[place * deep : (place + 1) * deep]
        for panel, name in zip(rows.ravel(), DISTURBANCES, strict=False):
            _draw_lines(panel, name, curves[name])
        _name_lines(rows[0, -1], list(curves.values())[COLUMNS - 1])
        rows[0, 0].annotate(f"µAP on {pack}", (0, 1.22), xycoords="axes fraction", fontsize=11, fontweight="bold")
    _save(figure, path)


def draw_reliability(packs: Mapping[str, Sequence[ReliabilityRow]], path: Path) -> None:
    """One reliability diagram for each pack; raises MissingExtra without matplotlib."""
    figure, panels = _panels(1, len(packs))
    for panel, (pack, rows) in zip(panels.ravel(), packs.items(), strict=True):
        _draw_reliability(panel, pack, rows)
    panels[0, 0].set_ylabel("share that was right")
    _save(figure, path)


def draw_verification(
    errors: Mapping[str, ErrorTradeOff], kept: Mapping[str, Sequence[ReliabilityRow]], path: Path
) -> None:
    """DET curves of all packs in one panel, with axes as a normal distribution has them (Martin et al. 1997), and their
    reliability in one each; raises MissingExtra without matplotlib.
    """
    figure, panels = _panels(1, 1 + len(kept), sharey=False)
    det = panels[0, 0]
    for style, (pack, curve) in zip(STYLES, errors.items(), strict=False):
        at = [np.clip(share, RARE, 1 - RARE) for share in (curve.false_accepted, curve.missed)]
        det.plot(*map(_deviate, at), color=style["color"], linewidth=1.4, label=pack)
    ticks = _deviate(np.array(SHARES))
    named = [f"{100 * share:g} %" for share in SHARES]
    reach = (ticks[0], ticks[-1])
    det.set(xticks=ticks, xticklabels=named, yticks=ticks, yticklabels=named, xlim=reach, ylim=reach)
    det.set(xlabel="false “same”", ylabel="same, missed", title="DET")
    det.tick_params(axis="x", rotation=60)
    det.legend(fontsize=6, frameon=False)
    for panel, (pack, rows) in zip(panels[0, 1:], kept.items(), strict=True):
        _draw_reliability(panel, pack.replace(", ", ",\n"), rows)
    panels[0, 1].set_ylabel("share that was right")
    _save(figure, path)


def _deviate(shares: Array) -> Array:
    """The normal deviate of each share ``(n,)``."""
    return np.array([NormalDist().inv_cdf(float(share)) for share in shares])


def _draw_reliability(panel: Any, pack: str, rows: Sequence[ReliabilityRow]) -> None:
    stated = np.array([row.probability for row in rows])
    kept = np.array([row.correct.value for row in rows])
    bars = np.abs(np.array([[row.correct.low, row.correct.high] for row in rows]).T - kept)
    panel.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 4)))
    panel.errorbar(stated, kept, bars, fmt="o", color=STYLES[0]["color"], markersize=5, elinewidth=1)
    panel.set(title=pack, xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="stated probability")


def apart(values: Sequence[float], *, gap: float, low: float = 0.0, high: float = 1.0) -> Array:
    """Heights ``(n,)`` near ``values`` and in their order, ``gap`` or more apart, in [low, high] where they fit."""
    order = np.argsort(values, kind="stable")
    placed = np.asarray(values, float)[order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    placed += np.mean(values) - placed.mean()  # pushed upwards until here, so their middle comes back
    steps = gap * np.arange(len(placed))
    heights = np.empty(len(placed))
    heights[order] = np.maximum(np.minimum(placed, high - steps[::-1]), low + steps)
    return heights


def _draw_lines(panel: Any, name: str, curves: Mapping[str, Sequence[float]]) -> None:
    disturbance = DISTURBANCES[name]
    for style, line in zip(STYLES, curves.values(), strict=False):
        panel.plot(line, clip_on=False, **style)
    signs = [disturbance.untouched, *map(disturbance.sign, disturbance.strengths)]
    panel.set(ylim=(0, 1), xticks=range(len(signs)), xticklabels=signs)
    panel.set_title(disturbance.says, fontsize=9, loc="left")


def _name_lines(panel: Any, curves: Mapping[str, Sequence[float]]) -> None:
    """The systems' names beside the ends of their lines."""
    heights = apart([line[-1] for line in curves.values()], gap=0.12)
    end = max(map(len, curves.values())) - 1
    for style, name, height in zip(STYLES, curves, heights, strict=False):
        panel.annotate(name, (end + 0.15, height), color=style["color"], fontsize=9, va="center", annotation_clip=False)


def _panels(rows: int, columns: int, *, sharey: bool = True) -> tuple[Any, Any]:
    """A figure and its panels ``(rows, columns)``, all with one scale of heights or each with its own."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtra("drawing pictures", "matplotlib", "report") from error
    figure = Figure(figsize=(0.6 + 2.4 * columns, 0.4 + 2.0 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=sharey, squeeze=False)
    for panel in panels.ravel():
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#dddddd", linewidth=0.6)
        panel.tick_params(labelsize=8, color=GREY, length=2)
    return figure, panels


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
