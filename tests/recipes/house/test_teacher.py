"""Targets: what the teacher said, whitened, kept and read back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import DatasetError, TrainingError
from resight.recipes.house.teacher import DESCRIPTORS, MAPS, NOTE, load_targets, settled, teach


class Patches(nn.Module):
    """A teacher whose cells are what a patch of 4 × 4 pixels holds, above 0."""

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.pixel_unshuffle(images.permute(0, 3, 1, 2), 4) / 255


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (70, 8, 12, 3), dtype=np.uint8)


def test_lessons_are_whitened_units_and_kept(photos: np.ndarray, tmp_path: Path) -> None:
    assert load_targets(tmp_path) is None
    assert list(teach(Patches(), photos, tmp_path, dims=20, channels=10, batch=32, device="cpu")) == [32, 64, 70]
    said = load_targets(tmp_path)
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
    small, large = (load_targets(tmp_path / str(size)) for size in (7, 70))
    assert small is not None
    assert large is not None
    np.testing.assert_allclose(small.maps.astype(float), large.maps.astype(float), atol=2e-3)
    np.testing.assert_allclose(small.descriptors.astype(float), large.descriptors.astype(float), atol=2e-3)


def test_half_of_the_lessons_are_none(photos: np.ndarray, tmp_path: Path) -> None:
    for _ in teach(Patches(), photos, tmp_path, dims=5, channels=4, device="cpu"):
        assert load_targets(tmp_path) is None
    (tmp_path / MAPS).unlink()
    assert load_targets(tmp_path) is None
    assert torch.is_grad_enabled()


def test_what_was_cut_off_goes_on_and_ends_the_same_to_the_bit(photos: np.ndarray, tmp_path: Path) -> None:
    told = []
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
        asking = teach(Patches(), photos, tmp_path / name, dims=5, channels=4, batch=16, device="cpu")
        if name == "cut":
            next(asking)
            asking.close()
            asking = teach(Patches(), photos, tmp_path / name, dims=5, channels=4, batch=16, device="cpu")
        told.append(list(asking))
    assert told == [[16, 32, 48, 64, 70], [32, 48, 64, 70]]
    for file in (DESCRIPTORS, MAPS):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == sorted([DESCRIPTORS, MAPS])


def test_a_disk_without_room_is_told_before_anything_is_mapped(
    photos: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=70 * 2 * 3 * 4 * 2))
    with pytest.raises(DatasetError, match=r"the teacher's targets need 0 MB, and the disk of .*: make room"):
        list(teach(Patches(), photos, tmp_path, dims=5, channels=4, device="cpu"))
    assert not list(tmp_path.glob("*.npy*"))


ORIGIN = {"photos": 70, "album": "these", "teacher": "0a", "dims": 5, "channels": 4}


def test_lessons_of_another_origin_are_refused(tmp_path: Path) -> None:
    assert not settled(tmp_path, ORIGIN)
    assert not settled(tmp_path, ORIGIN)
    for key, found in {"album": "others", "teacher": "0b", "dims": 6}.items():
        with pytest.raises(TrainingError, match=f"were made with {key} .*, wanted {found!r}: name another work folder"):
            settled(tmp_path, {**ORIGIN, key: found})


@pytest.mark.parametrize("name", [DESCRIPTORS, MAPS])
@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_damaged_lessons_are_refused(name: str, content: bytes | None, tmp_path: Path) -> None:
    np.save(tmp_path / DESCRIPTORS, np.zeros((7, 2), np.float16))
    np.save(tmp_path / MAPS, np.zeros((7, 2, 2, 4), np.float16))
    if content is None:
        np.save(tmp_path / name, np.zeros((6, 2), np.float16))
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match=r"targets in .* are damaged \(.*\): remove its files teacher\*"):
        load_targets(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "1"])
def test_a_damaged_note_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match="are damaged"):
        settled(tmp_path, {"photos": 1})


def test_lessons_of_before_are_noted_where_their_shapes_fit(photos: np.ndarray, tmp_path: Path) -> None:
    list(teach(Patches(), photos, tmp_path, dims=5, channels=4, device="cpu"))
    for key, found in {"photos": 69, "dims": 6, "channels": 5}.items():
        with pytest.raises(TrainingError, match=rf"made with {key} .*, wanted {found}: name another work folder"):
            settled(tmp_path, {**ORIGIN, key: found})
    assert not (tmp_path / NOTE).exists()
    assert settled(tmp_path, ORIGIN)
    assert not settled(tmp_path, ORIGIN)
    with pytest.raises(TrainingError, match="made with teacher"):
        settled(tmp_path, {**ORIGIN, "teacher": "0b"})
