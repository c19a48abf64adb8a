"""The order of training photos."""

from __future__ import annotations

import numpy as np
import pytest

from resight.nn.mining.sampler import batch_at, distinct_batch_at, parted

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


SIZES = [(rows, batch) for rows in range(1, 14) for batch in range(1, rows + 1)]


@pytest.mark.parametrize(("rows", "batch"), SIZES)
def test_no_batch_has_a_row_twice_nor_has_a_pass(rows: int, batch: int) -> None:
    names, fitting = 10 * np.arange(rows), rows // batch
    batches = [distinct_batch_at(step, names, batch=batch, seed=3).tolist() for step in range(4 * fitting)]
    for start in range(0, len(batches), fitting):
        shown = [row for each in batches[start : start + fitting] for row in each]
        assert len(set(shown)) == len(shown) == fitting * batch
        assert set(shown) <= set(names.tolist())


def test_batches_would_have_a_row_twice_were_they_not_kept_apart() -> None:
    """What the test above asks for is not so by chance; and where no batch spans two passes, nothing is changed."""
    names = np.arange(7)
    assert any(len(set(batch_at(step, names, batch=5, seed=3).tolist())) < 5 for step in range(14))
    for step in range(8):
        wanted = batch_at(step, names[:6], batch=3, seed=1)
        assert distinct_batch_at(step, names[:6], batch=3, seed=1).tolist() == wanted.tolist()


def test_what_a_pass_leaves_out_is_another_row_each_time() -> None:
    """All rows are shown about equally often: of 7 rows in batches of 5 each in 5 passes of 7."""
    shown = np.concatenate([distinct_batch_at(step, np.arange(7), batch=5, seed=0) for step in range(700)])
    assert np.bincount(shown) == pytest.approx(np.full(7, 500), rel=0.1)


def test_passes_kept_apart_have_orders_of_their_own() -> None:
    orders = {tuple(distinct_batch_at(step, np.arange(6), batch=6, seed=0).tolist()) for step in range(20)}
    assert len(orders) > 15


@pytest.mark.parametrize("batch", [0, 6])
def test_more_different_rows_than_there_are_are_refused(batch: int) -> None:
    with pytest.raises(ValueError, match=f"a batch of {batch} different rows is wanted, but there are 5"):
        distinct_batch_at(0, ROWS, batch=batch, seed=0)


def test_what_is_held_out_is_not_learned() -> None:
    held, learned = parted(20, held_out=6, seed=1)
    assert (len(held), len(learned)) == (6, 14)
    assert sorted([*held, *learned]) == list(range(20))
    assert held.tolist() == sorted(held)
    assert learned.tolist() == sorted(learned)
    assert parted(20, held_out=6, seed=1)[0].tolist() == held.tolist() != parted(20, held_out=6, seed=2)[0].tolist()
