"""Charts of an evaluation: risk over coverage, reliability, ROC, precision over recall, and photos of each thing."""

from __future__ import annotations

from collections.abc import Sequence
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
    places = figure.subplots(2, 2)
    _risk(places[0][0], evaluation)
    _reliability(places[0][1], evaluation)
    _trade_off(places[1][0], evaluation)
    _precision(places[1][1], evaluation)
    return svg(figure)


@by_default
def distribution(counts: Sequence[int]) -> bytes:
    """Draw how many photos each known thing has, the most first."""
    figure = blank(7.6, 2.4)
    place = figure.subplots()
    numbers = range(1, len(counts) + 1)
    place.plot(numbers, counts, drawstyle="steps-mid", color=LIGHT["after"], linewidth=1.6)
    place.fill_between(numbers, counts, step="mid", color=LIGHT["line"])
    place.set_yscale("log")
    place.set_ylim(0.8, 1.3 * max(counts))
    ticks = sorted({1, *(10**power for power in range(1, 6) if 10**power < max(counts)), max(counts)})
    place.set_yticks(ticks, [str(tick) for tick in ticks])
    place.minorticks_off()
    place.set_xlabel("things, the most photographed first")
    place.set_ylabel("photos")
    return svg(figure)


def _risk(place: Any, evaluation: Evaluation) -> None:
    _named(place, "risk over coverage", "share of queries that are answered", "share of answers that are wrong")
    found = risk_coverage(evaluation.right, evaluation.probabilities)
    coverages, risks = np.append(0.0, found.coverages), np.append(found.risks[:1], found.risks)
    place.step(coverages, risks, where="pre", color=LIGHT["after"], linewidth=1.6)
    place.set_xlim(0, 1.02)
    place.set_ylim(bottom=0)


def _reliability(place: Any, evaluation: Evaluation) -> None:
    _named(place, "reliability", "probability that was stated", "share that is right")
    place.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    for row in reliability_table(evaluation.probabilities, evaluation.right, bins=10):
        place.plot([row.probability] * 2, [row.correct.low, row.correct.high], color=LIGHT["after"], linewidth=1.6)
        place.plot(row.probability, row.correct.value, "o", color=LIGHT["after"], markersize=5)
    place.set_xlim(-0.02, 1.02)
    place.set_ylim(-0.02, 1.02)


def _trade_off(place: Any, evaluation: Evaluation) -> None:
    _named(place, "ROC, known against unknown", "share of unknown that is accepted", "share of known that is accepted")
    place.set_xlim(-0.02, 1.02)
    place.set_ylim(-0.02, 1.02)
    if evaluation.answerable.all() or not evaluation.answerable.any():
        place.text(0.5, 0.5, "not defined: of one kind alone", ha="center", fontsize=9)
        return
    found = error_trade_off(evaluation.probabilities, evaluation.answerable)
    place.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    place.plot(found.false_accepted, found.accepted, color=LIGHT["after"], linewidth=1.6)


def _precision(place: Any, evaluation: Evaluation) -> None:
    _named(place, "precision over recall", "share of known that is named rightly", "share of names that is right")
    place.set_xlim(-0.02, 1.02)
    place.set_ylim(-0.02, 1.02)
    if not evaluation.answerable.any():
        place.text(0.5, 0.5, "not defined: nothing to be found", ha="center", fontsize=9)
        return
    right = evaluation.right & evaluation.answerable
    found = precision_recall(right, evaluation.probabilities, evaluation.answerable)
    place.plot(found.recall, found.precision, color=LIGHT["after"], linewidth=1.6)


def _named(place: Any, title: str, across: str, up: str) -> None:
    place.set_title(title, fontsize=10, loc="left")
    place.set_xlabel(across, fontsize=9)
    place.set_ylabel(up, fontsize=9)
