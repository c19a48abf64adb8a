"""Charts of the pairs recipe: the courses of both steps (figures 5 and 6), and ROC curves (figure 7)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from resight.metrics.curves import error_trade_off
from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT
from resight.training.history import History
from resight.types import Array

COLOURS = ("after", "wrong", "right", "before")
POINTS = 400
"""Points of a drawn curve."""


@by_default
def courses(histories: Mapping[str, History], measure: str) -> bytes:
    """The validation accuracy of each form over its epochs; where its rate was halved is a dashed line."""
    figure = blank(7.6, 2.9)
    axes = figure.subplots()
    for (name, history), colour in zip(histories.items(), COLOURS, strict=False):
        axes.plot(range(len(history.scores)), history.scores, color=LIGHT[colour], marker="o", markersize=3, label=name)
        per_epoch = history.steps[-1][0] / max(len(history.epochs), 1) if history.steps else 1
        for done in history.decays():
            axes.axvline(done / per_epoch, color=LIGHT[colour], linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlabel("epochs")
    axes.set_ylabel(measure)
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return svg(figure)


@by_default
def roc_curves(said: Mapping[str, Array], same: Array, sets: Mapping[str, Array]) -> bytes:
    """The ROC of each network, one beside another, on each set of pairs."""
    figure = blank(7.6, 0.6 + 3.1 * -(-len(said) // 2))
    all_axes = figure.subplots(-(-len(said) // 2), 2, squeeze=False).ravel()
    for axes in all_axes[len(said) :]:
        axes.set_visible(False)
    for axes, (name, log_odds) in zip(all_axes, said.items(), strict=False):
        for (kind, chosen), colour in zip(sets.items(), ("wrong", "after", "right"), strict=False):
            curve = error_trade_off(log_odds[chosen], same[chosen])
            false = np.linspace(0, 1, POINTS)
            axes.plot(false, np.interp(false, curve.false_accepted, curve.accepted), color=LIGHT[colour], label=kind)
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=(0, (4, 3)))
        axes.set_title(name, fontsize=10, loc="left")
        axes.set_xlabel("dissimilar, called similar")
        axes.set_ylabel("similar, called similar")
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    return svg(figure)
