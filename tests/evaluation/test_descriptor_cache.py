"""Descriptors that are kept: nothing is described twice, and what is damaged is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import TrainingError
from resight.evaluation import descriptor_cache
from resight.evaluation.descriptor_cache import DescribedPhotos, DescriptorCache
from resight.features.views import View
from resight.io.datasets.entries import Entry
from resight.progress import finished


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Shapes of the photos that are described."""
    shapes: list[tuple[int, ...]] = []

    def describe(_: Any, photo: Any, views: Any) -> np.ndarray:
        shapes.append(photo.image.shape)
        return np.full((len(views), 3), photo.image.mean() / 255, np.float32)

    monkeypatch.setattr(descriptor_cache, "describe_views", describe)
    monkeypatch.setattr(descriptor_cache, "reading_side", lambda *_: 16)
    return shapes


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """Three photos, two of them of one content, and a file that is none."""
    names = ("a.png", "b.png", "same.png")
    for name, grey in zip(names, (50, 100, 50), strict=True):
        Image.new("RGB", (12, 8), (grey, grey, grey)).save(tmp_path / name)
    (tmp_path / "bad.png").write_bytes(b"no photo")
    return [Entry(name, tmp_path / name) for name in (*names, "bad.png")]


def described(folder: Path, entries: list[Entry], fingerprint: str = "net-1", views: int = 2) -> DescribedPhotos:
    encoder: Any = SimpleNamespace(fingerprint=fingerprint)
    return finished(DescriptorCache(folder, encoder, [View(1.0 + n) for n in range(views)]).describe(entries))


def test_what_is_kept_is_not_described_again(tmp_path: Path, entries: list[Entry], seen: list[Any]) -> None:
    first = described(tmp_path / "kept", entries)
    assert (len(seen), first.rows.shape) == (2, (3, 2, 3))
    assert [entry.name for entry in first.entries] == ["a.png", "b.png", "same.png"]
    assert [bad.photo for bad in first.unreadable] == ["bad.png"]
    np.testing.assert_array_equal(first.rows[0], first.rows[2])
    again = described(tmp_path / "kept", entries[::-1])
    assert len(seen) == 2
    np.testing.assert_array_equal(again.rows, first.rows[::-1])


def test_another_encoder_or_other_views_are(tmp_path: Path, entries: list[Entry], seen: list[Any]) -> None:
    described(tmp_path, entries)
    described(tmp_path, entries, fingerprint="net-2")
    described(tmp_path, entries, views=3)
    assert len(seen) == 6


def test_a_box_is_described_by_itself(tmp_path: Path, entries: list[Entry], seen: list[Any]) -> None:
    described(tmp_path, [entries[0], replace(entries[0], box=(0, 0, 6, 8))])
    assert seen == [(8, 12, 3), (8, 6, 3)]


def test_a_damaged_file_is_told(tmp_path: Path, entries: list[Entry], seen: list[Any]) -> None:
    described(tmp_path / "kept", entries)
    (file,) = (tmp_path / "kept").glob("*.npz")
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(TrainingError, match=r"holds no descriptors .* remove it"):
        described(tmp_path / "kept", entries)


def test_of_no_photos_there_are_none(tmp_path: Path, seen: list[Any]) -> None:
    assert described(tmp_path, []).rows.shape == (0, 2, 0)
