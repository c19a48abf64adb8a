"""Photos are parted into those with text and the others, at a size that is not too large."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.io import images
from resight.io.datasets.preflight import DatasetRead, PhotosLeftOut
from resight.recipes.digits.config import DigitsConfig
from resight.recipes.digits.photos import DigitPhotos, opened
from tests.jobs import told


def _write(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        photo = np.full((20 + number, 40, 3), 10 * number, np.uint8)
        (folder / name).write_bytes(images.encode(photo, ".png"))
    return folder


def _opened(folder: Path, **settings: Any) -> DigitPhotos:
    return told(opened(folder, replace(DigitsConfig(), **settings)))[1]


def test_photos_with_a_word_in_their_path_are_drawn(tmp_path: Path) -> None:
    """But not where the word is in that of the folder."""
    folder = _write(tmp_path / "texts", "Coins.png", "sign-a/b.png", "tree.png", "house.png")
    found = _opened(folder)
    assert [name for name, _ in found.shown] == ["Coins.png", "b.png"]
    assert [grey.shape for grey in found.backdrops] == [(23, 40), (22, 40)]
    assert len(set(found.digests)) == 4


def test_where_none_has_text_the_first_are_drawn(tmp_path: Path) -> None:
    found = _opened(_write(tmp_path / "in", "a.png", "b.png", "c.png"), drawn=2)
    assert [name for name, _ in found.shown] == ["a.png", "b.png"]
    assert len(found.backdrops) == 3


def test_large_photos_are_reduced_and_small_ones_kept(tmp_path: Path) -> None:
    found = _opened(_write(tmp_path / "in", "a.png", "text.png"), long_side=20)
    assert found.shown[0][1].shape == (11, 20, 3)
    assert _opened(tmp_path / "in").shown[0][1].shape == (21, 40, 3)


def test_what_cannot_be_read_is_listed(tmp_path: Path) -> None:
    folder = _write(tmp_path / "in", "a.png")
    (folder / "b.png").write_bytes(b"no photo")
    (line,) = _opened(folder).skipped
    assert "b.png" in line
    first, *_, last = opened(folder, DigitsConfig())
    assert isinstance(first, DatasetRead)
    assert last == PhotosLeftOut.of((line,), 2)


def test_photos_that_all_have_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has 1 photos to draw and none to paste digits on"):
        _opened(_write(tmp_path / "in", "text.png"))
