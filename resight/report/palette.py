"""The colours of a report, on light and on dark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LIGHT: Final = {
    "ink": "#1c2126",
    "soft": "#5d6670",
    "line": "#dfe3e8",
    "paper": "#ffffff",
    "card": "#f6f8f9",
    "faint": "#9aa3ad",
    "before": "#7d8894",
    "after": "#2563a8",
    "right": "#1f7a4d",
    "wrong": "#b3372f",
}
"""Colours by name, no two alike: a drawing made in these can be told for what they are and shown in others."""

DARK: Final = {
    "ink": "#e4e8ec",
    "soft": "#a3adb8",
    "line": "#343b43",
    "paper": "#14181c",
    "card": "#1d2227",
    "faint": "#6b7580",
    "before": "#98a3af",
    "after": "#6aa9ec",
    "right": "#4fb583",
    "wrong": "#e8776d",
}


def style() -> str:
    """The colours as variables of a page, which the reader's own setting chooses."""
    return (
        f":root {{ color-scheme: light dark; {_variables(LIGHT)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}\n"
    )


def adaptive(drawing: str) -> str:
    """A drawing in the colours of LIGHT, in the variables of `style` instead."""
    names = {colour: name for name, colour in LIGHT.items()}
    return re.sub("|".join(names), lambda found: f"var(--{names[found[0]]})", drawing)


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
