"""Standard output: JSON, tables and facts, and every text made safe to show."""

from __future__ import annotations

import json
import math
import shutil
import sys
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

_JOINERS: Final = "\u200c\u200d"
"""Invisible, harmless, and part of the spelling of Persian names and of many emoji."""


def plain(text: str) -> str:
    """The text on one line, with whatever could steer a terminal spelled out.

    That is control characters and escape sequences, ends of lines, marks of direction, and bytes of a file name that
    are no text.
    """
    if text.isprintable():
        return text
    return "".join(
        char if _is_harmless(char) else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"


def put(line: str = "") -> None:
    """Prints a line of text."""
    print(plain(line), flush=True)


def put_alarm(line: str) -> None:
    """Prints a line of text in red, where a terminal has colours."""
    import typer

    typer.secho(plain(line), fg="red", bold=True)


def put_json(value: Any) -> None:
    """Prints a line of strict JSON in ASCII; a number that JSON has no word for, such as NaN, is null."""
    print(json.dumps(_strict(value), allow_nan=False), flush=True)


def put_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = ()) -> None:
    """Rows below a header, in columns two spaces apart; those of the numbers in ``right`` end together.

    On a terminal that is too narrow each row is a block of lines, one for each cell after its name.
    """
    from rich.cells import cell_len

    table = [[plain(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    if sys.stdout.isatty() and sum(widths) + 2 * len(widths) - 2 > shutil.get_terminal_size().columns:
        for row in table[1:]:
            put_facts({name: cell for name, cell in zip(table[0], row, strict=True) if name})
            put()
        return
    for row in table:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (width - cell_len(cell))
            cells.append(gap + cell if number in right else cell + gap)
        put("  ".join(cells).rstrip())


def put_facts(facts: Mapping[str, Any], *, indent: str = "") -> None:
    """Prints each fact on a line after its name; facts within facts below their name, further in."""
    flat = [name for name, value in facts.items() if not _is_group(value)]
    width = max(map(len, flat), default=0)
    for name, value in facts.items():
        shown = f"{indent}{name.replace('_', ' ')}"
        if _is_group(value):
            put(shown)
            put_facts(value, indent=f"{indent}  ")
        else:
            put(f"{shown:{len(indent) + width}}  {_fact(value)}")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 photo`` or ``2 photos``; ``plural`` is that of an irregular noun."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def alike(names: Iterable[str]) -> str:
    """Warning that names of different things are hard to tell apart, and how to make them one."""
    merge = "`resight gallery rename GALLERY OLD NEW --merge` makes them one"
    return f"alike: {' and '.join(map(repr, names))} are different things by case or blanks alone: {merge}"


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_group(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) > 0


def _fact(value: Any) -> str:
    if isinstance(value, list | tuple | Mapping):
        return ", ".join(map(_fact, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
