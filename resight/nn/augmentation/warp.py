"""Geometric views of photos: a 3 × 3 matrix each, from a pixel of the view to a pixel of its photo, and one resampling.

Pixels are ``(x, y)`` with their centres at whole numbers. Matrices ``(b, 3, 3)`` multiply: ``outer @ inner`` is the
view ``inner`` of the view ``outer``.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

Size = tuple[int, int]
"""``(h, w)`` in pixels."""


def affine(size: Size, *, shift: Tensor, angle: Tensor, scale: Tensor, flip: Tensor) -> Tensor:
    """Mirrored left to right, then scaled, turned and shifted, all about the photo's centre.

    ``shift (b, 2)`` along x and y, as a share of width and height; ``angle (b,)`` in radians, from x towards y;
    ``scale (b,)`` above 1 shows things larger; ``flip (b,)`` bool.
    """
    cos, sin, zero, one = angle.cos() / scale, angle.sin() / scale, torch.zeros_like(angle), torch.ones_like(angle)
    mirror = torch.where(flip, -one, one)
    back = _matrix([mirror * cos, mirror * sin, zero], [-sin, cos, zero], [zero, zero, one])
    pixels = shift * shift.new_tensor([size[1], size[0]])
    return _about_centre(size, back @ _translation(-pixels))


def crop(size: Size, *, share: float, corner: Tensor) -> Tensor:
    """A window with ``share`` of both sides, scaled up to the whole size.

    ``corner (b, 2)`` in [0, 1] places it along x and y, from the first possible place to the last.
    """
    sides = corner.new_tensor([size[1], size[0]])
    # Edges meet edges: the view's lie half a pixel before 0, as the window's do.
    start = corner * sides * (1 - share) + (share - 1) / 2
    one = torch.ones_like(corner[:, 0])
    return _translation(start) @ torch.diag_embed(torch.stack([share * one, share * one, one], dim=1))


def perspective(size: Size, *, moved: Tensor) -> Tensor:
    """The plane through four points of the photo, pulled to the view's corners.

    ``moved (b, 4, 2)``: how far each point lies from the photo's corner (top left, top right, bottom right, bottom
    left), as a share of width and height.
    """
    height, width = size
    corners = moved.new_tensor([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    points = corners + moved * moved.new_tensor([width, height])
    return _homography(corners.expand_as(points), points)


def warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Views of ``images (b, c, h, w)``, floating-point, of the same size: bilinear, and 0 beyond the photo."""
    height, width = images.shape[2:]
    y, x = torch.meshgrid(
        torch.arange(height, device=images.device), torch.arange(width, device=images.device), indexing="ij"
    )
    views = torch.stack([x, y, torch.ones_like(x)], dim=2).to(images.dtype).reshape(-1, 3)
    points = views @ matrices.to(images.dtype).mT
    depth = points[..., 2:]
    # What lies behind the viewer would come back mirrored; far outside it is 0.
    places = torch.where(depth > 0, points[..., :2] / depth.clamp(min=1e-6), -2.0 * max(height, width))
    grid = (2 * places + 1) / places.new_tensor([width, height]) - 1
    return F.grid_sample(images, grid.reshape(-1, height, width, 2), padding_mode="zeros", align_corners=False)


def _about_centre(size: Size, matrices: Tensor) -> Tensor:
    centre = matrices.new_tensor([(size[1] - 1) / 2, (size[0] - 1) / 2]).expand(len(matrices), 2)
    return _translation(centre) @ matrices @ _translation(-centre)


def _translation(pixels: Tensor) -> Tensor:
    zero, one = torch.zeros_like(pixels[:, 0]), torch.ones_like(pixels[:, 0])
    return _matrix([one, zero, pixels[:, 0]], [zero, one, pixels[:, 1]], [zero, zero, one])


def _matrix(*rows: list[Tensor]) -> Tensor:
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)


def _homography(of: Tensor, to: Tensor) -> Tensor:
    """The matrices ``(b, 3, 3)`` that take four points ``of (b, 4, 2)`` to four others, by their eight equations."""
    x, y = of.double().unbind(2)
    u, v = to.double().unbind(2)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    first = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], dim=2)
    second = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], dim=2)
    solved = torch.linalg.solve(torch.cat([first, second], dim=1), torch.cat([u, v], dim=1))
    return torch.cat([solved, one[:, :1]], dim=1).reshape(-1, 3, 3).to(of.dtype)
