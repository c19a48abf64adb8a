"""Disturbances against slow loops and hand-worked cases; and that nothing about them is left to chance."""

from __future__ import annotations

import io
import math

import numpy as np
import numpy.typing as npt
import pytest
from data.disturbances import (
    DISTURBANCES,
    ELECTRONS,
    GREY,
    READ_NOISE,
    _line,
    crop,
    darken,
    disturbed,
    hide,
    move,
    rotate,
    shrink,
    slant,
    squeeze,
)
from PIL import Image

Photo = npt.NDArray[np.uint8]


@pytest.fixture
def photo(rng: np.random.Generator) -> Photo:
    """Noise without symmetry: each pixel says where it is."""
    return rng.integers(0, 256, (60, 90, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbance_makes_a_new_photo_and_leaves_the_old_one(photo: Photo, name: str) -> None:
    before = photo.copy()
    for strength in DISTURBANCES[name].strengths:
        seen = disturbed(photo, name, strength, key="a")
        assert seen.dtype == np.uint8
        assert seen.ndim == 3
        assert seen.shape[2] == 3
        assert not np.shares_memory(seen, photo)
        assert seen.shape != photo.shape or (seen != photo).any()
    assert (photo == before).all()


@pytest.mark.parametrize("name", DISTURBANCES)
def test_the_photo_s_name_decides_what_is_random(photo: Photo, name: str) -> None:
    strength = DISTURBANCES[name].strengths[0]
    first, again = (disturbed(photo, name, strength, key="a") for _ in range(2))
    assert (first == again).all()
    others = [disturbed(photo, name, strength, key=f"{key}") for key in range(8)]
    differ = [other.shape != first.shape or (other != first).any() for other in others]
    assert any(differ) is (name not in ("size", "jpeg"))


@pytest.mark.parametrize("share", [1 / 2, 1 / 4, 1 / 8])
def test_a_crop_is_a_block_of_the_photo_with_that_share_of_its_area(photo: Photo, share: float) -> None:
    places = set()
    for seed in range(30):
        part = crop(photo, share, np.random.default_rng(seed))
        height, width = part.shape[:2]
        assert height * width / (60 * 90) == pytest.approx(share, rel=0.04)
        assert width / height == pytest.approx(1.5, rel=0.04)
        found = [
            (top, left)
            for top in range(60 - height + 1)
            for left in range(90 - width + 1)
            if (photo[top, left] == part[0, 0]).all() and (photo[top : top + height, left : left + width] == part).all()
        ]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) > 20


def test_a_stronger_crop_lies_in_the_same_corner(photo: Photo) -> None:
    for seed in range(10):
        weak, strong = (crop(photo, share, np.random.default_rng(seed)) for share in (1 / 2, 1 / 8))
        height, width = strong.shape[:2]
        inside = any(
            (weak[top : top + height, left : left + width] == strong).all()
            for top in range(weak.shape[0] - height + 1)
            for left in range(weak.shape[1] - width + 1)
        )
        assert inside


def test_a_half_is_the_mean_of_four_pixels(photo: Photo, rng: np.random.Generator) -> None:
    half = shrink(photo, 1 / 2, rng)
    means = photo.reshape(30, 2, 45, 2, 3).mean(axis=(1, 3))
    assert half.shape == (30, 45, 3)
    assert np.abs(half - means).max() <= 1  # rows and columns are rounded one after the other


def test_what_is_shrunk_never_vanishes(rng: np.random.Generator) -> None:
    assert shrink(np.zeros((3, 50, 3), np.uint8), 1 / 8, rng).shape == (1, 6, 3)


@pytest.mark.parametrize("degrees", [90, 180])
def test_quarter_turns_lose_nothing(photo: Photo, degrees: float) -> None:
    seen = {rotate(photo, degrees, np.random.default_rng(seed)).tobytes() for seed in range(10)}
    turns = {np.rot90(photo, turn).tobytes() for turn in ((1, 3) if degrees == 90 else (2,))}
    assert seen == turns


def _spot(row: int, column: int) -> Photo:
    """A black photo with a white spot that survives resampling."""
    photo = np.zeros((80, 120, 3), np.uint8)
    photo[row - 2 : row + 3, column - 2 : column + 3] = 255
    return photo


def _centre(photo: Photo) -> tuple[float, float]:
    """Centre of what is brighter than middle grey, in pixels whose edges are whole numbers: (x, y)."""
    light = np.clip(photo[..., 0].astype(float) - GREY[0], 0, None)
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]] + 0.5
    return float((light * x).sum() / light.sum()), float((light * y).sum() / light.sum())


