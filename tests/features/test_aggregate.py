"""Aggregates against loops from their formulas, by both array libraries, and for photos without points."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features.aggregate import AGGREGATES, CODED_AGGREGATES, bow, gem, mac, regions, rmac, spoc, vlad
from resight.types import Codebook

WORDS = Codebook(
    centroids=np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 0.5, 2.0], [9.0, 9.0, 9.0]], np.float32),
    idf=np.array([0.1, 0.7, 1.5, 2.0], np.float32),
)
VLADS = {
    "vlad": vlad,
    "vlad-power": partial(vlad, power=0.5),
    "vlad-intra": partial(vlad, intra=True),
    "vlad-both": partial(vlad, power=0.5, intra=True),
}
EVERY: dict[str, Any] = {
    **AGGREGATES,
    "gem-1.7": partial(gem, p=1.7),
    "rmac": partial(rmac, grid=(2, 6)),
    "bow": partial(bow, codebook=WORDS),
    **{name: partial(formula, codebook=WORDS) for name, formula in VLADS.items()},
}
every = pytest.mark.parametrize("aggregate", EVERY.values(), ids=EVERY)


@pytest.fixture
def values(rng: np.random.Generator) -> Any:
    """Two photos of twelve points with three channels, with negative values too."""
    return rng.normal(size=(2, 12, 3))


def _nearest(x: Any) -> int:
    distances = [sum((float(a) - float(b)) ** 2 for a, b in zip(x, word, strict=True)) for word in WORDS.centroids]
    return distances.index(min(distances))


def _slow_vlad(photo: Any, power: float, intra: bool) -> list[float]:
    parts = [[0.0, 0.0, 0.0] for _ in WORDS.centroids]
    for x in photo:
        word = _nearest(x)
        for channel in range(3):
            parts[word][channel] += float(x[channel]) - float(WORDS.centroids[word][channel])
    parts = [[math.copysign(abs(v) ** power, v) for v in part] for part in parts]
    lengths = [math.sqrt(sum(v * v for v in part)) or 1.0 for part in parts]
    return [v / (length if intra else 1.0) for part, length in zip(parts, lengths, strict=True) for v in part]


def test_spoc_is_the_loop(values: Any) -> None:
    slow = [[sum(x[c] for x in photo) / 12 for c in range(3)] for photo in values]
    np.testing.assert_allclose(spoc(values), slow)


def test_mac_is_the_loop(values: Any) -> None:
    np.testing.assert_array_equal(mac(values), [[max(x[c] for x in photo) for c in range(3)] for photo in values])


@pytest.mark.parametrize("p", [0.5, 1.0, 3.0, 7.5])
def test_gem_is_the_loop(p: float, values: Any) -> None:
    slow = [[(sum(max(x[c], 1e-6) ** p for x in photo) / 12) ** (1 / p) for c in range(3)] for photo in values]
    np.testing.assert_allclose(gem(values, p), slow)
    np.testing.assert_allclose(gem(values), gem(values, 3.0))


def test_gem_by_hand() -> None:
    photo = np.array([[1.0, -5.0], [2.0, -5.0], [3.0, -5.0]])
    np.testing.assert_allclose(gem(photo, 3.0), [12.0 ** (1 / 3), 1e-6])
    np.testing.assert_allclose(gem(photo, 2.0, eps=0.5), [(14 / 3) ** 0.5, 0.5])


def test_gem_goes_from_spoc_to_mac(values: Any) -> None:
    values = np.abs(values) / np.abs(values).max() + 0.01
    np.testing.assert_allclose(gem(values, 1.0), spoc(values))
    np.testing.assert_allclose(gem(values, 500.0), mac(values), rtol=0.01)
    assert (np.diff([gem(values, p) for p in (0.5, 1.0, 2.0, 4.0, 8.0)], axis=0) >= 0).all()


@pytest.mark.parametrize("p", [0.0, -1.0, math.nan])
def test_gem_wants_a_positive_p(p: float, values: Any) -> None:
    with pytest.raises(ValueError, match="wanted more than 0"):
        gem(values, p)


def test_p_can_learn(torch: Any, values: Any) -> None:
    p = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    gem(torch.from_numpy(values), p).sum().backward()
    step = 1e-6
    slope = (gem(values, 3.0 + step).sum() - gem(values, 3.0 - step).sum()) / (2 * step)
    np.testing.assert_allclose(p.grad.item(), slope, rtol=1e-6)


def test_rmac_is_the_loop(rng: np.random.Generator) -> None:
    grid = rng.normal(size=(4, 7, 3))
    slow = np.zeros(3)
    for top, left, side in regions((4, 7)):
        region = [
            max(grid[y, x, c] for y in range(top, top + side) for x in range(left, left + side)) for c in range(3)
        ]
        slow += np.array(region) / math.sqrt(sum(v * v for v in region))
    np.testing.assert_allclose(rmac(grid.reshape(28, 3), (4, 7)), slow)


def test_rmac_of_one_region_is_unit_mac(values: Any) -> None:
    found = rmac(values[:, :9], (3, 3), levels=1)
    np.testing.assert_allclose(found, mac(values[:, :9]) / np.linalg.norm(mac(values[:, :9]), axis=1, keepdims=True))


def test_regions_by_hand() -> None:
    """6 × 6: the whole; 2 × 2 of side 4; 3 × 3 of side 3."""
    assert regions((6, 6), levels=1) == [(0, 0, 6)]
    assert regions((6, 6), levels=2)[1:] == [(0, 0, 4), (0, 2, 4), (2, 0, 4), (2, 2, 4)]
    starts = (0, 1, 3)
    assert regions((6, 6))[5:] == [(top, left, 3) for top in starts for left in starts]


def test_regions_of_a_long_map_overlap_by_forty_percent() -> None:
    """16 long and 10 short: two squares overlap by 4 of 10."""
    assert regions((10, 16), levels=1) == [(0, 0, 10), (0, 6, 10)]
    assert regions((22, 10), levels=1) == [(0, 0, 10), (6, 0, 10), (12, 0, 10)]
    assert regions((24, 10), levels=1) == [(0, 0, 10), (7, 0, 10), (14, 0, 10)]  # 30 %, where four overlap by 53 %
    assert len(regions((10, 16))) == 1 * 2 + 2 * 3 + 3 * 4


@pytest.mark.parametrize("grid", [(1, 1), (1, 9), (2, 3), (7, 7), (5, 23), (0, 4)])
def test_regions_lie_on_the_map(grid: tuple[int, int]) -> None:
    assert all(0 <= t <= t + s <= grid[0] and 0 <= x <= x + s <= grid[1] and s >= 1 for t, x, s in regions(grid))
    assert sorted((x, t, s) for t, x, s in regions(grid[::-1])) == sorted(regions(grid))


def test_rmac_wants_the_grid_of_its_values(values: Any) -> None:
    with pytest.raises(ShapeError, match=r"a grid of \(5, 5\) has 25 cells, but there are 12 values"):
        rmac(values, (5, 5))


@pytest.mark.parametrize("power", [1.0, 0.5])
@pytest.mark.parametrize("intra", [False, True])
def test_vlad_is_the_loop(power: float, intra: bool, values: Any) -> None:
    slow = [_slow_vlad(photo, power, intra) for photo in values]
    np.testing.assert_allclose(vlad(values, WORDS, power=power, intra=intra), slow, atol=1e-12)


def test_vlad_by_hand() -> None:
    """Two points at the first word, one at the second, none at the others."""
    photo = np.array([[0.1, 0.0, 0.0], [0.0, 0.3, 0.0], [1.0, 1.0, -4.0]])
    expected = [0.1, 0.3, 0.0, 0.0, 0.0, -4.0] + 6 * [0.0]
    np.testing.assert_allclose(vlad(photo, WORDS), expected)
    signed = np.sign(expected) * np.sqrt(np.abs(expected))
    np.testing.assert_allclose(vlad(photo, WORDS, power=0.5), signed)
    np.testing.assert_allclose(vlad(photo, WORDS, intra=True)[5], -1.0)


def test_points_on_their_words_leave_no_residual(rng: np.random.Generator) -> None:
    """Not even one of rounding, which intra-normalisation would make as long as any other."""
    words = Codebook(rng.normal(size=(20, 3)).astype(np.float32), np.ones(20, np.float32))
    np.testing.assert_array_equal(vlad(np.repeat(words.centroids, 7, axis=0), words, intra=True), 0.0)


def test_bow_is_the_loop(values: Any) -> None:
    for photo, found in zip(values, bow(values, WORDS), strict=True):
        words = [_nearest(x) for x in photo]
        np.testing.assert_allclose(found, [words.count(i) / 12 * float(WORDS.idf[i]) for i in range(4)])


def test_bow_by_hand() -> None:
    photo = np.array([[0.1, 0.0, 0.0], [0.0, 0.3, 0.0], [1.0, 1.0, -0.1], [8.0, 8.0, 8.0]], np.float32)
    np.testing.assert_allclose(bow(photo, WORDS), [0.05, 0.175, 0.0, 0.5], rtol=1e-6)


@every
def test_the_order_of_points_does_not_matter(aggregate: Any, values: Any, rng: np.random.Generator) -> None:
    if getattr(aggregate, "func", None) is not rmac:
        np.testing.assert_allclose(aggregate(values[:, rng.permutation(12)]), aggregate(values), atol=1e-12)


@every
def test_one_photo_is_as_many(aggregate: Any, values: Any) -> None:
    np.testing.assert_allclose(aggregate(values)[1], aggregate(values[1]), atol=1e-12)
    np.testing.assert_allclose(aggregate(values[None]), aggregate(values)[None], atol=1e-12)
    assert aggregate(values[:0]).shape == (0, *aggregate(values).shape[1:])


@every
def test_a_photo_without_points_is_zero(aggregate: Any, torch: Any, values: Any) -> None:
    options = {"grid": (0, 6)} if getattr(aggregate, "func", None) is rmac else {}
    d = aggregate(values).shape[-1]
    np.testing.assert_array_equal(aggregate(values[:, :0], **options), np.zeros((2, d)))
    np.testing.assert_array_equal(aggregate(torch.from_numpy(values[:, :0]), **options), np.zeros((2, d)))


@every
def test_numpy_is_torch(aggregate: Any, values: Any, assert_parity: Any) -> None:
    assert_parity(aggregate, values)


@every
def test_gradients_are_those_of_differences(aggregate: Any, values: Any, assert_gradient: Any) -> None:
    if getattr(aggregate, "func", None) is not bow:  # counts have none
        assert_gradient(aggregate, values)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_at_zero_are_finite(aggregate: Any, dtype: str, gradient: Any) -> None:
    if getattr(aggregate, "func", None) is not bow:
        assert np.isfinite(gradient(aggregate, np.zeros((2, 12, 3), dtype))).all()


@every
def test_arrays_stay_on_their_device(aggregate: Any, torch: Any) -> None:
    """The meta device computes nothing, but refuses to mix with another, as an accelerator does."""
    assert aggregate(torch.empty((2, 12, 3), device="meta")).device.type == "meta"


@every
def test_inputs_stay(aggregate: Any, values: Any) -> None:
    before, words = values.copy(), WORDS.centroids.copy()
    aggregate(values)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(WORDS.centroids, words)


@every
def test_other_shapes_and_dtypes_are_refused(aggregate: Any) -> None:
    with pytest.raises(ShapeError, match=r"wanted \(..., m, c\)"):
        aggregate(np.ones(3))
    with pytest.raises(TypeError, match="an array of uint8 came; wanted floating point"):
        aggregate(np.ones((12, 3), np.uint8))


@pytest.mark.parametrize("aggregate", [vlad, bow])
def test_a_codebook_of_other_channels_is_refused(aggregate: Any) -> None:
    with pytest.raises(ShapeError, match="values of 5 channels meet words of 3"):
        aggregate(np.ones((12, 5)), WORDS)


def test_names_are_those_of_the_functions() -> None:
    for name, aggregate in {**AGGREGATES, **CODED_AGGREGATES}.items():
        assert getattr(aggregate, "__name__", None) == name
