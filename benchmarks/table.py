"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from resight.metrics.interval import Estimate


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures and stand to the right."""
    lines = [list(headers), ["---", *["--:"] * (len(headers) - 1)], *map(list, rows)]
    if any(len(line) != len(headers) for line in lines):
        raise ValueError(f"rows have {[len(line) for line in lines]} cells; wanted {len(headers)} in each")
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def figure(estimate: Estimate | None, *, digits: int = 3) -> str:
    """A figure and its 95 % interval: ".914 (.857–.950)"; "–" where there is none."""
    if estimate is None:
        return "–"
    low, high = (number(value, digits=digits) for value in (estimate.low, estimate.high))
    return f"{number(estimate.value, digits=digits)} ({low}–{high})"


def difference(estimate: Estimate, *, digits: int = 3) -> str:
    """A difference and its 95 % interval, with signs: "+.064 (+.011 to +.120)"."""
    value, low, high = (
        f"{'+' if one > 0 else ''}{number(one, digits=digits)}" for one in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high})"


def number(value: float, *, digits: int = 3) -> str:
    """A figure without the zero before its point: ".914", "−.02", "1.000"."""
    text = f"{abs(value):.{digits}f}"
    text = text.removeprefix("0") if digits else text
    return f"−{text}" if value < 0 and float(text or 0) else text
