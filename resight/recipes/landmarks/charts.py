"""Charts of the landmarks recipe: µAP over k, gains of orderings, and heat tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resight.evaluation.charts import STYLES
from resight.metrics.interval import Estimate
from resight.report.figures import INK, blank, by_default, svg
from resight.report.palette import LIGHT

from .orderings import OrderingFinding
from .thesis import TABLES, TITLES, TRANSFORMS, Cell


@by_default
def over_k(number: str, cells: Mapping[Cell, Estimate]) -> bytes:
    """A table as lines over k: here above and in the thesis below, whitened on the left and not on the right."""
    names = list(dict.fromkeys(name for _, name, _ in cells))
    ks = list(dict.fromkeys(k for _, _, k in cells))
    figure = blank(7.6, 6.0)
    all_axes = figure.subplots(2, 2, sharex=True, sharey="row")
    values = {cell: found.value for cell, found in cells.items()}
    for row, (source, shown) in enumerate((("here", values), ("thesis", TABLES[number]))):
        for column, whitened in enumerate((True, False)):
            axes = all_axes[row][column]
            if source == "here":
                best = max(names, key=lambda name: max(values[whitened, name, k] for k in ks))
                ends = [cells[whitened, best, k] for k in ks]
                axes.fill_between(
                    range(len(ks)), [one.low for one in ends], [one.high for one in ends], color=LIGHT["line"]
                )
            for name, (marker, dashes, colour) in zip(names, STYLES, strict=False):
                line = [shown[whitened, name, k] for k in ks]
                axes.plot(
                    range(len(ks)), line, dashes, marker=marker, color=LIGHT[colour], markersize=4.5, linewidth=1.2
                )
            axes.set_title(f"{source}, {'whitened' if whitened else 'not whitened'}", fontsize=9, loc="left")
            axes.set_xticks(range(len(ks)), [str(k) for k in ks])
        all_axes[row][0].set_ylabel("µAP")
    for axes in all_axes[1]:
        axes.set_xlabel("k, neighbours that vote")
    handles = all_axes[0][0].get_lines()
    labels = [TRANSFORMS.get(name, name) for name in names]
    figure.legend(handles, labels, frameon=False, fontsize=8, ncols=min(len(names), 4), loc="outside upper center")
    return svg(figure)


@by_default
def gains(findings: Sequence[OrderingFinding]) -> bytes:
    """The mean difference of each ordering with its interval, and the thesis's own."""
    figure = blank(7.6, 0.9 + 0.42 * len(findings))
    axes = figure.subplots()
    axes.axvline(0, color=INK, linewidth=0.8)
    for line, finding in enumerate(findings):
        gain = finding.gain
        axes.plot([gain.low, gain.high], [line, line], color=LIGHT["after"], linewidth=2)
        axes.plot(gain.value, line, "o", color=LIGHT["after"], markersize=6, label="here" if line == 0 else None)
        axes.plot(
            *(finding.thesis, line), "D", color=LIGHT["wrong"], markersize=6, fillstyle="none",
            label="thesis" if line == 0 else None,
        )  # fmt: skip
    axes.set_yticks(range(len(findings)), [_folded(finding.ordering.claim) for finding in findings], fontsize=8)
    axes.set_ylim(len(findings) - 0.5, -0.5)
    axes.set_xlabel("difference of µAP with its 95 % interval; above 0 as in the thesis")
    figure.legend(frameon=False, fontsize=8, ncols=2, loc="outside upper right")
    return svg(figure)


def title(number: str) -> str:
    """The title of a table."""
    return f"Table {number}: {TITLES[number]}"


def _folded(claim: str, width: int = 46) -> str:
    """A claim on several lines."""
    lines = [""]
    for word in claim.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
