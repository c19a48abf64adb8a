"""Columns of tables in which two builds stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from running.table import difference, figure, number
from systems.asked import Asked
from systems.builds import FORMER, NOW
from systems.pack_measures import Measure, estimate, paired

from resight.evaluation.scores import share
from resight.metrics.interval import mcnemar
from resight.types import Array

Beside = Mapping[str, Asked]
"""The builds by name, the former one first."""

Part = tuple[str, dict[str, Any]]
"""A section in Markdown, and its data."""


def measure_heads(beside: Beside) -> tuple[str, ...]:
    """Heads over :func:`measure_cells`."""
    return (*beside, *(["now − former"] if FORMER in beside else []))


def measure_cells(measured: Mapping[str, Measure]) -> tuple[str, ...]:
    """A measure of each build, and the difference where there are two."""
    figures = [figure(estimate(one)) for one in measured.values()]
    return (*figures, *([difference(paired(measured[NOW], measured[FORMER]))] if FORMER in measured else []))


def share_heads(beside: Beside) -> tuple[str, ...]:
    """Heads over :func:`share_cells`."""
    return (*beside, *(["only now / only former", "p"] if FORMER in beside else []))


def share_cells(flags: Mapping[str, Array]) -> tuple[str, ...]:
    """The share of each build's flags (n,), and McNemar's test where there are two."""
    figures = [figure(share(one)) for one in flags.values()]
    if FORMER not in flags:
        return tuple(figures)
    split = mcnemar(flags[NOW], flags[FORMER])
    return (*figures, f"{split.only_a} / {split.only_b}", number(split.p))
