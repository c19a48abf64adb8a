"""Grey images: luma, polarity, and the frame that MNIST's digits have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.recipes.digits import greys, mnist


def test_luma_is_that_of_itu_r_601(rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    wanted = photo.astype(float) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(greys.grey(photo), wanted, atol=1)


def test_grey_in_colour_is_grey(rng: np.random.Generator) -> None:
    grey = rng.integers(0, 256, (5, 6), dtype=np.uint8)
    np.testing.assert_array_equal(greys.grey(greys.coloured(grey)), grey)


def test_only_what_is_dark_on_light_is_inverted() -> None:
    dark = np.full((4, 4), 10, np.uint8)
    dark[1, 1] = 250
    assert greys.white_on_black(dark) is dark
    np.testing.assert_array_equal(greys.white_on_black(255 - dark), dark)


@pytest.mark.parametrize("shape", [(40, 10), (9, 31), (20, 20), (30, 200)])
def test_a_frame_holds_all_of_it_at_twenty_pixels(shape: tuple[int, int]) -> None:
    image = np.full(shape, 90, np.uint8)
    image[0, 0] = 30
    framed = greys.framed(image)
    assert framed.shape == (28, 28)
    assert framed.max() == 255
    rows, columns = np.nonzero(framed > 127)
    sides = [np.ptp(rows) + 1, np.ptp(columns) + 1]
    np.testing.assert_allclose(sides, [20 * side / max(shape) for side in shape], atol=1)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3)])
def test_what_shows_nothing_is_black(shape: tuple[int, int]) -> None:
    assert not greys.framed(np.full(shape, 200, np.uint8)).any()


def test_the_centre_of_mass_is_in_the_middle(rng: np.random.Generator) -> None:
    image = np.zeros((24, 18), np.uint8)
    image[2:22, 2:6] = 255
    image[18:22, 2:16] = 255
    framed = greys.framed(image).astype(float)
    for axis in (0, 1):
        mass = framed.sum(axis=1 - axis)
        assert np.average(np.arange(28), weights=mass) == pytest.approx(14, abs=0.6)


def test_digits_of_mnist_come_back_nearly_as_they_were(shared: Path) -> None:
    """Cut to its box and enlarged, a digit is framed as its authors framed it."""
    _, tested = mnist.read(shared / "data" / "mnist")
    apart = []
    for digit in tested.images[:50]:
        rows, columns = (np.flatnonzero((digit > 0).any(axis=axis)) for axis in (1, 0))
        box = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = greys.resized(box, (3 * box.shape[1], 3 * box.shape[0]))
        apart.append(np.abs(greys.framed(large).astype(float) - digit).mean())
    assert np.median(apart) < 0.02 * 255
