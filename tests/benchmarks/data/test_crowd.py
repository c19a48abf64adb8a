"""Views in numbers and photos of 12 megapixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data import crowd
from data.crowd import enlarged, write_photos, write_views

from resight.io import images
from resight.io.datasets.dataset import Entry


@pytest.fixture
def entries(tmp_path: Path, known_photos: Any) -> list[Entry]:
    found = []
    for name in ("chelsea", "coffee", "page"):
        (tmp_path / f"{name}.png").write_bytes(images.encode(known_photos[name], ".png"))
        found.append(Entry(name, tmp_path / f"{name}.png", (name,)))
    return found


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_view_shows_the_photo_of_its_number(entries: list[Entry], tmp_path: Path) -> None:
    write_views(entries, tmp_path / "views", range(5))
    views = _contents(tmp_path / "views")
    assert sorted(views) == [
        f"{place:05d}/{number:06d}.jpg" for place, number in ((0, 0), (0, 3), (1, 1), (1, 4), (2, 2))
    ]
    assert len(set(views.values())) == 5


def test_a_run_that_was_cut_off_goes_on(entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_views(entries, tmp_path / "whole", range(7))
    write_views(entries, tmp_path / "parts", range(2))
    (tmp_path / "parts" / "00000" / "000000.jpg").unlink()
    write_views(entries, tmp_path / "parts", range(7))
    assert _contents(tmp_path / "parts") == _contents(tmp_path / "whole")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a view was made again")

    monkeypatch.setattr(crowd, "view", refuse)
    write_views(entries, tmp_path / "whole", range(7))


def test_photos_are_the_bytes_of_the_pack(entries: list[Entry], tmp_path: Path) -> None:
    paths = write_photos([*entries, Entry("none", tmp_path / "coffee.png")], tmp_path / "files")
    assert [path.parent.name for path in paths] == ["chelsea", "coffee", "page", "none"]
    assert [path.read_bytes() for path in paths[:3]] == [entry.read() for entry in entries]


def test_large_photos_have_twelve_megapixels_and_the_same_shape(rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (100, 160, 3), dtype=np.uint8)
    large = enlarged(photo, rng)
    assert large.shape[0] * large.shape[1] == pytest.approx(12e6, rel=0.001)
    assert large.shape[1] / large.shape[0] == pytest.approx(1.6, rel=0.001)
    means = large[: large.shape[0] // 10 * 10, : large.shape[1] // 16 * 16].mean(axis=(0, 1))
    assert means == pytest.approx(photo.mean(axis=(0, 1)), abs=2)
    flat = enlarged(np.full((10, 10, 3), 100, np.uint8), rng)
    assert flat.std() == pytest.approx(4, rel=0.1)
