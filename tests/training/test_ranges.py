"""Ranges of settings: their ends, what is no number, and that no recipe has a number without one."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import pytest

from resight.errors import TrainingError
from resight.recipes.house import config as house_config
from resight.recipes.house.config import HouseConfig
from resight.recipes.museum import approach
from resight.recipes.museum.approach import MuseumConfig
from resight.recipes.pairs import recipe
from resight.recipes.pairs.recipe import PairsConfig
from resight.training import settings
from resight.training.ranges import COUNT, MANY, NATURAL, Range, require_within
from resight.training.settings import FineTuningConfig


@dataclass(frozen=True, slots=True)
class Config:
    rate: float = 0.5
    sides: tuple[Any, ...] = (32, 64)


@pytest.mark.parametrize(
    ("least", "inside", "outside", "said"),
    [
        (Range(2), (2, 2.5, 1e300), (1, -2, math.inf, math.nan), "2 at least"),
        (Range(0, above=True), (1e-9, 3), (0, -1, math.inf, math.nan), "above 0"),
        (Range(0, 1), (0, 0.5, 1), (-0.1, 1.1, math.nan), "0 at least and 1 at most"),
        (Range(0, 1, above=True, below=True), (0.1, 0.9), (0, 1, math.nan), "above 0 and below 1"),
    ],
)
def test_ends_belong_to_it_unless_they_are_left_out(
    least: Range, inside: tuple[float, ...], outside: tuple[float, ...], said: str
) -> None:
    assert all(map(least.holds, inside))
    assert not any(map(least.holds, outside))
    assert str(least) == said


def test_what_is_out_of_range_is_told_with_what_was_wanted() -> None:
    require_within(Config(), {"rate": Range(0, 1), "sides": Range(16)})
    with pytest.raises(TrainingError, match=r"^the setting rate is 1.5; wanted 0 at least and 1 at most$"):
        require_within(Config(1.5), {"rate": Range(0, 1)})


@pytest.mark.parametrize("sides", [(), (32, 8), (32.5,), ("32",), (True,), ((0, 32),)])
def test_several_numbers_are_whole_each_in_range_and_one_at_least(sides: tuple[Any, ...]) -> None:
    with pytest.raises(TrainingError, match=r"the setting sides is \[.*\]; wanted whole numbers, each 16 at least"):
        require_within(Config(sides=sides), {"sides": Range(16)})


@pytest.mark.parametrize(
    ("config", "ranges"),
    [
        (FineTuningConfig(), settings.RANGES),
        (MuseumConfig(), approach.RANGES),
        (HouseConfig(), house_config.RANGES),
        (PairsConfig(), recipe.RANGES),
    ],
)
def test_every_number_has_a_range(config: Any, ranges: dict[str, Range]) -> None:
    """But for schedules of sides and rates of layers, which are pairs, and are looked at by themselves."""
    numbers = {each.name for each in fields(config) if type(getattr(config, each.name)) in (int, float, tuple)}
    assert ranges.keys() == numbers - {"sides", "rates"}
    require_within(config, ranges)


def test_a_whole_number_may_be_larger_than_any_fraction() -> None:
    assert not NATURAL.holds(10**400)
    assert not COUNT.holds(MANY + 1)
    assert COUNT.holds(MANY)
    assert Range(0).holds(10**400)
