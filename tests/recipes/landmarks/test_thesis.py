"""The thesis's tables as they are printed: their sizes, their best, and what is said of them."""

from __future__ import annotations

import pytest

from resight.recipes.landmarks.thesis import KS, TABLES, TRANSFORMS


@pytest.mark.parametrize(
    ("number", "cells", "best"),
    [
        ("5.1", 48, (True, "identity", 7)),
        ("5.2", 70, (True, "Mean k-NN", 7)),
        ("5.5", 60, (True, "columns", 7)),
        ("5.6", 48, (True, "identity", 13)),
    ],
)
def test_each_has_its_cells_and_its_best(number: str, cells: int, best: tuple[bool, str, int]) -> None:
    table = TABLES[number]
    assert (len(table), max(table, key=lambda cell: table[cell])) == (cells, best)
    assert all(0.5 < value < 0.85 for value in table.values())


def test_at_k_1_every_transform_gives_the_same() -> None:
    for number in ("5.1", "5.6"):
        for whitened in (True, False):
            assert len({TABLES[number][whitened, name, 1] for name in TRANSFORMS}) == 1


def test_figures_of_the_text() -> None:
    assert TABLES["5.1"][True, "identity", 7] == 0.8106
    assert max(TABLES["5.1"][False, name, k] for name in TRANSFORMS for k in KS) == TABLES["5.1"][False, "identity", 3]
    assert (TABLES["5.5"][True, "columns", 7], TABLES["5.6"][True, "identity", 13]) == (0.8303, 0.8428)
