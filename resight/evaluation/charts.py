"""Charts of an evaluation: risk over coverage, reliability, ROC, and precision over recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from resight.metrics.curves import error_trade_off, precision_recall
from resight.metrics.reliability import reliability_table
from resight.metrics.risk_coverage import risk_coverage
from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT

from .evaluation import Evaluation


@by_default
def curves(evaluation: Evaluation) -> bytes:
    """Four curves of the answers by their probability; one that is undefined says so."""
    figure = blank(7.6, 6.6)
    all_axes = figure.subplots(2, 2)
    _risk(all_axes[0][0], evaluation)
    _reliability(all_axes[0][1], evaluation)
    _trade_off(all_axes[1][0], evaluation)
    _precision(all_axes[1][1], evaluation)
    return svg(figure)


def _risk(axes: Any, evaluation: Evaluation) -> None:
    _named(axes, "risk over coverage", "share of queries that are answered", "share of answers that are wrong")
    found = risk_coverage(evaluation.right, evaluation.probabilities)
    coverages, risks = np.append(0.0, found.coverages), np.append(found.risks[:1], found.risks)
    axes.step(coverages, risks, where="pre", color=LIGHT["after"], linewidth=1.6)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(bottom=0)


def _reliability(axes: Any, evaluation: Evaluation) -> None:
    _named(axes, "reliability", "probability that was stated", "share that is right")
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    for row in reliability_table(evaluation.probabilities, evaluation.right, bins=10):
        axes.plot([row.probability] * 2, [row.correct.low, row.correct.high], color=LIGHT["after"], linewidth=1.6)
        axes.plot(row.probability, row.correct.value, "o", color=LIGHT["after"], markersize=5)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)


def _trade_off(axes: Any, evaluation: Evaluation) -> None:
    _named(axes, "ROC, known against unknown", "share of unknown that is accepted", "share of known that is accepted")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    if evaluation.answerable.all() or not evaluation.answerable.any():
        axes.text(0.5, 0.5, "not defined: of one kind alone", ha="center", fontsize=9)
        return
    found = error_trade_off(evaluation.probabilities, evaluation.answerable)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(found.false_accepted, found.accepted, color=LIGHT["after"], linewidth=1.6)


def _precision(axes: Any, evaluation: Evaluation) -> None:
    _named(axes, "precision over recall", "share of known that is named rightly", "share of names that is right")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    if not evaluation.answerable.any():
        axes.text(0.5, 0.5, "not defined: nothing to be found", ha="center", fontsize=9)
        return
    right = evaluation.right & evaluation.answerable
    found = precision_recall(right, evaluation.probabilities, evaluation.answerable)
    axes.plot(found.recall, found.precision, color=LIGHT["after"], linewidth=1.6)


def _named(axes: Any, title: str, across: str, up: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(across, fontsize=9)
    axes.set_ylabel(up, fontsize=9)
