"""Views on a table: the whole thing is in the photo, about as large as was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from data.table_views import HARD, MILD, Conditions, on_table, studio

from resight.io import images


@pytest.mark.parametrize("conditions", [MILD, HARD])
def test_the_thing_is_whole_in_a_photo_of_the_size(conditions: Conditions, rng: np.random.Generator) -> None:
    small = replace(conditions, frame=(300, 301), glare=0.0, quality=(90, 91), things=0, light=(1, 1), blur=(0.3, 0.4))
    thing = np.full((120, 90, 3), (230, 20, 20), np.uint8)
    for _ in range(4):
        photo = images.read(on_table(thing, small, rng))
        assert sorted(photo.size) == [225, 300]
        red = (photo.image[..., 0] > 90) & (photo.image[..., 1:].max(axis=2) < 70)
        longest = small.filled[0] * 225, small.filled[1] * 225
        assert 0.4 * 0.75 * longest[0] ** 2 < red.sum() < 1.2 * 0.75 * longest[1] ** 2
        assert not red[[0, -1]].any()
        assert not red[:, [0, -1]].any()


def test_hard_views_of_one_seed_are_one_photo(rng: np.random.Generator) -> None:
    thing = rng.integers(0, 255, (80, 80, 3), dtype=np.uint8)
    small = replace(HARD, frame=(200, 240))
    once, again, other = (on_table(thing, small, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert once == again != other


def test_a_shop_shows_the_thing_upright_and_as_large(rng: np.random.Generator) -> None:
    thing = np.full((60, 90, 3), (20, 90, 30), np.uint8)
    photo = studio(thing, rng)
    assert (np.abs(photo.astype(int) - (20, 90, 30)).max(axis=2) <= 1).sum() == pytest.approx(60 * 90, rel=0.03)
    assert photo[0].min() > 220
