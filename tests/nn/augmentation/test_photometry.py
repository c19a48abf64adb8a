"""Photometric views: pixel by pixel against their formulas and the standard library's colours."""

from __future__ import annotations

import colorsys
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.nn.augmentation.photometry import blur, brightness, contrast, grey, hue, noise, saturation


@pytest.fixture
def images(rng: np.random.Generator) -> Tensor:
    photos = torch.from_numpy(rng.uniform(0, 255, (3, 3, 5, 7)))
    photos[0, :, 0, :4] = torch.tensor([0.0, 9.0, 128.0, 255.0])  # greys have no hue
    photos[0, :, 1, 0] = torch.tensor([200.0, 200.0, 7.0])  # ties
    return photos


FACTORS = torch.tensor([0.5, 1.0, 1.6], dtype=torch.float64)


def _clipped(value: float) -> float:
    return min(max(value, 0.0), 255.0)


def test_light_and_colour_are_their_formulas(images: Tensor) -> None:
    found = [change(images, FACTORS).numpy() for change in (brightness, contrast, saturation)]
    for b, y, x in np.ndindex(3, 5, 7):
        red, green, blue = images[b, :, y, x].tolist()
        own = 0.299 * red + 0.587 * green + 0.114 * blue
        mean = sum(grey(images)[b, 0].flatten().tolist()) / 35
        factor = FACTORS[b].item()
        for c, level in enumerate((red, green, blue)):
            wanted = [level * factor, mean + factor * (level - mean), own + factor * (level - own)]
            assert [each[b, c, y, x] for each in found] == pytest.approx([_clipped(value) for value in wanted])


@pytest.mark.parametrize("turns", [(0.0, 0.1, -0.1), (0.5, -0.25, 1 / 3)])
def test_hue_is_the_standard_librarys(turns: tuple[float, ...], images: Tensor) -> None:
    found = hue(images, torch.tensor(turns, dtype=torch.float64)).numpy()
    for b, y, x in np.ndindex(3, 5, 7):
        h, s, v = colorsys.rgb_to_hsv(*(images[b, :, y, x] / 255).tolist())
        wanted = colorsys.hsv_to_rgb((h + turns[b]) % 1, s, v)
        np.testing.assert_allclose(found[b, :, y, x], np.multiply(wanted, 255), atol=1e-9)


def test_a_third_of_the_circle_turns_red_to_green() -> None:
    red = torch.tensor([200.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    torch.testing.assert_close(hue(red, torch.tensor([1 / 3])).flatten(), torch.tensor([0.0, 200.0, 0.0]))


def test_blur_is_the_loop(images: Tensor) -> None:
    """Each photo with its own width, to three deviations of the widest; 0 is no blur."""
    sigmas = (0.0, 0.6, 1.3)
    found = blur(images, torch.tensor(sigmas, dtype=torch.float64)).numpy()
    np.testing.assert_allclose(found[0], images[0], rtol=1e-12)
    reach = range(-4, 5)
    for b in (1, 2):
        weights = {(i, j): math.exp(-(i * i + j * j) / (2 * sigmas[b] ** 2)) for i in reach for j in reach}
        for y, x in np.ndindex(5, 7):
            total = sum(
                weight * images[b, 1, min(max(y + i, 0), 4), min(max(x + j, 0), 6)].item()
                for (i, j), weight in weights.items()
            )
            assert found[b, 1, y, x] == pytest.approx(total / sum(weights.values()))


def test_noise_has_its_deviation_and_is_seeded() -> None:
    images = torch.full((3, 3, 64, 64), 128.0)
    wanted = torch.tensor([0.0, 2.0, 8.0])
    first, again, other = (noise(images, wanted, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    np.testing.assert_allclose((first - images).flatten(1).std(dim=1), wanted, rtol=0.03)
    assert (noise(images, torch.full((3,), 500.0), generator=torch.Generator()) <= 255).all()


def test_ones_and_zeros_change_nothing(images: Tensor) -> None:
    one, zero = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    for found in (
        *(change(images, one) for change in (brightness, contrast, saturation)),
        *(change(images, zero) for change in (hue, blur)),
        noise(images, zero, generator=torch.Generator()),
    ):
        torch.testing.assert_close(found, images)


def test_of_no_photos_none_are_blurred(images: Tensor) -> None:
    assert blur(images[:0], torch.zeros(0)).shape == (0, *images.shape[1:])
