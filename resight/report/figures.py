"""A figure for a page: drawn by matplotlib's own settings, in the colours of the page, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable
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


def _tidy(figure: Figure) -> None:
    """Tidies a figure: every colour is one of LIGHT, and nothing is drawn that says nothing."""
    from matplotlib.text import Text

    for place in figure.axes:
        place.spines[["top", "right"]].set_visible(False)
        place.spines[["left", "bottom"]].set_color(INK)
        place.grid(axis="both", color=LIGHT["line"], linewidth=0.6)
        place.set_axisbelow(True)
        place.tick_params(labelsize=8, color=INK, labelcolor=INK)
    for text in figure.findobj(Text):
        text.set_color(INK)
