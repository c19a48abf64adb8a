"""Markdown tables and how figures are written."""

from __future__ import annotations

import pytest
from running.table import difference, figure, number, table

from resight.metrics.interval import Estimate


def test_a_table_is_markdown_with_figures_to_the_right() -> None:
    assert table(("system", "P@1"), [("a|b", ".5"), ("c", "")]) == (
        "| system | P@1 |\n| --- | --: |\n| a\\|b | .5 |\n| c |  |\n"
    )


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted 2 in each"):
        table(("a", "b"), [("1", "2", "3")])


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.9144, 3, ".914"),
        (1.0, 3, "1.000"),
        (3.8311, 2, "3.83"),
        (0.0, 3, ".000"),
        (-0.0204, 3, "−.020"),
        (-0.0001, 3, ".000"),
        (-1.5, 1, "−1.5"),
        (12.0, 0, "12"),
        (0.2, 0, "0"),
    ],
)
def test_a_figure_has_no_zero_before_its_point(value: float, digits: int, text: str) -> None:
    assert number(value, digits=digits) == text


def test_an_estimate_has_its_interval() -> None:
    assert figure(Estimate(0.9144, 0.857, 0.95, 140)) == ".914 (.857–.950)"
    assert figure(None) == "–"


def test_a_difference_has_signs() -> None:
    assert difference(Estimate(0.064, -0.011, 0.12, 140)) == "+.064 (−.011 to +.120)"
    assert difference(Estimate(0.0, 0.0, 0.0001, 140)) == ".000 (.000 to .000)"
