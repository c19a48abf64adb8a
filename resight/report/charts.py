"""Charts, as SVG."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from resight.errors import MissingExtra
from resight.training.history import History
from resight.types import Array

from .palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Final = LIGHT["ink"]


def _by_default(draw: Callable[..., bytes]) -> Callable[..., bytes]:
    """Draw by matplotlib's own settings, not by those of a ``matplotlibrc`` in the working folder or of its user."""

    @wraps(draw)
    def drawn(*arguments: Any) -> bytes:
        from matplotlib import style

        with style.context("default"):
            return draw(*arguments)

    return drawn


def require() -> None:
    """Raises MissingExtra without matplotlib."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtra("the report", "matplotlib", "report") from error


@_by_default
def curves(history: History) -> bytes:
    """Loss of steps and epochs, P@1 of the validation and the rate, over epochs; where the rate falls is a line."""
    scored = len(history.scores) > 0
    figure = _figure(7.6, 5.4 if scored else 3.9)
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
        for place in axes:
            place.axvline(done / per_epoch, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes[0].annotate("rate falls", (done / per_epoch, 0), (3, 4), textcoords="offset points", fontsize=8)
    return _svg(figure)


@_by_default
def intervals(figures: Mapping[str, Mapping[str, Any]]) -> bytes:
    """P@1 and µAP before and after with their 95 % intervals, for each kind of question."""
    figure = _figure(7.6, 0.9 + 0.62 * len(figures))
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
    return _svg(figure)


@_by_default
def filters(rises: Array, weights: Mapping[str, Sequence[float]]) -> bytes:
    """What the error rises by without each filter, ``(c, 1 + k)`` over all and by class, above the filters' weights."""
    count, rows = rises.shape
    figure = _figure(7.6, 5.6)
    above, below = figure.subplots(2, 1, height_ratios=[rows, 5], sharex=True)
    shown = above.imshow(rises.T, cmap="viridis", aspect="auto", zorder=2)  # above the grid
    above.set_yticks(range(rows), ["all", *map(str, range(rows - 1))])
    above.set_ylabel("class")
    figure.colorbar(shown, ax=above, label="rise of the error", pad=0.01).outline.set_visible(False)
    width = 0.8 / len(weights)
    for number, ((name, values), colour) in enumerate(zip(weights.items(), ("after", "wrong", "faint"), strict=False)):
        places = [place + (number - (len(weights) - 1) / 2) * width for place in range(count)]
        below.bar(places, values, width, color=LIGHT[colour], label=name)
    below.set_xticks(range(count), [str(number + 1) for number in range(count)])
    below.set_xlabel("filter")
    below.set_ylabel("weight")
    below.legend(frameon=False, fontsize=8, loc="upper right")
    return _svg(figure)


def _lowest(figures: Mapping[str, Mapping[str, Any]]) -> float:
    """The least end of all intervals, to the next tenth below."""
    ends = [found["low"] for kind in figures.values() for when in ("before", "after") for found in kind[when].values()]
    return math.floor(10 * min(ends, default=0.0)) / 10


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure) -> bytes:
    """The figure without a date and with steady names, so that equal runs give equal bytes; its text stays text."""
    from matplotlib import rc_context

    _tidy(figure)
    stream = io.BytesIO()
    with rc_context({"svg.hashsalt": "resight", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    return stream.getvalue()


def _tidy(figure: Figure) -> None:
    """Every colour one of LIGHT, and nothing drawn that says nothing."""
    from matplotlib.text import Text

    for place in figure.axes:
        place.spines[["top", "right"]].set_visible(False)
        place.spines[["left", "bottom"]].set_color(INK)
        place.grid(axis="both", color=LIGHT["line"], linewidth=0.6)
        place.set_axisbelow(True)
        place.tick_params(labelsize=8, color=INK, labelcolor=INK)
    for text in figure.findobj(Text):
        text.set_color(INK)
