"""An encoder by itself: what it makes of photos, whoever brings them, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import resight
from resight.errors import ModelError, PhotoError
from resight.features.photo_encoder import PhotoEncoder, load_encoder
from resight.gallery.stores.opening import open_gallery
from resight.progress import Progress
from tests.galleries import Photos, quick, write
from tests.remembering import forgotten


@pytest.fixture(scope="module")
def house() -> Iterator[PhotoEncoder]:
    with forgotten():
        yield load_encoder("house")


@pytest.fixture(scope="module")
def files(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("encoded")
    write(folder, {name: known_photos[name][::2, ::2] for name in ("chelsea", "coffee", "page")})
    return sorted(folder.glob("*/*.png"))


def test_rows_are_unit_and_batches_change_nothing(house: PhotoEncoder, files: list[Path]) -> None:
    found = house.encode(files)
    assert (found.shape, found.dtype) == ((3, house.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    for size in (1, 2):
        np.testing.assert_array_equal(house.encode(iter(files), batch_size=size), found)
    np.testing.assert_array_equal(house.encode(files[::-1]), found[::-1])


def test_a_photo_is_the_same_however_it_is_given(house: PhotoEncoder, files: list[Path]) -> None:
    [path] = files[:1]
    with Image.open(path) as picture, path.open("rb") as file:
        given: list[Any] = [str(path), path.read_bytes(), file, picture, np.array(picture)]
        found = house.encode(given)
    for row in found:
        np.testing.assert_array_equal(row, found[0])


def test_a_gallery_stores_the_same(house: PhotoEncoder, files: list[Path], tmp_path: Path) -> None:
    with quick():
        resight.index(files[0].parent.parent, tmp_path / "known.gallery", encoders="house")
    with open_gallery(tmp_path / "known.gallery") as gallery:
        places = [item.photo for item in gallery.items()]
        _, stored = gallery.descriptors(house.fingerprint)
    np.testing.assert_array_equal(house.encode(places).astype(np.float16), stored)


def test_progress_counts_the_photos(house: PhotoEncoder, files: list[Path]) -> None:
    steps: list[Progress] = []
    house.encode(files, batch_size=2, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(2, 3), (3, 3)]


def test_no_photos_are_no_rows(house: PhotoEncoder) -> None:
    assert house.encode([]).shape == (0, house.dimension)


@pytest.mark.parametrize("name", ["vlad", "bow"])
def test_encoders_of_points_describe_too(name: str, files: list[Path]) -> None:
    encoder = load_encoder(name)
    found = encoder.encode(files)
    assert found.shape == (3, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)


def test_local_features_are_all_that_the_classical_encoder_has(files: list[Path]) -> None:
    encoder = load_encoder("classical")
    assert not encoder.has_descriptors
    for refused in (lambda: encoder.encode(["missing.jpg"]), lambda: encoder.dimension):
        with pytest.raises(ModelError, match=r"'classical' has local features only.*features\(photo\).*'house'"):
            refused()
    found = encoder.features(files[0])
    with Image.open(files[0]) as picture:
        assert found.size == picture.size
    assert found.values.shape == (len(found), 64)
    assert found.values.dtype == np.float32
    # Codes are 8 bits, so a value is right to half a step of them, and rootSIFT is of length 1 before it is projected.
    assert 0.3 < np.median(np.linalg.norm(found.values, axis=1)) < 1.1


def test_the_local_features_of_a_network_are_the_cells_of_its_map(house: PhotoEncoder, files: list[Path]) -> None:
    found = house.features(files[0])
    assert found.grid is not None
    assert (len(found), found.values.dtype) == (found.grid[0] * found.grid[1], np.float32)


def test_what_is_no_list_of_photos_is_refused(house: PhotoEncoder, files: list[Path]) -> None:
    with Image.open(files[0]) as picture:
        singles: list[Any] = [files[0], str(files[0]), b"x", io.BytesIO(), picture, np.array(picture)]
        for single in singles:
            with pytest.raises(TypeError, match="wanted several: put it into a list"):
                house.encode(single)
    with pytest.raises(ValueError, match="batch_size is 0"):
        house.encode(files, batch_size=0)
    assert len(house.encode(np.zeros((2, 60, 70, 3), np.uint8))) == 2


def test_a_photo_that_cannot_be_read_is_told_with_its_number(house: PhotoEncoder, files: list[Path]) -> None:
    with pytest.raises(PhotoError, match=r"photo 2 of those to encode, counted from 0: .*8 bytes"):
        house.encode([*files[:2], b"no photo", files[2]], batch_size=2)
    with pytest.raises(PhotoError, match="photo 1 of those"):
        house.encode([files[0], b"no photo", files[2]], batch_size=3)


def test_a_misspelt_encoder_is_told_with_the_nearest_name() -> None:
    with pytest.raises(ModelError, match=r"there is no encoder 'hause'; did you mean 'house'\?"):
        load_encoder("hause")


def test_what_names_no_encoder_is_refused() -> None:
    with pytest.raises(ModelError, match="there is no encoder ''"):
        load_encoder("")
    for wrong in (3, None, ["house", "vlad"]):
        with pytest.raises(TypeError, match="expected str, bytes or"):
            load_encoder(wrong)  # type: ignore[arg-type]
