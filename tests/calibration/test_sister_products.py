"""Simulated sister products: one family, one size, no two alike, drawn from their generator alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.calibration.sister_products import sisters
from resight.io.images import resize

SEEDS = range(25)


@pytest.fixture(scope="module")
def pictures(known_photos: dict[str, Any]) -> Any:
    return [resize(known_photos[name], (150, 100), resampling="area") for name in ("chelsea", "coffee", "astronaut")]


@pytest.fixture(scope="module")
def families(pictures: Any) -> Any:
    return [sisters(pictures, np.random.default_rng(seed), 4) for seed in SEEDS]


def test_sisters_have_one_size(families: Any) -> None:
    for family in families:
        assert len(family) == 4
        height, width, channels = family[0].shape
        assert {sister.shape for sister in family} == {(height, width, channels)}
        assert 400 <= height <= 400 + 4 * 24
        assert 160 <= width <= 400
        assert channels == 3
        assert all(sister.dtype == np.uint8 for sister in family)


def test_sisters_differ_from_the_first(families: Any) -> None:
    """Some twins are told apart by a single word, in two pixels of a thousand."""
    differing = [(sister != family[0]).any(axis=2).mean() for family in families for sister in family[1:]]
    assert min(differing) > 0.001
    assert np.median(differing) > 0.1


def test_many_sisters_share_bands(families: Any) -> None:
    """Rows that are the same to the bit, as flavours of one brand share their logo; the others are of other colours.

    Half of all sisters do: 0.49 in 200 families, of which any 25 stray by 0.06.
    """
    shared = [(sister == family[0]).all(axis=(1, 2)).mean() for family in families for sister in family[1:]]
    assert np.mean(np.array(shared) > 0.05) > 0.3
    assert np.mean(np.array(shared) == 1) == 0


def test_of_forms_one_band_differs_and_no_other(pictures: Any) -> None:
    for seed in SEEDS:
        first, *others = sisters(pictures, np.random.default_rng(seed), 4, forms=True)
        rows = [np.flatnonzero((other != first).any(axis=(1, 2))) for other in others]
        assert all(len(one) for one in rows)
        assert np.median([np.ptp(one) for one in rows]) < 0.8 * len(first)


def test_families_differ(families: Any) -> None:
    assert len({family[0].tobytes() for family in families}) == len(families)
    assert len({family[0].shape for family in families}) > 10


@pytest.mark.parametrize("count", [1, 2, 7])
def test_as_many_as_are_wanted(count: int, pictures: Any) -> None:
    assert len(sisters(pictures, np.random.default_rng(2), count)) == count


def _global_state() -> Any:
    """Of NumPy's own generator, to see that nobody draws from it."""
    state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return np.append(state["state"]["key"], state["state"]["pos"])


def test_it_hangs_on_its_generator_alone(pictures: Any, families: Any) -> None:
    state = _global_state()
    for one, same in zip(sisters(pictures, np.random.default_rng(3), 4), families[3], strict=True):
        np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(_global_state(), state)


def test_pictures_stay(pictures: Any) -> None:
    before = [picture.copy() for picture in pictures]
    for seed in SEEDS:
        for sister in sisters(pictures, np.random.default_rng(seed), 3):
            assert not any(np.shares_memory(sister, picture) for picture in pictures)
            sister[:] = 0
    for picture, copy in zip(pictures, before, strict=True):
        np.testing.assert_array_equal(picture, copy)


def test_changing_one_sister_leaves_the_others(pictures: Any, families: Any) -> None:
    first, *others = sisters(pictures, np.random.default_rng(4), 4)
    first[:] = 0
    for sister, wanted in zip(others, families[4][1:], strict=True):
        np.testing.assert_array_equal(sister, wanted)


def test_without_pictures_there_are_words(families: Any) -> None:
    for seed in SEEDS:
        family = sisters([], np.random.default_rng(seed), 3)
        assert len({sister.shape for sister in family}) == 1
        assert len({sister.tobytes() for sister in family}) > 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_slivers_are_no_trouble(shape: tuple[int, int], rng: np.random.Generator) -> None:
    sliver = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    for seed in SEEDS:
        assert len(sisters([sliver], np.random.default_rng(seed), 2)) == 2
