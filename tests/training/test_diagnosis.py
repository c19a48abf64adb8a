"""Verdicts: made-up histories of every kind, each at its threshold."""

from __future__ import annotations

from typing import Any

import pytest

from resight.training.diagnosis import CBT, CH, COLLAPSE, DNC, verdicts

RISING = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.9, 0.9, 0.9]
FLAT = [0.5] * 9


def _names(start: float, losses: list[float], precisions: list[float], cosine: float | None = None) -> list[str]:
    return [verdict.name for verdict in verdicts(start, losses, precisions, cosine=cosine)]


def test_a_sound_run_suffers_from_nothing() -> None:
    assert _names(1.0, [0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08, 0.06], RISING, 0.3) == []
    assert _names(1.0, [0.6, 0.3, 0.1, 0.03, 0.01, 0.0, 0.0, 0.0], RISING) == []


def test_too_young_a_run_is_not_judged() -> None:
    assert _names(1.0, [], [0.5]) == []
    assert _names(1.0, [1.0, 1.2], [0.5, 0.5, 0.5]) == []
    assert _names(1.0, [0.01, 0.0], [0.5, 0.5, 0.5]) == []


@pytest.mark.parametrize(("last", "wanted"), [(0.981, ["DNC"]), (0.98, ["DNC"]), (0.979, []), (5.0, ["DNC"])])
def test_a_loss_that_has_not_fallen_after_three_epochs(last: float, wanted: list[str]) -> None:
    assert _names(1.0, [1.0, 0.99, last], FLAT[:4]) == wanted
    assert _names(20.0, [20.0, 19.9, 20 * last], FLAT[:4]) == wanted


def test_a_loss_of_zero_has_converged_wherever_it_began() -> None:
    assert _names(0.0, [0.0, 0.0, 0.0], FLAT[:4]) == []
    assert _names(0.0, [0.0, 0.0, 0.1], FLAT[:4]) == ["DNC"]


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_did_not_converge_at_any_time(odd: float) -> None:
    assert _names(1.0, [odd], FLAT[:2]) == ["DNC"]


def test_a_plateau_up_high() -> None:
    """Six epochs at least; under 0.2 of the start, or still falling by 1 % of it in five, it is none."""
    assert _names(1.0, [0.5] * 6, FLAT) == ["CH"]
    assert _names(1.0, [0.5] * 5, FLAT) == []
    assert _names(1.0, [0.19] * 6, FLAT) == []
    assert _names(1.0, [0.5, 0.5, 0.5, 0.5, 0.5, 0.495], FLAT) == ["CH"]
    assert _names(1.0, [0.5, 0.5, 0.5, 0.5, 0.5, 0.48], FLAT) == []
    assert _names(1.0, [0.5, 0.6, 0.5, 0.7, 0.5, 0.9, 0.55], FLAT) == ["CH"]


def test_a_loss_of_zero_that_helps_nobody() -> None:
    losses = [0.3, 0.1, 0.04, 0.02]
    assert _names(1.0, losses, [0.5, 0.5, 0.502, 0.49, 0.5]) == ["CBT"]
    assert _names(1.0, losses, [0.5, 0.4, 0.3, 0.2, 0.2]) == ["CBT"]
    assert _names(1.0, losses, [0.5, 0.5, 0.52, 0.5, 0.5]) == []
    assert _names(1.0, [0.3, 0.1, 0.06, 0.06], [0.5] * 5) == []


def test_precision_that_cannot_rise_is_no_fault() -> None:
    assert _names(1.0, [0.3, 0.1, 0.04, 0.02], [0.995] * 5) == []


@pytest.mark.parametrize(("cosine", "wanted"), [(None, []), (0.98, []), (0.981, ["collapse"])])
def test_a_collapse_is_told_at_any_time(cosine: float | None, wanted: list[str]) -> None:
    assert _names(1.0, [0.7], [0.5, 0.5], cosine) == wanted


def test_a_collapse_comes_beside_what_the_loss_says() -> None:
    """A triplet loss of a collapsed network is its margin."""
    assert _names(1.0, [0.2 / 0.3] * 7, FLAT, 1.0) == ["collapse", "CH"]


@pytest.mark.parametrize("verdict", [COLLAPSE, DNC, CH, CBT])
def test_every_verdict_says_what_to_try(verdict: Any) -> None:
    told = verdict.to_dict()
    assert told["name"]
    assert len(told["advice"]) >= 2
    assert len(told["meaning"]) > 20
