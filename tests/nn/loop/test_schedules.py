"""Schedules: by hand, and against PyTorch's own where it has them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from resight.nn.loop.schedules import (
    BY_EPOCH,
    BY_HISTORY,
    BY_STEP,
    SCHEDULES,
    constant,
    cosine,
    one_cycle,
    running_mean,
    step,
    time_decay,
)


def test_steps_by_hand() -> None:
    """Kohl 2017, section 4.2.2: 0.1 after 30 epochs."""
    assert [step(epoch) for epoch in (0, 29, 30, 59)] == [1, 1, 0.1, 0.1]
    assert step(25, every=10, factor=0.5) == 0.25


def test_cosine_by_hand() -> None:
    assert [cosine(s, 8) for s in (0, 4, 8)] == pytest.approx([1, 0.5, 0])
    assert cosine(2, 8) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert [cosine(s, 12, warmup=4, floor=0.2) for s in (0, 1, 3, 4, 8, 12, 99)] == pytest.approx(
        [0.25, 0.5, 1, 1, 0.6, 0.2, 0.2]
    )


def test_time_decay_by_hand() -> None:
    assert time_decay(0, 9) == 1
    assert time_decay(100, 9, decay=0.01) == 0.5


def _rates(torch: Any, scheduler: str, steps: int, **options: Any) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = getattr(torch.optim.lr_scheduler, scheduler)(optimiser, **options)
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return rates


@pytest.mark.parametrize("total", [10, 37, 200])
@pytest.mark.parametrize("rise", [0.3, 0.5])
def test_one_cycle_is_pytorchs(total: int, rise: float, torch: Any) -> None:
    wanted = _rates(torch, "OneCycleLR", total - 1, max_lr=1.0, total_steps=total, pct_start=rise, cycle_momentum=False)
    assert [one_cycle(s, total, rise=rise) for s in range(total - 1)] == pytest.approx(wanted)
    assert one_cycle(total - 1, total, rise=rise) == pytest.approx(1 / 250_000)


def test_cosine_and_steps_are_pytorchs(torch: Any) -> None:
    assert [cosine(s, 20, floor=0.1) for s in range(20)] == pytest.approx(
        _rates(torch, "CosineAnnealingLR", 20, T_max=20, eta_min=0.1)
    )
    assert [step(e, every=3, factor=0.5) for e in range(10)] == pytest.approx(
        _rates(torch, "StepLR", 10, step_size=3, gamma=0.5)
    )


def test_the_running_mean_by_hand() -> None:
    """Accuracies .10 .30 .50 .70, then .70 each.

    Their means: .1 .2 .3 .4 .46 .5 .5286 .55 .5667 .58 .5909. Above the mean of the three before, from the fourth on,
    they are .2 .16 .1133 .0752 .0538 .0405 .0316 .0253: not under .02 yet. The twelfth mean is .6, .0209 above; the
    thirteenth, .6077, is .0174 above: the first fall.
    """
    accuracies = [0.1, 0.3, 0.5] + [0.7] * 20
    factors = [running_mean(accuracies[:epoch]) for epoch in range(1, 21)]
    assert factors == [1] * 12 + [0.5] * 3 + [0.25] * 3 + [0.125] * 2


def test_the_running_mean_waits_three_epochs_and_never_starts_before_the_fourth() -> None:
    flat = [0.5] * 12
    assert [running_mean(flat[:k]) for k in range(13)] == [1] * 4 + [0.5] * 3 + [0.25] * 3 + [0.125] * 3


def test_the_running_mean_falls_where_accuracy_falls() -> None:
    """As written: E₄ = .8 is .1 under (.9 + .9 + .9) / 3."""
    assert running_mean([0.9, 0.9, 0.9, 0.5]) == 0.5


def test_alpha_decides() -> None:
    """E₄ − (E₃ + E₂ + E₁) / 3 = .515 − .5: under .02, not under .01."""
    accuracies = [0.5, 0.5, 0.5, 0.56]
    assert running_mean(accuracies, alpha=0.02) == 0.5
    assert running_mean(accuracies, alpha=0.01) == 1
    assert running_mean(accuracies, factor=0.3) == 0.3


@pytest.mark.parametrize("name", BY_STEP)
def test_factors_lie_between_0_and_1(name: str) -> None:
    found = [BY_STEP[name](s, total) for total in (1, 3, 50) for s in range(60)]
    assert all(0 <= factor <= 1 for factor in found)


def test_every_schedule_has_one_name() -> None:
    assert len(SCHEDULES) == len(BY_STEP) + len(BY_EPOCH) + len(BY_HISTORY) == len(set(SCHEDULES.values()))
    assert constant(7, 9) == 1
