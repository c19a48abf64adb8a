"""Simulated views: poses from the camera's formula, and what every view keeps."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from resight.nn.augmentation.simulated_views import Strength, cells, mapped, poses_of, turned, views

STILL = Strength().times(0)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _photos(count: int = 4, side: int = 24) -> torch.Tensor:
    """Smooth, so that interpolation errs little."""
    y, x = torch.meshgrid(torch.linspace(0, 3, side), torch.linspace(0, 3, side), indexing="ij")
    waves = [torch.sin(x * (i + 1) + c) * torch.cos(y + i) for i in range(count) for c in range(3)]
    return torch.stack(waves).reshape(count, 3, side, side) * 0.4 + 0.5


def test_no_strength_is_no_change() -> None:
    photos = _photos()
    seen = views(photos, 24, _generator(), strength=STILL)
    torch.testing.assert_close(seen.images, photos, atol=1e-5, rtol=0)
    assert seen.shown.all()
    torch.testing.assert_close(seen.poses, torch.eye(3).repeat(4, 1, 1))


def test_strength_grows_evenly_and_factors_as_logarithms() -> None:
    half = Strength(zoom=(0.25, 4.0), stretch=1.44, pan=40.0, covered=0.3).times(0.5)
    assert half.zoom == pytest.approx((0.5, 2.0))
    assert (half.stretch, half.pan, half.covered) == pytest.approx((1.2, 20.0, 0.15))
    assert Strength().times(1) == Strength()
    assert STILL.zoom == (1.0, 1.0)


@pytest.mark.parametrize(("pan", "tilt"), [(30.0, 0.0), (0.0, -20.0), (-25.0, 35.0)])
def test_a_turn_is_a_cameras(pan: float, tilt: float) -> None:
    """A point of the turned plane is projected from five half sides away; the pose must take the picture back."""
    a, b = math.radians(pan), math.radians(tilt)
    (pose,) = turned(torch.tensor([a]), torch.tensor([b])).double().numpy()
    for u, v in ((0.0, 0.0), (0.7, -0.4), (-0.9, 0.8)):
        depth = 5 + u * math.sin(a) + v * math.sin(b)
        x, y = 5 * u * math.cos(a) / depth, 5 * v * math.cos(b) / depth
        back = pose @ (x, y, 1)
        np.testing.assert_allclose(back[:2] / back[2], (u, v), atol=1e-6)


def test_points_go_through_homographies_one_by_one(rng: np.random.Generator) -> None:
    matrices = np.eye(3) + 0.1 * rng.normal(size=(3, 3, 3))
    points = rng.uniform(-1, 1, (2, 5, 2))
    found = mapped(torch.from_numpy(matrices).float(), torch.from_numpy(points).float()).numpy()
    for b, y, x in np.ndindex(3, 2, 5):
        through = matrices[b] @ (*points[y, x], 1.0)
        np.testing.assert_allclose(found[b, y, x], through[:2] / through[2], rtol=1e-4, atol=1e-5)


def test_cells_are_centres() -> None:
    assert cells(2).tolist() == [[[-0.5, -0.5], [0.5, -0.5]], [[-0.5, 0.5], [0.5, 0.5]]]


def test_what_a_pose_says_is_what_is_seen() -> None:
    """Without light and camera, a shown pixel is the photo's value at the mapped place, by a loop of its own."""
    photos = _photos(side=32)
    seen = views(photos, 16, _generator(3), strength=replace(STILL, zoom=(0.5, 1.2), roll=20.0, pan=20.0, tilt=20.0))
    where = mapped(seen.poses, cells(16)).numpy()
    checked = 0
    for b, y, x in np.ndindex(4, 16, 16):
        column, row = ((where[b, y, x] + 1) * 32 - 1) / 2
        inside = bool((np.abs(where[b, y, x]) <= 1).all())
        assert inside == bool(seen.shown[b, 0, y, x])
        if inside and 0 <= column < 31 and 0 <= row < 31:
            left, top = int(column), int(row)
            right, low = column - left, row - top
            square = photos[b, :, top : top + 2, left : left + 2].numpy()
            wanted = (square * np.outer([1 - low, low], [1 - right, right])).sum(axis=(1, 2))
            np.testing.assert_allclose(seen.images[b, :, y, x].numpy(), wanted, atol=1e-4)
            checked += 1
    assert checked > 300


def test_beyond_a_photo_and_behind_a_cover_the_one_before_is_seen() -> None:
    plain = torch.stack([torch.full((3, 16, 16), value) for value in (0.2, 0.5, 0.8)])
    seen = views(plain, 16, _generator(), strength=replace(STILL, zoom=(1.3, 1.3), covered=1.0))
    for place, own, other in ((0, 0.2, 0.8), (1, 0.5, 0.2), (2, 0.8, 0.5)):
        shown = seen.shown[place, 0]
        assert 0 < shown.sum() < shown.numel()
        torch.testing.assert_close(seen.images[place][:, shown], torch.full_like(seen.images[place][:, shown], own))
        hidden = seen.images[place][:, ~shown]
        torch.testing.assert_close(hidden, torch.full_like(hidden, other))


def test_no_view_is_mirrored_and_all_stay_near() -> None:
    poses = poses_of(500, _generator(), Strength())
    assert (torch.linalg.det(poses) > 0).all()
    corners = torch.tensor([[[-1.0, -1.0], [1.0, -1.0]], [[-1.0, 1.0], [1.0, 1.0]]])
    assert torch.isfinite(mapped(poses, corners)).all()


def test_equal_seeds_give_equal_views_and_others_do_not() -> None:
    first, again, other = (views(_photos(), 16, _generator(seed)).images for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 1


def test_views_leave_photos_and_the_global_generator_alone() -> None:
    photos, state = _photos(), torch.get_rng_state()
    before = photos.clone()
    views(photos, 16, _generator())
    assert torch.equal(photos, before)
    assert torch.equal(state, torch.get_rng_state())
