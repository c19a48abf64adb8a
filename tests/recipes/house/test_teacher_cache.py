"""The cache of targets: what is done is there when it is opened again, and half a cache is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.recipes.house.teacher_cache import DONE, MAPS, POOLED, WORDS, TeacherCache
from resight.types import Whitening

RNG = np.random.default_rng(0)
WHITENING = Whitening(RNG.normal(size=6), RNG.normal(size=(6, 4)), RNG.random(4))
ROWS = RNG.normal(size=(3, 2, 2, 4)).astype(np.float16), RNG.normal(size=(3, 6)).astype(np.float32)


def test_what_is_done_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    TeacherCache.begun(tmp_path, WHITENING, 5, (2, 2)).add(*ROWS)
    again = TeacherCache.opened(tmp_path, 5)
    assert again is not None
    assert again.done == 3
    assert np.array_equal(again.maps[:3], ROWS[0])
    assert np.array_equal(again.pooled[:3], ROWS[1])
    assert np.array_equal(again.words.projection, WHITENING.projection)
    assert TeacherCache.opened(tmp_path, 6) is None


@pytest.mark.parametrize("name", [DONE, MAPS, POOLED, WORDS])
def test_half_a_draft_is_none(name: str, tmp_path: Path) -> None:
    TeacherCache.begun(tmp_path, WHITENING, 5, (2, 2)).add(*ROWS)
    (tmp_path / name).unlink()
    assert TeacherCache.opened(tmp_path, 5) is None


def test_a_new_draft_does_not_begin_where_an_older_one_stood(tmp_path: Path) -> None:
    TeacherCache.begun(tmp_path, WHITENING, 5, (2, 2)).add(*ROWS)
    TeacherCache.begun(tmp_path, WHITENING, 5, (2, 2))
    assert TeacherCache.opened(tmp_path, 5) is None


def test_in_the_end_the_maps_alone_are_left(tmp_path: Path) -> None:
    cache = TeacherCache.begun(tmp_path, WHITENING, 3, (2, 2))
    cache.add(*ROWS)
    cache.finish(tmp_path / "maps.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["maps.npy"]
    assert np.array_equal(np.load(tmp_path / "maps.npy"), ROWS[0])
