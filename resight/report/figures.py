"""A figure for a page: drawn by matplotlib's own settings, in the colours of the page, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from resight.errors import MissingExtra

from .palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Final = LIGHT["ink"]


def by_default(draw: Callable[..., bytes]) -> Callable[..., bytes]:
    """Draw by matplotlib's own settings, not by those of a ``matplotlibrc`` in the working folder or of its user."""

    @wraps(draw)
    def drawn(*arguments: Any) -> bytes:
        from matplotlib import style

        with style.context("default"):
            return draw(*arguments)

    return drawn


def require() -> None:
    """Raises MissingExtra without matplotlib, or without Jinja2, which lays the page out."""
    for package in ("matplotlib", "jinja2"):
        try:
            import_module(package)
        except ImportError as error:
            raise MissingExtra("the report", package, "report") from error


def blank(width: float, height: float) -> Figure:
    """A figure of so many inches, without axes."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def svg(figure: Figure) -> bytes:
    """The figure without a date and with steady names, so that equal runs give equal bytes; its text stays text."""
    from matplotlib import rc_context

    _tidy(figure)
    stream = io.BytesIO()
    with rc_context({"svg.hashsalt": "resight", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    return stream.getvalue()


@by_default
def photo_counts(counts: Sequence[int]) -> bytes:
    """Draw how many photos each known thing has, ``counts`` with the most first (Bouček 2020, Figure 4.1)."""
    figure = blank(7.6, 2.4)
    axes = figure.subplots()
    numbers = range(1, len(counts) + 1)
    axes.plot(numbers, counts, drawstyle="steps-mid", color=LIGHT["after"], linewidth=1.6)
    axes.fill_between(numbers, counts, step="mid", color=LIGHT["line"])
    axes.set_yscale("log")
    axes.set_ylim(0.8, 1.3 * max(counts))
    ticks = sorted({1, *(10**power for power in range(1, 6) if 10**power < max(counts)), max(counts)})
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("things, the most photographed first")
    axes.set_ylabel("photos")
    return svg(figure)


def _tidy(figure: Figure) -> None:
    """Tidies a figure: every colour is one of LIGHT, and nothing is drawn that says nothing."""
    from matplotlib.text import Text

    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(INK)
        axes.grid(axis="both", color=LIGHT["line"], linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8, color=INK, labelcolor=INK)
    for text in figure.findobj(Text):
        text.set_color(INK)
