"""Augmentations: their ranges, their shares, and that a seed decides all."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.nn.augmentation.policies import AUGMENTATIONS, Augmentation, Draw, augment, matrices

MANY = 2000
SIZE = (64, 64)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _matrices(how: Augmentation) -> np.ndarray:
    return matrices(SIZE, how, Draw(MANY, _generator(), torch.device("cpu"))).double().numpy()


@pytest.fixture
def images(rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.integers(1, 256, (6, 3, 24, 32), dtype=np.uint8))


def _uniform(found: np.ndarray, low: float, high: float) -> None:
    """Values fill [low, high] evenly: quartiles lie where they should."""
    assert low <= found.min()
    assert found.max() <= high
    quartiles = low + (high - low) * np.array([0.25, 0.5, 0.75])
    np.testing.assert_allclose(np.quantile(found, [0.25, 0.5, 0.75]), quartiles, atol=0.05 * (high - low))


def test_museum_is_that_of_kohl_2017() -> None:
    """Shift ±20 %, rotation ±45°, scale 0.8 to 1.2 and flips, uniform and all at once."""
    found = _matrices(AUGMENTATIONS["museum"])
    turned = found[:, :2, :2]
    determinants = np.linalg.det(turned)
    _uniform(1 / np.sqrt(np.abs(determinants)), 0.8, 1.2)
    assert np.mean(determinants < 0) == pytest.approx(0.5, abs=0.04)
    _uniform(np.degrees(np.arctan2(-turned[:, 1, 0], turned[:, 1, 1])), -45, 45)
    centre = np.array([31.5, 31.5, 1])
    shifts = (np.linalg.inv(found) @ centre - centre)[:, :2] / 64
    for axis in (0, 1):
        _uniform(shifts[:, axis], -0.2, 0.2)


def test_pairs_is_that_of_image_similarity_network_2020() -> None:
    """Each kind with a probability of a half: rotation ±60°, a crop of 56 of 64 pixels, flips."""
    found = _matrices(AUGMENTATIONS["pairs"])
    turned = found[:, :2, :2]
    sides = np.sqrt(np.abs(np.linalg.det(turned)))
    cropped = np.isclose(sides, 56 / 64, atol=1e-5)
    assert (cropped | np.isclose(sides, 1, atol=1e-5)).all()
    angles = np.degrees(np.arctan2(-turned[:, 1, 0], turned[:, 1, 1]))
    rotated = np.abs(angles) > 1e-4
    flipped = np.linalg.det(turned) < 0
    for kind in (cropped, rotated, flipped):
        assert kind.mean() == pytest.approx(0.5, abs=0.04)
    assert (cropped & rotated & flipped).mean() == pytest.approx(0.125, abs=0.03)  # drawn apart
    _uniform(angles[rotated], -60, 60)
    upright = found[cropped & ~rotated & ~flipped]
    edges = upright @ np.array([-0.5, -0.5, 1])
    _uniform(edges[:, 0], -0.5, 7.5)
    _uniform(edges[:, 1], -0.5, 7.5)
    centres = found[cropped & rotated] @ np.array([31.5, 31.5, 1])  # the window is turned, not its place
    for axis in (0, 1):
        _uniform(centres[:, axis], 31.5 - 4.001, 31.5 + 4.001)


def test_perspective_moves_every_corner_by_its_share() -> None:
    found = _matrices(Augmentation(perspective=0.15))
    for corner in ((-0.5, -0.5), (63.5, -0.5), (63.5, 63.5), (-0.5, 63.5)):
        points = found @ np.array([*corner, 1])
        moved = points[:, :2] / points[:, 2:] - corner
        for axis in (0, 1):
            _uniform(moved[:, axis] / 64, -0.15001, 0.15001)


@pytest.mark.parametrize(("key", "low", "high"), [("brightness", 0.9, 1.1), ("contrast", 0.9, 1.1)])
def test_jitter_has_its_range_for_half_of_the_photos(key: str, low: float, high: float) -> None:
    """A photo half black and half light: brightness moves its mean, contrast its spread."""
    photo = torch.zeros(3, 4, 4, dtype=torch.uint8)
    photo[:, :, 2:] = 200
    how = Augmentation(**{key: 0.1}, probability=0.5)
    found = augment(photo.expand(MANY, 3, 4, 4).contiguous(), how, generator=_generator()).float()
    light = found[:, 0, 0, 3]
    factors = (light / 200 if key == "brightness" else (light - 100) / 100).numpy()
    changed = factors != 1
    assert changed.mean() == pytest.approx(0.48, abs=0.04)  # a few round to nothing
    _uniform(factors[changed], low - 0.006, high + 0.006)


def test_all_four_jitters_come_together() -> None:
    how = replace(AUGMENTATIONS["pairs"], rotation=0.0, crop=1.0, flip=0.0)
    photo = torch.tensor([180, 90, 30], dtype=torch.uint8).reshape(1, 3, 1, 1).expand(MANY, 3, 4, 4).contiguous()
    found = augment(photo, how, generator=_generator()).float()
    changed = (found != photo).any(dim=1)[:, 0, 0]
    assert changed.float().mean().item() == pytest.approx(0.5, abs=0.04)
    hues = [360 * colorsys.rgb_to_hsv(*(pixel / 255))[0] for pixel in found[changed][:, :, 0, 0].numpy()]
    turns = (np.array(hues) - 24 + 180) % 360 - 180  # 24° before
    _uniform(turns, -37, 37)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_seed_decides_all_and_torchs_generator_is_left_alone(name: str, images: Tensor) -> None:
    state, before = torch.get_rng_state(), images.clone()
    first, again, other = (augment(images, AUGMENTATIONS[name], generator=_generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(images, before)
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name == "none")
    assert (first.dtype, first.shape) == (torch.uint8, images.shape)


def test_none_changes_nothing(images: Tensor) -> None:
    assert torch.equal(augment(images, AUGMENTATIONS["none"], generator=_generator()), images)


def test_a_still_photo_survives_the_resampling(images: Tensor) -> None:
    """Whole levels come back whole where a matrix is drawn but does nothing."""
    how = Augmentation(rotation=30, crop=0.5, blur=2, noise=9, brightness=0.5, probability=0.0)
    assert torch.equal(augment(images, how, generator=_generator()), images)


def test_beyond_the_photo_it_is_black() -> None:
    found = augment(
        torch.full((200, 3, 16, 16), 255, dtype=torch.uint8), Augmentation(shift=0.5), generator=_generator()
    )
    shares = (found > 0).float().mean(dim=(1, 2, 3)).numpy()
    assert shares.max() == pytest.approx(1, abs=0.1)
    assert shares.min() < 0.45
    corners = found[:, 0][:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 0).any(dim=1).float().mean() > 0.95


def test_views_never_mirror() -> None:
    assert (np.linalg.det(_matrices(replace(AUGMENTATIONS["views"], perspective=0.0))[:, :2, :2]) > 0).all()


def test_a_view_of_a_photo_is_still_that_photo(images: Tensor) -> None:
    """Smooth photos stay nearer to their own view than to another photo."""
    smooth = torch.nn.functional.interpolate(images[:, :, :3, :4].float(), size=(48, 64), mode="bilinear").byte()
    views = augment(smooth, AUGMENTATIONS["views"], generator=_generator())
    a, b = (x.float().flatten(1) - x.float().flatten(1).mean(dim=1, keepdim=True) for x in (smooth, views))
    cosines = torch.nn.functional.normalize(a) @ torch.nn.functional.normalize(b).T
    others = cosines - 9 * torch.eye(6)
    assert (cosines.diagonal() > others.amax(dim=1)).sum() >= 5


def test_odd_images_are_refused(images: Tensor) -> None:
    with pytest.raises(TypeError, match=r"images are torch\.float32; wanted uint8: augment before normalising"):
        augment(images.float(), Augmentation(), generator=_generator())
    with pytest.raises(ShapeError, match=r"wanted \(b, 3, h, w\)"):
        augment(images.permute(0, 2, 3, 1), Augmentation(), generator=_generator())


def test_the_device_of_the_generator_need_not_be_that_of_the_images() -> None:
    """The meta device computes nothing, but refuses to mix with another, as an accelerator does."""
    images = torch.empty((2, 3, 8, 8), dtype=torch.uint8, device="meta")
    how = replace(AUGMENTATIONS["views"], blur=0.0, perspective=0.0)
    assert augment(images, how, generator=_generator()).device.type == "meta"
