"""What JPEG does: the transform from its formula, the tables by hand, and a real encoder's pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from resight.io import images
from resight.nn.augmentation.jpeg import CHROMINANCE, LUMINANCE, compress, scaled, transform


def test_the_transform_is_the_standards() -> None:
    """T.81, A.3.3: S_vu = ¼ C_u C_v ΣΣ s_yx cos((2x + 1) u π / 16) cos((2y + 1) v π / 16)."""
    block = np.random.default_rng(0).normal(size=(8, 8))
    expected = np.zeros((8, 8))
    for v, u, y, x in np.ndindex(8, 8, 8, 8):
        scale = (1 / math.sqrt(2) if u == 0 else 1) * (1 / math.sqrt(2) if v == 0 else 1) / 4
        angles = math.cos((2 * x + 1) * u * math.pi / 16) * math.cos((2 * y + 1) * v * math.pi / 16)
        expected[v, u] += scale * block[y, x] * angles
    basis = transform().double().numpy()
    np.testing.assert_allclose(basis @ block @ basis.T, expected, atol=1e-6)
    np.testing.assert_allclose(basis @ basis.T, np.eye(8), atol=1e-6)


def test_tables_scale_as_libjpegs() -> None:
    """Quality 50 is the table, 25 twice, 75 half, rounded, 100 ones; 16 at quality 10 is 80 and 99 is cut at 255."""
    table = torch.tensor(LUMINANCE)
    at = scaled(table, torch.tensor([50.0, 25.0, 75.0, 100.0, 10.0]))
    assert torch.equal(at[0], table.float())
    assert torch.equal(at[1], (2 * table).clamp(max=255).float())
    assert at[2, 0].tolist() == [8, 6, 5, 8, 12, 20, 26, 31]
    assert (at[3] == 1).all()
    assert at[4, 0, 0] == 80
    assert at[4, 7, 7] == 255
    assert torch.equal(torch.tensor(CHROMINANCE), torch.tensor(CHROMINANCE).T)


@pytest.fixture(scope="module")
def photographs(pack: Callable[..., Path]) -> list[np.ndarray]:
    paths = sorted(pack("ukbench-250", "query").glob("query/*/*"))[::60][:3]
    return [images.resize(images.read(path).image, (96, 80)) for path in paths]


@pytest.mark.parametrize("quality", [15, 40, 75])
def test_photos_lose_what_a_real_jpeg_loses(quality: int, photographs: list[np.ndarray]) -> None:
    """The error against the photo is mostly the same error: correlated, and of nearly equal size."""
    batch = torch.from_numpy(np.stack(photographs)).permute(0, 3, 1, 2) / 255
    ours = compress(batch, torch.full((len(batch),), float(quality)))
    for photo, found in zip(photographs, ours, strict=True):
        real = images.read(images.encode(photo, ".jpg", quality=quality)).image
        theirs = (real / 255.0 - photo / 255.0).ravel()
        mine = (found.permute(1, 2, 0).double().numpy() - photo / 255.0).ravel()
        assert np.corrcoef(mine, theirs)[0, 1] > 0.8
        assert 0.8 < mine.std() / theirs.std() < 1.25


def test_each_photo_has_its_own_quality_and_any_size() -> None:
    torch.manual_seed(0)
    photos = torch.rand(1, 3, 37, 22).repeat(3, 1, 1, 1)
    together = compress(photos, torch.tensor([10.0, 50.0, 100.0]))
    assert together.shape == photos.shape
    errors = (together - photos).square().mean(dim=(1, 2, 3))
    assert errors[0] > errors[1] > errors[2]
    alone = compress(photos[:1], torch.tensor([50.0]))
    torch.testing.assert_close(alone[0], together[1])


def test_flat_grey_survives_and_none_is_none() -> None:
    grey = torch.full((1, 3, 16, 16), 0.25)
    torch.testing.assert_close(compress(grey, torch.tensor([90.0])), grey, atol=0.01, rtol=0)
    assert compress(torch.zeros(0, 3, 8, 8), torch.zeros(0)).shape == (0, 3, 8, 8)
