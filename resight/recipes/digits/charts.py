"""The chart of the digits recipe: what each filter is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resight.report.figures import blank, by_default, svg
from resight.report.palette import LIGHT
from resight.types import Array


@by_default
def filter_chart(rises: Array, weights: Mapping[str, Sequence[float]]) -> bytes:
    """Chart of the rise of the error without each filter, ``(c, 1 + k)`` over all and by class, above the weights."""
    count, rows = rises.shape
    figure = blank(7.6, 5.6)
    above, below = figure.subplots(2, 1, height_ratios=[rows, 5], sharex=True)
    shown = above.imshow(rises.T, cmap="viridis", aspect="auto", zorder=2)  # above the grid
    above.set_yticks(range(rows), ["all", *map(str, range(rows - 1))])
    above.set_ylabel("class")
    figure.colorbar(shown, ax=above, label="rise of the error", pad=0.01).outline.set_visible(False)
    width = 0.8 / len(weights)
    for number, ((name, values), colour) in enumerate(zip(weights.items(), ("after", "wrong", "faint"), strict=False)):
        centres = [bar + (number - (len(weights) - 1) / 2) * width for bar in range(count)]
        below.bar(centres, values, width, color=LIGHT[colour], label=name)
    below.set_xticks(range(count), [str(number + 1) for number in range(count)])
    below.set_xlabel("filter")
    below.set_ylabel("weight")
    below.legend(frameon=False, fontsize=8, loc="upper right")
    return svg(figure)
