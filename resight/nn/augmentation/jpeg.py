"""JPEG's losses in batch and without a codec: 8 × 8 blocks of the discrete cosine transform, rounded.

ITU-T T.81 (1992): the transform of A.3.3 and the quantisation tables of K.1 and K.2, scaled by quality as libjpeg does.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 8

LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""T.81, table K.1."""

CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
"""T.81, table K.2."""

TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
"""JFIF 1.02: RGB to luma and two differences of colour."""


def compress(images: Tensor, quality: Tensor) -> Tensor:
    """Images ``(b, 3, h, w)`` float32 in [0, 1] as they come back from a JPEG of ``quality (b,)`` in [1, 100].

    Colour is kept at half the resolution; sides that blocks of 16 pixels do not fill are padded with their last row.
    """
    if not len(images):
        return images
    height, width = images.shape[2:]
    beyond = (0, -width % (2 * BLOCK), 0, -height % (2 * BLOCK))
    matrix = torch.tensor(TO_YCC, dtype=images.dtype, device=images.device)
    planes = torch.einsum("kc,bchw->bkhw", matrix, F.pad(images, beyond, mode="replicate") * 255 - 128)
    # The differences of colour have no offset to take off; that of grey is zero already.
    luma = _rounded(planes[:, :1], LUMINANCE, quality)
    chroma = _rounded(F.avg_pool2d(planes[:, 1:], 2), CHROMINANCE, quality)
    decoded = torch.cat([luma, F.interpolate(chroma, scale_factor=2.0, mode="nearest")], dim=1)
    back = torch.einsum("ck,bkhw->bchw", torch.linalg.inv(matrix), decoded)
    return ((back[:, :, :height, :width] + 128) / 255).clamp(0, 1)


def _rounded(planes: Tensor, table: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """Planes ``(b, c, h, w)`` with the coefficients of each block rounded to multiples of the scaled table."""
    count, channels, height, width = planes.shape
    basis = transform().to(planes)
    steps = scaled(torch.tensor(table), quality)[:, None, None, None]
    blocks = planes.reshape(count, channels, height // BLOCK, BLOCK, width // BLOCK, BLOCK).transpose(3, 4)
    coefficients = basis @ blocks @ basis.T
    rounded = (coefficients / steps).round() * steps
    return (basis.T @ rounded @ basis).transpose(3, 4).reshape(planes.shape)


def transform() -> Tensor:
    """The orthonormal cosine transform ``(8, 8)``: row u is ``½ C(u) cos((2x + 1) u π / 16)``, C(0) = 1/√2."""
    x = torch.arange(BLOCK, dtype=torch.float64)
    rows = 0.5 * torch.cos((2 * x[None] + 1) * x[:, None] * math.pi / (2 * BLOCK))
    rows[0] /= math.sqrt(2)
    return rows.float()


def scaled(table: Tensor, quality: Tensor) -> Tensor:
    """A table ``(8, 8)`` for each quality ``(b,)``: libjpeg's 5000 / q below 50 and 200 − 2 q above, in per cent."""
    share = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None]
    return ((table.to(quality) * share + 50) / 100).floor().clamp(1, 255)
