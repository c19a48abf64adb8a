"""The vocabulary recipe, end to end on a few photos."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError, TrainingError
from resight.features.vocabulary import load
from resight.io import images
from resight.io.datasets.preflight import PhotosLeftOut
from resight.progress import finished
from resight.recipes.vocabulary import recipe
from resight.recipes.vocabulary.config import VocabularyConfig
from tests.jobs import told

SMALL = VocabularyConfig(photos=6, points=60, dims=16, cells=32, words=8, iterations=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, known_photos: dict[str, Any]) -> Path:
    """Eight of the known photos, as files."""
    folder = tmp_path_factory.mktemp("everyday") / "photos" / "all"
    folder.mkdir(parents=True)
    for name in sorted(known_photos)[:8]:
        (folder / f"{name}.png").write_bytes(images.encode(known_photos[name], ".png"))
    return folder.parent


def test_a_fitted_vocabulary_is_read_back_and_codes_rootsift(folder: Path, tmp_path: Path, rng: Any) -> None:
    report = finished(recipe.run(folder, tmp_path / "v.npz", SMALL))
    assert report["photos"] == 6
    fitted = load(tmp_path / "v.npz")
    assert fitted.projection.shape == (128, 16)
    assert fitted.cells.shape == (32, 16)
    assert fitted.cells.dtype == np.uint8
    assert fitted.vlad.shape == (8, 16)
    assert (fitted.idf >= 0).all()
    assert fitted.idf.max() > 0
    values = np.abs(rng.normal(size=(5, 128))).astype(np.float32)
    assert fitted.encode(values / np.linalg.norm(values, axis=1, keepdims=True)).shape == (5, 16)


def test_a_photo_that_cannot_be_read_is_left_out_and_listed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "photos")
    for path in sorted((tmp_path / "photos" / "all").iterdir())[:7]:
        path.write_bytes(b"no photo")
    steps, report = told(recipe.run(tmp_path / "photos", tmp_path / "v", replace(SMALL, photos=8)))
    [unread] = [step.photos for step in steps if isinstance(step, PhotosLeftOut)]
    assert len(unread) == 7
    assert all("all/" in photo and ".png: " in photo for photo in unread)
    assert (report["photos"], report["left out"]) == (1, 7)
    assert load(tmp_path / "v").cells.shape == (32, 16)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos", "v"]


def test_photos_none_of_which_can_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"no photo")
    with pytest.raises(DatasetError, match=r"none of 1 photos has a point that can be read, the first: .*one\.png"):
        list(recipe.run(tmp_path, tmp_path / "v.npz", SMALL))


def test_photos_with_fewer_points_than_words_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"of 6 photos do not make a vocabulary: 1000 words are wanted .*: add photos"
    ):
        list(recipe.run(folder, tmp_path / "v.npz", replace(SMALL, cells=1000)))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_known_at_once(folder: Path) -> None:
    for place in (folder, folder / "all" / f"{next((folder / 'all').iterdir()).name}" / "v.npz"):
        with pytest.raises(TrainingError, match=r"cannot be written \(.*\): name another file"):
            next(recipe.run(folder, place, SMALL))


def test_the_same_seed_fits_the_same(folder: Path, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        list(recipe.run(folder, tmp_path / name, SMALL))
    assert load(tmp_path / "a.npz").fingerprint == load(tmp_path / "b.npz").fingerprint


def test_axes_are_orthonormal_and_ordered_by_variance(rng: Any) -> None:
    values = rng.normal(size=(400, 6)) * [1, 5, 2, 4, 3, 0.5] + 7
    mean, projection = recipe.axes(values, 3)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(projection.T @ projection, np.eye(3), atol=1e-6)
    spread = ((values - mean) @ projection).std(axis=0)
    assert (np.diff(spread) < 0).all()
    np.testing.assert_allclose(spread, [5, 4, 3], rtol=0.15)
