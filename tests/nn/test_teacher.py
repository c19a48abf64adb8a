"""Lessons: what the teacher said, whitened, kept and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.nn.teacher import DESCRIPTORS, MAPS, lessons, teach


class Patches(nn.Module):
    """A teacher whose cells are what a patch of 4 × 4 pixels holds, above 0."""

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.pixel_unshuffle(images.permute(0, 3, 1, 2), 4) / 255


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (70, 8, 12, 3), dtype=np.uint8)


def test_lessons_are_whitened_units_and_kept(photos: np.ndarray, tmp_path: Path) -> None:
    assert lessons(tmp_path) is None
    assert list(teach(Patches(), photos, tmp_path, dims=20, channels=10, batch=32, device="cpu")) == [32, 64, 70]
    said = lessons(tmp_path)
    assert said is not None
    assert said.descriptors.shape == (70, 20)
    assert said.maps.shape == (70, 2, 3, 10)
    assert said.descriptors.dtype == said.maps.dtype == np.float16
    for rows in (said.descriptors, said.maps.reshape(-1, 10)):
        rows = rows.astype(np.float64)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=2e-3)
        assert np.abs(rows.mean(axis=0)).max() < 0.15
        correlations = np.corrcoef(rows.T) - np.eye(rows.shape[1])
        assert np.abs(correlations).max() < 0.35
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([DESCRIPTORS, MAPS])


def test_a_photo_s_company_changes_nothing(photos: np.ndarray, tmp_path: Path) -> None:
    for size in (7, 70):
        (tmp_path / str(size)).mkdir()
        list(teach(Patches(), photos, tmp_path / str(size), dims=5, channels=4, batch=size, device="cpu"))
    small, large = (lessons(tmp_path / str(size)) for size in (7, 70))
    assert small is not None
    assert large is not None
    np.testing.assert_allclose(small.maps.astype(float), large.maps.astype(float), atol=2e-3)
    np.testing.assert_allclose(small.descriptors.astype(float), large.descriptors.astype(float), atol=2e-3)


def test_half_of_the_lessons_are_none(photos: np.ndarray, tmp_path: Path) -> None:
    for _ in teach(Patches(), photos, tmp_path, dims=5, channels=4, device="cpu"):
        assert lessons(tmp_path) is None
    (tmp_path / MAPS).unlink()
    assert lessons(tmp_path) is None
    assert torch.is_grad_enabled()