def _to_its_place(point: tuple[float, float], corners: list[tuple[float, float]]) -> tuple[float, float]:
    """A point of the plane on the canvas that just holds the corners."""
    return point[0] - min(x for x, _ in corners), point[1] - min(y for _, y in corners)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_rotation_carries_each_point_around(seed: int) -> None:
    seen = rotate(_spot(20, 90), 45, np.random.default_rng(seed))
    assert seen.shape[:2] == (142, 142)  # ⌈(80 + 120) / √2⌉
    half = math.sqrt(0.5)
    turned = []
    for sign in (1, -1):  # clockwise and counter-clockwise, y downwards
        corners = [((x - sign * y) * half, (sign * x + y) * half) for x, y in ((0, 0), (120, 0), (120, 80), (0, 80))]
        turned.append(_to_its_place(((90.5 - sign * 20.5) * half, (sign * 90.5 + 20.5) * half), corners))
    assert min(math.dist(_centre(seen), place) for place in turned) < 0.1
    assert tuple(seen[0, 0]) == GREY


@pytest.mark.parametrize("degrees", [30, 45, 60])
def test_a_slanted_photo_is_a_plane_before_a_pinhole_camera(degrees: float) -> None:
    """The plane turns about its upright middle; the camera is 2.5 longer sides away and as far from its image."""

    def projected(x: float, y: float, angle: float) -> tuple[float, float]:
        across, up = x - 60, y - 40
        depth = 300 + across * math.sin(angle)
        return 300 * across * math.cos(angle) / depth, 300 * up / depth

    angle = math.radians(degrees)
    for seed in range(4):
        seen = slant(_spot(20, 90), degrees, np.random.default_rng(seed))
        places = []
        for turn in (angle, -angle):
            corners = [projected(x, y, turn) for x, y in ((0, 0), (120, 0), (120, 80), (0, 80))]
            places.append(_to_its_place(projected(90.5, 20.5, turn), corners))
            width = max(x for x, _ in corners) - min(x for x, _ in corners)
            assert seen.shape[1] == math.ceil(width)
        assert min(math.dist(_centre(seen), place) for place in places) < 0.25


def test_both_sides_are_looked_from(photo: Photo) -> None:
    assert len({slant(photo, 30, np.random.default_rng(seed)).tobytes() for seed in range(10)}) == 2


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_wall_hides_that_share_from_one_side_and_nothing_else(photo: Photo, share: float) -> None:
    sides = set()
    for seed in range(20):
        seen = hide(photo, share, np.random.default_rng(seed))
        changed = (seen != photo).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        wall = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (wall == wall[0, 0]).all()
        assert wall.shape[0] * wall.shape[1] == pytest.approx(share * 60 * 90, abs=45)  # to half a row
        sides.add((bool(rows[0] > 0), bool(rows[-1] < 59), bool(columns[0] > 0), bool(columns[-1] < 89)))
    assert {side.index(True) for side in sides} == {0, 1, 2, 3}
    assert {sum(side) for side in sides} == {1}


def test_jpeg_is_what_pillow_makes_of_it(photo: Photo, rng: np.random.Generator) -> None:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=10)
    assert (squeeze(photo, 10, rng) == np.asarray(Image.open(file))).all()


def test_a_dark_photo_has_the_noise_of_its_photons_and_of_reading(rng: np.random.Generator) -> None:
    level, share = 200, 1 / 4
    electrons = (darken(np.full((400, 400, 3), level, np.uint8), share, rng) / 255.0) ** 2.2 * ELECTRONS
    expected = share * (level / 255) ** 2.2 * ELECTRONS
    assert electrons.mean() == pytest.approx(expected, rel=0.01)
    assert electrons.var() == pytest.approx(expected + READ_NOISE**2, rel=0.05)


@pytest.mark.parametrize("length", [0.5, 4.0, 21.3])
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
def test_the_kernel_of_a_motion_is_a_line(length: float, angle: float) -> None:
    """Its middle is in the middle; along it the variance is that of a uniform distribution, L² / 12."""
    kernel = _line(length, angle)
    reach = len(kernel) // 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert (kernel * x).sum() == pytest.approx(0, abs=1e-4)
    assert (kernel * y).sum() == pytest.approx(0, abs=1e-4)
    along = (kernel * (x * math.cos(angle) + y * math.sin(angle)) ** 2).sum()
    across = (kernel * (y * math.cos(angle) - x * math.sin(angle)) ** 2).sum()
    assert 0 <= along - length**2 / 12 < 0.3 + 0.1 * length  # bilinear weights add up to a quarter, sampling a little
    assert across < 0.3


def test_motion_spreads_a_point_over_its_share_of_the_longer_side() -> None:
    photo = np.zeros((101, 201, 3), np.uint8)
    photo[50, 100] = 255
    seen = move(photo, 0.1, np.random.default_rng(0))
    rows, columns = np.nonzero(seen[..., 0])
    assert math.hypot(np.ptp(rows), np.ptp(columns)) == pytest.approx(20.1, abs=2)
    assert (move(np.full((40, 50, 3), 77, np.uint8), 0.1, np.random.default_rng(0)) == 77).all()
