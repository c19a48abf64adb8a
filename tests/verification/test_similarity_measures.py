"""Agreement of registered photos against a loop over pixels, by hand, and what must not change it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.verification.similarity_measures import MEASURES, agreement

Array = npt.NDArray[Any]


def _photo(rng: np.random.Generator, height: int = 12, width: int = 9) -> Array:
    """CIE L*a*b* of noise."""
    planes = (
        rng.uniform(0, 100, (height, width)),
        rng.normal(4, 20, (height, width)),
        rng.normal(-9, 30, (height, width)),
    )
    return np.stack(planes, axis=2).astype(np.float32)


def _named(query: Array, reference: Array, mask: Array | None = None) -> dict[str, float]:
    mask = np.ones(query.shape[:2], bool) if mask is None else mask
    return dict(zip(MEASURES, agreement(query, reference, mask).tolist(), strict=True))


def _slow(query: Array, reference: Array, mask: Array) -> dict[str, float]:
    pixels = [(query[at].tolist(), reference[at].tolist()) for at in np.ndindex(mask.shape) if mask[at]]
    count = len(pixels)
    means = [[sum(pair[side][plane] for pair in pixels) / count for plane in range(3)] for side in range(2)]

    def moment(one: int, other: int, planes: tuple[int, ...]) -> float:
        products = (
            (pair[one][plane] - means[one][plane]) * (pair[other][plane] - means[other][plane])
            for pair in pixels
            for plane in planes
        )
        return sum(products) / count

    def correlation(planes: tuple[int, ...], floor: float) -> float:
        variances = [moment(side, side, planes) + floor**2 for side in range(2)]
        return (moment(0, 1, planes) + floor**2) / math.sqrt(variances[0] * variances[1])

    cast = [means[0][plane] - means[1][plane] for plane in range(3)]
    tints = (sum((a[plane] - b[plane] - cast[plane]) ** 2 for plane in (1, 2)) for a, b in pixels)
    return {
        "structure": correlation((0,), 2.0),
        "chroma": correlation((1, 2), 3.0),
        "cast": math.log(1 + math.sqrt(cast[1] ** 2 + cast[2] ** 2)),
        "tint": math.log(1 + math.sqrt(sum(tints) / count)),
        "area": math.log(count / mask.size + 0.001),
    }


@pytest.mark.parametrize("share", [0.02, 0.4, 1.0])
def test_it_is_the_loop(share: float, rng: np.random.Generator) -> None:
    query, reference = _photo(rng), _photo(rng)
    mask = rng.random(query.shape[:2]) < share
    mask[0, 0] = True
    assert _named(query, reference, mask) == pytest.approx(_slow(query, reference, mask), rel=1e-9)


def test_a_photo_agrees_with_itself(rng: np.random.Generator) -> None:
    photo = _photo(rng)
    wanted = {"structure": 1, "chroma": 1, "cast": 0, "tint": 0, "area": math.log(1.001)}
    assert _named(photo, photo) == pytest.approx(wanted)


def test_the_light_by_hand(rng: np.random.Generator) -> None:
    """Brighter by 7 and yellower by (3, 4): the cast is 5 long, and nothing else has changed."""
    photo = _photo(rng)
    wanted = {"structure": 1, "chroma": 1, "cast": math.log(6), "tint": 0, "area": math.log(1.001)}
    assert _named(photo + np.array([7, 3, 4], np.float32), photo) == pytest.approx(wanted, abs=1e-5)


def test_another_colour_of_half_the_photo_by_hand() -> None:
    """One half redder by 10: the cast is 5, and either half is 5 from it."""
    reference = np.zeros((4, 4, 3))
    query = reference.copy()
    query[:2, :, 1] = 10
    found = _named(query, reference)
    assert found["cast"] == found["tint"] == pytest.approx(math.log(6))
    assert found["chroma"] == pytest.approx(9 / math.sqrt((25 + 9) * 9))
    assert found["structure"] == 1


def test_two_flat_photos_agree_and_a_flat_and_a_busy_one_do_not(rng: np.random.Generator) -> None:
    flat, busy = np.full((12, 9, 3), 50.0), _photo(rng)
    assert _named(flat, flat)["structure"] == _named(flat, flat)["chroma"] == 1
    for found in (_named(flat, busy), _named(busy, flat)):
        assert abs(found["structure"]) < 0.15
        assert abs(found["chroma"]) < 0.15


def test_faint_noise_counts_as_flat(rng: np.random.Generator) -> None:
    one, other = (np.full((40, 40, 3), 50) + rng.normal(0, 0.3, (40, 40, 3)) for _ in range(2))
    assert _named(one, other)["structure"] > 0.95
    assert _named(one, other)["chroma"] > 0.95


def test_a_negative_disagrees(rng: np.random.Generator) -> None:
    photo = _photo(rng)
    found = _named(100 - photo, photo)
    assert found["structure"] < -0.95
    assert found["chroma"] < -0.95


def test_measures_lie_in_their_range(rng: np.random.Generator) -> None:
    for _ in range(20):
        found = _named(_photo(rng, 2, 2), _photo(rng, 2, 2))
        assert -1 <= found["structure"] <= 1
        assert -1 <= found["chroma"] <= 1
        assert found["cast"] >= 0
        assert found["tint"] >= 0


def test_pixels_beside_the_mask_do_not_count(rng: np.random.Generator) -> None:
    query, reference = _photo(rng), _photo(rng)
    mask = rng.random(query.shape[:2]) < 0.5
    elsewhere = np.where(mask[..., None], query, np.nan)
    assert _named(elsewhere, reference, mask) == _named(query, reference, mask)


def test_moving_the_pixels_of_both_changes_nothing(rng: np.random.Generator) -> None:
    query, reference = _photo(rng), _photo(rng)
    order = rng.permutation(12 * 9)
    moved = (photo.reshape(-1, 3)[order].reshape(photo.shape) for photo in (query, reference))
    assert _named(*moved) == pytest.approx(_named(query, reference))


def test_either_photo_may_be_the_query(rng: np.random.Generator) -> None:
    query, reference = _photo(rng), _photo(rng)
    assert _named(query, reference) == pytest.approx(_named(reference, query))


def test_inputs_stay(rng: np.random.Generator) -> None:
    query, reference, mask = _photo(rng), _photo(rng), np.ones((12, 9), bool)
    before = query.copy(), reference.copy(), mask.copy()
    agreement(query, reference, mask)
    for array, copy in zip((query, reference, mask), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_other_shapes_and_an_empty_mask_are_refused(rng: np.random.Generator) -> None:
    photo, mask = _photo(rng), np.ones((12, 9), bool)
    with pytest.raises(ShapeError, match=r"photos \(12, 9, 3\) and \(12, 9, 3\) with a mask \(12, 9\) of 0 pixels"):
        agreement(photo, photo, ~mask)
    with pytest.raises(ShapeError, match="wanted"):
        agreement(photo, photo[:5], mask)
    with pytest.raises(ShapeError, match="wanted"):
        agreement(photo, photo, mask.T)
