"""Charts of an evaluation: risk over coverage, reliability, ROC, and precision over recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from resight.metrics.curves import error_trade_off, precision_recall
from resight.metrics.reliability import reliability_table
from resight.metrics.risk_coverage import risk_coverage
from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT
from resight.types import Array

from .evaluation import Evaluation
from .vote_grid import FORMULAS, VoteGrid

STYLES: Final = (
    ("o", "-", "after"),
    ("s", "--", "wrong"),
    ("^", "-.", "right"),
    ("D", ":", "ink"),
    ("v", "-", "before"),
    ("P", "--", "after"),
    ("X", "-.", "wrong"),
)
"""Markers, dashes and colours of lines: two are told apart in grey as well."""


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


@by_default
def votes(grid: VoteGrid) -> bytes:
    """µAP over k, a line for each transform, whitened and not; the band is the 95 % interval of the best line."""
    kinds = [kind for kind in (True, False) if any(whitened is kind for whitened, _, _ in grid.cells)]
    names = list(dict.fromkeys(f for _, f, _ in grid.cells))
    ks = list(dict.fromkeys(k for _, _, k in grid.cells))
    figure = blank(7.6, 3.4)
    all_axes = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, whitened in zip(all_axes, kinds, strict=True):
        best = max(names, key=lambda f: max(grid.cells[whitened, f, k].value for k in ks))
        ends = [grid.cells[whitened, best, k] for k in ks]
        axes.fill_between(range(len(ks)), [one.low for one in ends], [one.high for one in ends], color=LIGHT["line"])
        for name, (marker, dashes, colour) in zip(names, STYLES, strict=False):
            line = [grid.cells[whitened, name, k].value for k in ks]
            axes.plot(range(len(ks)), line, dashes, marker=marker, color=LIGHT[colour], markersize=4.5, linewidth=1.2)
        axes.set_title("whitened" if whitened else "not whitened", fontsize=9, loc="left")
        axes.set_xticks(range(len(ks)), [str(k) for k in ks])
        axes.set_xlabel("k, neighbours that vote")
    all_axes[0].set_ylabel("µAP")
    labels = [FORMULAS.get(name, name) for name in names]
    handles = all_axes[0].get_lines()
    figure.legend(handles, labels, frameon=False, fontsize=8, ncols=len(names), loc="outside upper center")
    return svg(figure)


@by_default
def heat_tables(matrices: Mapping[str, Array], scales: Sequence[str]) -> bytes:
    """Similarity matrices of two photos each, their numbers written in (Tables 5.3 and 5.4)."""
    figure = blank(7.6, 3.5)
    all_axes = figure.subplots(1, len(matrices), squeeze=False)[0]
    top = max(float(np.max(matrix)) for matrix in matrices.values())
    shown: Any = None
    low = min(0.0, *(float(matrix.min()) for matrix in matrices.values()))
    for axes, (title, matrix) in zip(all_axes, matrices.items(), strict=True):
        shown = axes.imshow(matrix, cmap="Greys", vmin=low, vmax=top)
        for (row, column), value in np.ndenumerate(matrix):
            text = axes.text(column, row, signed(value, 2), ha="center", va="center", fontsize=8, zorder=3)
            text.set_bbox({"facecolor": LIGHT["paper"], "edgecolor": "none", "alpha": 0.75, "pad": 1})
        axes.set_xticks(range(len(scales)), scales)
        axes.set_yticks(range(len(scales)), scales)
        axes.set_xlabel("scale of the known photo")
        axes.set_title(title, fontsize=9, loc="left")
    all_axes[0].set_ylabel("scale of the query")
    figure.colorbar(shown, ax=list(all_axes), label="cosine", shrink=0.8).outline.set_visible(False)
    return svg(figure)


def signed(value: float, places: int = 3, *, plus: bool = False) -> str:
    """A number with a true minus sign, and where it is wanted a plus."""
    return f"{value:{'+' if plus else ''}.{places}f}".replace("-", "−")


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
