"""The white top-hat against a loop, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from resight.recipes.digits.tophat import white_tophat


@pytest.mark.parametrize(("shape", "side"), [((9, 12), 3), ((9, 12), 5), ((1, 1), 3), ((4, 3), 9)])
def test_it_is_the_image_less_its_opening(shape: tuple[int, int], side: int, rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, shape, dtype=np.uint8)

    def around(values: np.ndarray, extreme: object) -> np.ndarray:  # type: ignore[type-arg]
        found = np.zeros(shape, int)
        for y, x in np.ndindex(*shape):
            near = [
                int(values[min(max(y + i, 0), shape[0] - 1), min(max(x + j, 0), shape[1] - 1)])
                for i in range(-(side // 2), side // 2 + 1)
                for j in range(-(side // 2), side // 2 + 1)
            ]
            found[y, x] = extreme(near)  # type: ignore[operator]
        return found

    wanted = image - around(around(image, min), max)
    found = white_tophat(image, side)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, wanted)


def test_thin_strokes_stay_and_wide_regions_go() -> None:
    image = np.full((40, 60), 90, np.uint8)
    image[5:35, 5:30] = 200
    image[8:32, 45:48] = 250
    found = white_tophat(image, 9)
    assert not found[:, :40].any()
    assert (found[8:32, 45:48] == 160).all()


@pytest.mark.parametrize("side", [0, 4, -3])
def test_a_square_without_a_middle_is_refused(side: int) -> None:
    with pytest.raises(ValueError, match=f"the side of a square is {side}; wanted an odd number"):
        white_tophat(np.zeros((3, 3)), side)
