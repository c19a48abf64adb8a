"""Whether a photo shows anything: plain grounds do not, however noisy; what is drawn on them does, however faint."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.features.content import shows_something
from resight.io import images
from resight.io.images import resize

Image = npt.NDArray[np.uint8]
Y, X = np.mgrid[0:240, 0:320].astype(float)


def photo(levels: Any, *, noise: float = 0.0, quality: int = 90, seed: int = 0) -> Image:
    """A photo of these levels ``(h, w)`` or ``(h, w, 3)``, with noise, saved as JPEG and read again."""
    levels = np.broadcast_to(np.atleast_3d(levels), (*np.shape(levels)[:2], 3))
    noisy = levels + np.random.default_rng(seed).normal(0, noise, levels.shape)
    saved = images.encode(np.clip(noisy, 0, 255).astype(np.uint8), ".jpg", quality=quality)
    return images.read(saved, long_side=320).image


PLAIN = {
    "white": np.full_like(X, 255),
    "wall": 205 + X / 20,
    "sky": np.stack([120 + Y / 4, 160 + Y / 4, 220 + Y / 10], -1),
    "dark": np.full_like(X, 8),
    "ramp": X / 320 * 255,
    "lamp": 60 + 190 * np.exp(-((X - 100) ** 2 + (Y - 75) ** 2) / 2 / 75**2),
    "vignette": 180 * (1 - 0.3 * (((X - 160) / 160) ** 2 + ((Y - 120) / 160) ** 2) ** 2),
}


@pytest.mark.parametrize("noise", [0, 2, 6])
@pytest.mark.parametrize("quality", [95, 75])
@pytest.mark.parametrize("name", PLAIN)
def test_plain_grounds_show_nothing(name: str, quality: int, noise: float) -> None:
    assert not shows_something(photo(PLAIN[name], noise=noise, quality=quality))


def _drawn(ground: float, by: float) -> npt.NDArray[np.float64]:
    """A mug on an even ground: a rectangle and its handle, ``by`` levels darker."""
    mug = (abs(X - 150) < 40) & (abs(Y - 120) < 50)
    round_it = np.hypot(X - 190, Y - 120)
    return ground - by * (mug | ((round_it > 18) & (round_it < 26) & (X > 190)))


@pytest.mark.parametrize("ground", [245.0, 30.0])
@pytest.mark.parametrize("noise", [0, 2])
def test_a_mug_on_its_own_colour_shows_something(ground: float, noise: float) -> None:
    assert shows_something(photo(_drawn(ground, 16), noise=noise))


def test_a_small_coin_shows_something_and_a_speck_does_not() -> None:
    coin = np.where(np.hypot(X - 160, Y - 100) < 8, 90.0, 240.0)
    assert shows_something(photo(coin, noise=2))
    speck = np.full_like(X, 240.0)
    speck[100, 100] = 0
    assert not shows_something(speck.astype(np.uint8)[..., None].repeat(3, axis=2))


def test_every_real_photo_shows_something(known_photos: dict[str, Image]) -> None:
    """Also a quarter as bright, and of 20 pixels."""
    for name, each in known_photos.items():
        assert shows_something(each), name
        assert shows_something(each // 4), name
        assert shows_something(resize(each, (20, 20), resampling="area")), name


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2)])
def test_slivers_show_nothing(shape: tuple[int, int]) -> None:
    assert not shows_something(np.zeros((*shape, 3), np.uint8))


def test_the_photo_stays_and_its_turns_are_alike(known_photos: dict[str, Image]) -> None:
    before = known_photos["moon"].copy()
    shows_something(known_photos["moon"])
    np.testing.assert_array_equal(known_photos["moon"], before)
    for turned in (np.rot90(photo(PLAIN["sky"])), photo(PLAIN["sky"])[:, ::-1]):
        assert not shows_something(np.ascontiguousarray(turned))
