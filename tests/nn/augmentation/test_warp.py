"""Geometric views: by hand where no pixel is mixed, against a bilinear loop where it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.nn.augmentation.warp import affine, crop, perspective, warp


@pytest.fixture
def images(rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.uniform(1, 255, (2, 3, 6, 8)))


def _affine(size: tuple[int, int], count: int = 2, **changes: object) -> Tensor:
    still = {
        "shift": torch.zeros(count, 2, dtype=torch.float64),
        "angle": torch.zeros(count, dtype=torch.float64),
        "scale": torch.ones(count, dtype=torch.float64),
        "flip": torch.zeros(count, dtype=torch.bool),
    }
    return affine(size, **{**still, **changes})  # type: ignore[arg-type]


def test_nothing_changes_nothing(images: Tensor) -> None:
    still = [
        _affine((6, 8)),
        crop((6, 8), share=1.0, corner=torch.rand(2, 2, generator=torch.Generator().manual_seed(0)).double()),
        perspective((6, 8), moved=torch.zeros(2, 4, 2, dtype=torch.float64)),
    ]
    for matrix in still:
        torch.testing.assert_close(warp(images, matrix), images)


def test_whole_pixels_move_and_leave_black_behind(images: Tensor) -> None:
    """A quarter of 8 pixels to the right, and a third of 6 upwards in the other photo."""
    shift = torch.tensor([[0.25, 0.0], [0.0, -1 / 3]], dtype=torch.float64)
    found = warp(images, _affine((6, 8), shift=shift))
    torch.testing.assert_close(found[0, :, :, 2:], images[0, :, :, :-2])
    torch.testing.assert_close(found[1, :, :-2], images[1, :, 2:])
    assert (found[0, :, :, :2].abs() < 1e-9).all()
    assert (found[1, :, -2:].abs() < 1e-9).all()


def test_a_flip_is_a_flip_of_the_photos_that_want_it(images: Tensor) -> None:
    found = warp(images, _affine((6, 8), flip=torch.tensor([True, False])))
    torch.testing.assert_close(found, torch.stack([images[0].flip(2), images[1]]))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_right_angles_of_a_square_photo_turn_from_x_towards_y(turns: int, images: Tensor) -> None:
    square = images[..., :6]
    angle = torch.full((2,), turns * math.pi / 2, dtype=torch.float64)
    torch.testing.assert_close(warp(square, _affine((6, 6), angle=angle)), square.rot90(-turns, (2, 3)))


def test_a_scale_of_two_shows_the_middle_twice_as_large(images: Tensor) -> None:
    """The view's pixel x shows (x − 3.5) / 2 + 3.5: the half way between 1 and 2 is the mean of both, as 1.75 is."""
    found = warp(images, _affine((6, 8), scale=torch.full((2,), 2.0, dtype=torch.float64)))
    x = 0.25 * images[0, 0, :, 1] + 0.75 * images[0, 0, :, 2]
    assert found[0, 0, 0, 0].item() == pytest.approx((0.75 * x[1] + 0.25 * x[2]).item())


def _bilinear(image: Tensor, x: float, y: float) -> float:
    total = 0.0
    left, top = math.floor(x), math.floor(y)
    for j, i in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]:
            total += (1 - abs(x - j)) * (1 - abs(y - i)) * image[i, j].item()
    return total


def test_it_is_the_loop(images: Tensor, rng: np.random.Generator) -> None:
    matrices = _affine(
        (6, 8),
        shift=torch.from_numpy(rng.uniform(-0.2, 0.2, (2, 2))),
        angle=torch.from_numpy(rng.uniform(-1, 1, 2)),
        scale=torch.from_numpy(rng.uniform(0.8, 1.2, 2)),
    ) @ perspective((6, 8), moved=torch.from_numpy(rng.uniform(-0.2, 0.2, (2, 4, 2))))
    found = warp(images, matrices)
    for b, i, j in np.ndindex(2, 6, 8):
        x, y, z = (sum(row[k].item() * (j, i, 1)[k] for k in range(3)) for row in matrices[b])
        assert found[b, 1, i, j].item() == pytest.approx(_bilinear(images[b, 1], x / z, y / z), abs=1e-8)


def test_affine_is_the_formula(rng: np.random.Generator) -> None:
    """A point of the photo: mirrored, scaled and turned about the centre, then shifted; the matrix takes it back."""
    shift, angle, scale = rng.uniform(-0.3, 0.3, 2), 0.7, 1.3
    turned = {key: torch.tensor([value], dtype=torch.float64) for key, value in (("angle", angle), ("scale", scale))}
    matrix = _affine((6, 8), 1, shift=torch.from_numpy(shift)[None], flip=torch.tensor([True]), **turned)[0].numpy()
    for x, y in rng.uniform(0, 6, (5, 2)):
        u, v = -(x - 3.5) * scale, (y - 2.5) * scale
        u, v = u * math.cos(angle) - v * math.sin(angle), u * math.sin(angle) + v * math.cos(angle)
        np.testing.assert_allclose(matrix @ [u + 3.5 + 8 * shift[0], v + 2.5 + 6 * shift[1], 1], [x, y, 1], atol=1e-9)


def test_the_corners_of_a_perspective_are_where_they_are_pulled_from(rng: np.random.Generator) -> None:
    moved = rng.uniform(-0.2, 0.2, (1, 4, 2))
    matrix = perspective((6, 8), moved=torch.from_numpy(moved))[0].numpy()
    for corner, offset in zip([(-0.5, -0.5), (7.5, -0.5), (7.5, 5.5), (-0.5, 5.5)], moved[0], strict=True):
        x, y, z = matrix @ [*corner, 1]
        np.testing.assert_allclose([x / z, y / z], np.add(corner, offset * [8, 6]), atol=1e-9)


def test_a_crop_is_its_window() -> None:
    """Half of an 8 × 8 photo, last along x and first along y: edges −0.5 and 7.5 of the view see 3.5 and 7.5."""
    matrix = crop((8, 8), share=0.5, corner=torch.tensor([[1.0, 0.0]]))[0]
    for view, photo in ((-0.5, (3.5, -0.5)), (7.5, (7.5, 3.5))):
        assert (matrix @ torch.tensor([view, view, 1.0])).tolist() == [*photo, 1]


def test_what_lies_behind_the_viewer_is_black() -> None:
    """Left of the horizon at x = 2 things are upright; right of it pixel (3, 0) would show (0, 0) once more."""
    images = torch.ones(1, 1, 4, 4)
    matrix = torch.tensor([[[1.0, 0, -3], [0, 1, 0], [-0.5, 0, 1]]])
    found = warp(images, matrix)[0, 0]
    assert (found[:, 2:] == 0).all()
    found = warp(images, matrix @ torch.tensor([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))[0, 0]
    assert (found == 0).all()
    found = warp(images, torch.tensor([[[1.0, 0, 0], [0, 1, 0], [-0.5, 0, 1]]]))[0, 0]
    assert (found[:, :2].sum(dim=0) > 0).all()
