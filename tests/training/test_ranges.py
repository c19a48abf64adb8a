"""Ranges of settings: their ends, what is no number, and that no recipe has a number without one."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Annotated, Any

import pytest

from resight.errors import TrainingError
from resight.recipes.digits.config import DigitsConfig
from resight.recipes.house.config import HouseConfig
from resight.recipes.museum.approach import MuseumConfig
from resight.recipes.pairs.config import PairsConfig
from resight.training.ranges import COUNT, MANY, NATURAL, Range, ranges, require_within
from resight.training.settings import FineTuningConfig


@dataclass(frozen=True, slots=True)
class Config:
    rate: Annotated[float, Range(0, 1)] = 0.5
    sides: Annotated[tuple[Any, ...], Range(16)] = (32, 64)
    name: str = ""


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
    assert ranges(Config) == {"rate": Range(0, 1), "sides": Range(16)}
    require_within(Config())
    with pytest.raises(TrainingError, match=r"^the setting rate is 1.5; wanted 0 at least and 1 at most$"):
        require_within(Config(1.5))


@pytest.mark.parametrize("sides", [(), (32, 8), (32.5,), ("32",), (True,), ((0, 32),)])
def test_several_numbers_are_whole_each_in_range_and_one_at_least(sides: tuple[Any, ...]) -> None:
    with pytest.raises(TrainingError, match=r"the setting sides is \[.*\]; wanted whole numbers, each 16 at least"):
        require_within(Config(sides=sides))


@pytest.mark.parametrize("kind", [FineTuningConfig, MuseumConfig, HouseConfig, PairsConfig, DigitsConfig])
def test_every_number_has_a_range(kind: Any) -> None:
    """But for schedules of sides and rates of layers, which are pairs, and are looked at by themselves, and for words.

    One that makes no sense would be found by whatever stumbles over it.
    """
    numbers = {each.name for each in fields(kind) if type(each.default) in (int, float, tuple)}
    assert ranges(kind).keys() == numbers - {"sides", "rates", "shown"}
    require_within(kind())


def test_a_whole_number_may_be_larger_than_any_fraction() -> None:
    assert not NATURAL.holds(10**400)
    assert not COUNT.holds(MANY + 1)
    assert COUNT.holds(MANY)
    assert Range(0).holds(10**400)
