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
    values = (estimate.value, estimate.low, estimate.high)
    value, low, high = (number(one, digits=digits, plus=True) for one in values)
    return f"{value} ({low} to {high})"


def number(value: float, *, digits: int = 3, plus: bool = False) -> str:
    """A figure without the zero before its point: ".914", "−.020", "1.000"; ``plus`` marks what is above zero."""
    text = f"{abs(value):.{digits}f}"
    sign = "" if not float(text) else "−" if value < 0 else "+" if plus else ""
    return sign + (text.removeprefix("0") if digits else text)
