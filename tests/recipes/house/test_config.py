"""What the house recipe may be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from resight.errors import TrainingError
from resight.recipes.house.config import CHANGEABLE, HouseConfig, require_sound


def test_what_ships_was_trained_by_sound_settings() -> None:
    require_sound(HouseConfig())
    assert set(CHANGEABLE) < set(HouseConfig.__slots__)


@pytest.mark.parametrize("sides", [(), (96,), ((0, 96.5),), ((1, 96),), ((0, 96), (0, 128)), ((0, 8),), ((0, 96, 1),)])
def test_a_schedule_of_sides_is_pairs_that_rise_from_0(sides: Any) -> None:
    require_sound(replace(HouseConfig(), sides=((0, 96), (3, 64))))
    with pytest.raises(TrainingError, match=r"the setting sides is \[.*wanted pairs of an epoch, rising from 0"):
        require_sound(replace(HouseConfig(), sides=sides))
