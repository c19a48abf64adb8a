"""The order of training photos."""

from __future__ import annotations

import numpy as np
import pytest

from resight.core.passes import batch_at

ROWS = np.array([3, 5, 8, 13, 21])


def sequence(steps: int, *, batch: int, seed: int = 0) -> list[int]:
    return [int(row) for step in range(steps) for row in batch_at(step, ROWS, batch=batch, seed=seed)]


def test_every_pass_shows_every_row_once_whatever_the_batch() -> None:
    rows = sequence(10, batch=3)
    for start in range(0, 30, 5):
        assert sorted(rows[start : start + 5]) == ROWS.tolist()


def test_the_batch_size_only_cuts_the_sequence() -> None:
    assert sequence(6, batch=2) == sequence(3, batch=4) == sequence(1, batch=12)


def test_passes_and_seeds_have_orders_of_their_own() -> None:
    rows = sequence(20, batch=5)
    assert len({tuple(rows[start : start + 5]) for start in range(0, 100, 5)}) > 10
    assert sequence(4, batch=5) != sequence(4, batch=5, seed=1)


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        batch_at(0, ROWS[:0], batch=2, seed=0)
