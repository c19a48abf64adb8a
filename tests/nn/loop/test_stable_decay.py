"""The rate that is constant until a decay: by hand."""

from __future__ import annotations

import math

import pytest

from resight.nn.loop.stable_decay import stable_decay


def test_warmup_by_hand() -> None:
    assert [stable_decay(step, warmup=4) for step in range(6)] == [0.2, 0.4, 0.6, 0.8, 1, 1]
    assert stable_decay(0, warmup=0) == 1


def test_decay_by_hand() -> None:
    """Three steps from step 10: 1 − √(1/4), 1 − √(2/4), 1 − √(3/4), then nothing."""
    found = [stable_decay(step, warmup=2, start=10, length=3) for step in range(9, 15)]
    assert found == pytest.approx([1, 0.5, 1 - math.sqrt(0.5), 1 - math.sqrt(0.75), 0, 0])


@pytest.mark.parametrize("length", [1, 2, 50])
def test_a_decay_lies_between_the_full_rate_and_none(length: int) -> None:
    found = [stable_decay(step, warmup=0, start=7, length=length) for step in range(6, 8 + length)]
    assert (found[0], found[-1]) == (1, 0)
    assert all(1 > found[place] > 0 for place in range(1, length + 1))
    passed = [(1 - rate) ** 2 for rate in found]
    assert passed == pytest.approx([step / (length + 1) for step in range(length + 2)])


def test_where_the_decay_begins_changes_nothing_before() -> None:
    for step in range(50):
        assert stable_decay(step, warmup=5, start=50, length=9) == stable_decay(step, warmup=5)


@pytest.mark.parametrize(("warmup", "length"), [(-1, 1), (0, 0)])
def test_odd_lengths_are_refused(warmup: int, length: int) -> None:
    with pytest.raises(ValueError, match="wanted at least 0 and 1"):
        stable_decay(0, warmup=warmup, start=0, length=length)
