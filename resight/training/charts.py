"""Charts of a training: its course, and what it has changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT

from .history import History


@by_default
def curves(history: History) -> bytes:
    """Loss of steps and epochs, P@1 of the validation and the rate, over epochs; where the rate falls is a line."""
    scored = len(history.scores) > 0
    figure = blank(7.6, 5.4 if scored else 3.9)
    heights = [3, 2, 1] if scored else [3, 1]
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    numbers = [int(number) for number in history.epochs]
    per_epoch = history.steps[-1][0] / numbers[-1] if numbers else 1
    at = [done / per_epoch for done, _, _ in history.steps]
    axes[0].plot(at, [loss for _, loss, _ in history.steps], color=LIGHT["faint"], linewidth=0.7, label="steps")
    axes[0].plot(numbers, history.means, color=LIGHT["after"], marker="o", markersize=3.5, label="mean of the epoch")
    axes[0].set_ylabel("loss")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(frameon=False, fontsize=8, loc="upper right")
    if scored:
        axes[1].plot(range(len(history.scores)), history.scores, color=LIGHT["after"], marker="o", markersize=3.5)
        axes[1].set_ylabel("P@1, small")
        axes[1].set_ylim(0, 1.05)
    axes[-1].plot(at, [rate for _, _, rate in history.steps], color=INK, linewidth=1)
    axes[-1].set_ylabel("rate ×")
    axes[-1].set_ylim(0, 1.05)
    axes[-1].set_xlabel("epochs")
    axes[-1].xaxis.get_major_locator().set_params(integer=True)
    for done in history.decays():
        for one in axes:
            one.axvline(done / per_epoch, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes[0].annotate("rate falls", (done / per_epoch, 0), (3, 4), textcoords="offset points", fontsize=8)
    return svg(figure)


@by_default
def intervals(figures: Mapping[str, Mapping[str, Any]]) -> bytes:
    """P@1 and µAP before and after with their 95 % intervals, for each kind of question."""
    figure = blank(7.6, 0.9 + 0.62 * len(figures))
    axes = figure.subplots(1, 2, sharey=True)
    for place, (key, name) in zip(axes, (("p_at_1", "P@1"), ("micro_ap", "µAP")), strict=True):
        for line, kind in enumerate(figures):
            for shift, when in ((-0.13, "before"), (0.13, "after")):
                found = figures[kind][when].get(key)
                if found:
                    label = when if line == 0 else None
                    place.plot([found["low"], found["high"]], [line + shift] * 2, color=LIGHT[when], linewidth=2)
                    place.plot(found["value"], line + shift, "o", color=LIGHT[when], markersize=6, label=label)
        place.set_xlim(_lowest(figures) - 0.05, 1.02)
        place.set_title(name, fontsize=10, loc="left")
        place.set_ylim(len(figures) - 0.5, -0.5)
    axes[0].set_yticks(range(len(figures)), list(figures))
    figure.legend(*axes[0].get_legend_handles_labels(), frameon=False, fontsize=8, ncols=2, loc="outside upper right")
    return svg(figure)


def _lowest(figures: Mapping[str, Mapping[str, Any]]) -> float:
    """The least end of all intervals, to the next tenth below."""
    ends = [found["low"] for kind in figures.values() for when in ("before", "after") for found in kind[when].values()]
    return math.floor(10 * min(ends, default=0.0)) / 10
