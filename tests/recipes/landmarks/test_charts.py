"""Charts of the landmarks recipe: what is written on them, and that lines can be told apart without colours."""

from __future__ import annotations

import numpy as np

from resight.evaluation import charts as drawings
from resight.metrics.resampling import Resamples
from resight.recipes.landmarks import charts
from resight.recipes.landmarks.measurement import Measurements
from resight.recipes.landmarks.orderings import find


def test_a_table_is_lines_over_k(measured: Measurements, resamples: Resamples) -> None:
    cells = {cell: resamples.estimate(found) for cell, found in measured.cells["5.1"].items()}
    drawn = charts.over_k("5.1", cells).decode()
    for said in ("here, whitened", "thesis, not whitened", "µAP", "k, neighbours that vote", "ln(x + e)"):
        assert said in drawn


def test_lines_differ_in_marker_and_dashes_or_colour() -> None:
    assert len({marker for marker, _, _ in charts.STYLES}) == len(charts.STYLES)


def test_orderings_are_points_with_intervals(measured: Measurements, resamples: Resamples) -> None:
    drawn = charts.gains(find(measured.cells, resamples)).decode()
    assert "whitening helps from k = 7 on" in drawn
    assert "difference of µAP with its 95 % interval" in drawn


def test_heat_tables_have_their_numbers_written_in() -> None:
    drawn = drawings.heat_tables({"one": np.eye(2), "other": -np.eye(2)}, ["1", "√2"]).decode()
    for said in ("1.00", "−1.00", "scale of the query", "cosine", "other"):
        assert said in drawn
