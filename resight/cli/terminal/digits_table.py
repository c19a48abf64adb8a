"""Tables of what the digits recipe found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .output import put, put_table

MEASURES = ("pointing", "energy", "iou", "located", "right")


def tell_digits(report: Mapping[str, Any]) -> None:
    """Table 2 beside the paper's, then what each method got on pasted digits."""
    rows = [(str(number), *_accuracy(each)) for number, each in enumerate(report["classes"])]
    put_table(
        ("class", "here", "95 % interval", "paper"), [*rows, ("all", *_accuracy(report["accuracy"]))], right=(1, 3)
    )
    for name, found in report.get("localisation", {}).items():
        put()
        lines = [
            (method, *(f"{each[measure]['value']:.3f}" for measure in MEASURES), f"{each['ms']:.2f}")
            for method, each in found.items()
        ]
        put_table((name, "pointing game", "heat in box", "IoU", "located", "read", "ms"), lines, right=range(1, 7))


def _accuracy(found: Mapping[str, Any]) -> tuple[str, str, str]:
    value, low, high, paper = (f"{100 * found[key]:.2f}" for key in ("value", "low", "high", "paper"))
    return value, f"{low} to {high}", paper
