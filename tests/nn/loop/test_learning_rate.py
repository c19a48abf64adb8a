"""How the rate goes."""

from __future__ import annotations

import pytest

from resight.nn.loop import schedules
from resight.nn.loop.learning_rate import NAMES, schedule


def _rates(name: str, *, warmup: int = 0, decay: float = 0.5) -> list[float]:
    """Of four epochs of five steps."""
    rate = schedule(name, epochs=4, steps=5, warmup=warmup, decay=decay)
    return [rate(step) for step in range(20)]


def test_stable_decay_rises_stands_and_falls_to_nearly_nothing() -> None:
    rates = _rates("stable-decay", warmup=3)
    assert rates[:4] == pytest.approx([0.25, 0.5, 0.75, 1])
    assert rates[3:10] == [1] * 7
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[19] < 0.05
    assert _rates("stable-decay", decay=0) == [1] * 20


def test_warmup_is_a_fifth_at_most() -> None:
    assert _rates("stable-decay", warmup=50)[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert _rates("cosine", warmup=50)[:4] == pytest.approx([0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize("name", ["constant", "cosine", "one-cycle", "time-decay"])
def test_schedules_of_steps_are_those_of_core(name: str) -> None:
    assert _rates(name) == [schedules.BY_STEP[name](step, 20) for step in range(20)]


def test_steps_fall_to_a_tenth_after_each_such_share_of_the_epochs() -> None:
    assert _rates("step") == pytest.approx([1] * 10 + [0.1] * 10)
    assert _rates("step", decay=0.25) == pytest.approx([1] * 5 + [0.1] * 5 + [0.01] * 5 + [0.001] * 5)
    assert _rates("step", decay=0) == [1] * 20


def test_what_follows_the_history_is_constant_in_the_steps() -> None:
    assert _rates("running-mean") == [1] * 20


@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_keeps_below_the_full_rate(name: str) -> None:
    for epochs, steps in ((1, 1), (1, 7), (30, 3)):
        rate = schedule(name, epochs=epochs, steps=steps, warmup=2, decay=0.3)
        assert all(0 <= rate(step) <= 1 for step in range(epochs * steps))
