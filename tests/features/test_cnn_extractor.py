"""The convolutional extractor: where its points lie, and that nothing but the photo decides its values."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from torch import nn

from resight.errors import ModelError
from resight.features.cnn_extractor import CnnExtractor, extractor
from resight.features.encoder import PhotoExtractor
from resight.io.images import Photo, fit, resize
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model
from resight.nn.backbones.initialisation import initialised
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.networks.architectures import cut, smallest
from resight.nn.networks.receptive_field import receptive_field
from resight.training.model_conversion import package
from resight.types import Features, Image, Preprocess

Array = npt.NDArray[Any]
STRIDE = 8


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    preprocess = Preprocess(long_side=96, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2))
    card = ModelCard("tiny", "tiny", "bn_out", 32, STRIDE, preprocess)
    network = cut(resnet_v2((1, 1), 4), "bn_out")  # without the last ReLU, so that every number counts
    return package(network, tmp_path_factory.mktemp("models") / "tiny", card=card)


@pytest.fixture(scope="module")
def encode(model: Model) -> CnnExtractor:
    return extractor(model, threads=1)


def _photo(rng: np.random.Generator, height: int, width: int) -> Array:
    coarse = rng.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return resize(coarse, (width, height))


def _assert_same(found: Features, wanted: Features) -> None:
    for name in ("points", "values", "scales", "angles"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert (found.grid, found.size) == (wanted.grid, wanted.size)


def _each(extractor: CnnExtractor, images: Sequence[Image]) -> list[Features]:
    return [extractor.features(Photo.of(image)) for image in images]


def test_it_is_an_extractor_with_the_fingerprint_of_its_features(encode: CnnExtractor, model: Model) -> None:
    extract: PhotoExtractor = encode
    assert extract.fingerprint == model.features_fingerprint


def test_cells_are_the_maps_in_row_major_order(encode: CnnExtractor, rng: np.random.Generator) -> None:
    photo = _photo(rng, 72, 96)
    (features,) = _each(encode, [photo])
    maps = encode.backbone.run(photo[None])[0]
    assert features.grid == (9, 12)
    assert features.size == (96, 72)
    for row, column in np.ndindex(9, 12):
        np.testing.assert_array_equal(features.values[row * 12 + column], maps[:, row, column])
        np.testing.assert_array_equal(features.points[row * 12 + column], [STRIDE * column, STRIDE * row])
    assert (features.scales == STRIDE).all()
    assert (features.angles == 0).all()
    arrays = (features.points, features.values, features.scales, features.angles)
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def _fields(encode: CnnExtractor, width: int) -> Array:
    """(cells, columns): whether another column of a row of noise ever changes a cell's values."""
    rng = np.random.default_rng(0)
    reached = np.zeros((width // STRIDE, width), bool)
    for _ in range(4):
        noise = rng.integers(0, 256, (1, 3 * STRIDE, width, 3), dtype=np.uint8)
        changed = np.tile(noise, (width, 1, 1, 1))
        changed[np.arange(width), :, np.arange(width)] = rng.integers(0, 256, (width, 3 * STRIDE, 3), dtype=np.uint8)
        reached |= (encode.backbone.run(changed) != encode.backbone.run(noise)).any(axis=(1, 2)).T
    return reached


def test_points_are_the_centres_of_receptive_fields(encode: CnnExtractor) -> None:
    """Fields that the border cuts are left aside; the others reach as far to the left as to the right."""
    points = _each(encode, [np.zeros((STRIDE, 96, 3), np.uint8)])[0].points
    seen = [np.flatnonzero(field) for field in _fields(encode, 96)]
    whole = {cell: columns for cell, columns in enumerate(seen) if columns[0] > 0 and columns[-1] < 95}
    assert len(whole) >= 5
    assert {cell: (columns[0] + columns[-1]) / 2 for cell, columns in whole.items()} == {
        cell: points[cell, 0] for cell in whole
    }


@pytest.fixture(scope="module")
def unpadded(tmp_path_factory: pytest.TempPathFactory) -> CnnExtractor:
    """A 5-kernel of stride 2 and a pooling of 2: a cell's field is centred 3 pixels in, and needs 7."""
    rng = np.random.default_rng(1)
    network = initialised(lambda: nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.AvgPool2d(2)), rng=rng)
    field, least = receptive_field(network), smallest(network)
    assert (field.stride, field.offset, field.size, least) == (4, 3.0, 7, 7)
    card = ModelCard("u", "u", "1", 4, 4, Preprocess(long_side=96), offset=field.offset, smallest=least)
    return extractor(package(network, tmp_path_factory.mktemp("models") / "unpadded", card=card), threads=1)


def test_points_of_an_unpadded_network_are_centres_too(unpadded: CnnExtractor) -> None:
    """Cell j sees columns 4 j to 4 j + 6, and no others."""
    points = _each(unpadded, [np.zeros((24, 96, 3), np.uint8)])[0].points
    np.testing.assert_array_equal(points[:3], [[3, 3], [7, 3], [11, 3]])
    noise = np.random.default_rng(0).integers(0, 256, (24, 96, 3), dtype=np.uint8)
    plain = unpadded.backbone.run(noise[None])[0]
    for cell in (4, 9):
        changed = noise.copy()
        changed[:, : 4 * cell] = changed[:, 4 * cell + 7 :] = 0  # all but its field
        assert (unpadded.backbone.run(changed[None])[0][:, :, cell] == plain[:, :, cell]).all()
        changed = noise.copy()
        changed[:, 4 * cell] ^= 255
        assert (unpadded.backbone.run(changed[None])[0][:, :, cell] != plain[:, :, cell]).any()


def test_a_photo_too_narrow_for_a_kernel_is_extended_by_its_edge(unpadded: CnnExtractor) -> None:
    """Three rows are prepared as they are; the last is repeated to seven, and the cells lie on it."""
    photo = np.random.default_rng(0).integers(0, 256, (3, 96, 3), dtype=np.uint8)
    whole = np.concatenate([photo, *[photo[-1:]] * 4])
    narrow, extended = _each(unpadded, [photo, whole])
    assert narrow.grid == extended.grid == (1, 23)
    np.testing.assert_array_equal(narrow.values, extended.values)
    np.testing.assert_array_equal(narrow.points[:, 1], 2)
    np.testing.assert_array_equal(narrow.points[:, 0], extended.points[:, 0])


def test_points_and_scales_are_in_pixels_of_the_upright_photo(encode: CnnExtractor, rng: np.random.Generator) -> None:
    """480 × 240 is prepared at a fifth, 96 × 48: pixel 8 j of 96 has its centre at 5 (8 j + ½) − ½ of 480."""
    (features,) = _each(encode, [_photo(rng, 240, 480)])
    assert features.grid == (6, 12)
    np.testing.assert_allclose(features.points[1], [5 * 8.5 - 0.5, 2.0])
    np.testing.assert_allclose(features.points[-1], [5 * 88.5 - 0.5, 5 * 40.5 - 0.5])
    np.testing.assert_allclose(features.scales, 40)
    assert features.size == (480, 240)


def test_a_small_photo_is_enlarged_as_the_model_says(encode: CnnExtractor, rng: np.random.Generator) -> None:
    """32 × 24 is prepared at 96 × 72, three times as large, so steps are a third."""
    (features,) = _each(encode, [_photo(rng, 24, 32)])
    assert features.grid == (9, 12)
    np.testing.assert_allclose(features.points[13], [8.5 / 3 - 0.5, 8.5 / 3 - 0.5], rtol=1e-6)
    np.testing.assert_allclose(features.scales, STRIDE / 3, rtol=1e-6)


def test_company_and_order_change_nothing(encode: CnnExtractor, rng: np.random.Generator) -> None:
    photos = [_photo(rng, *size) for size in ((72, 96), (96, 72), (40, 96), (72, 96), (200, 300))]
    together, backwards = _each(encode, photos), _each(encode, photos[::-1])[::-1]
    for photo, first, second in zip(photos, together, backwards, strict=True):
        (alone,) = _each(encode, [photo])
        _assert_same(first, alone)
        _assert_same(second, alone)


def test_no_photos_give_no_features(encode: CnnExtractor) -> None:
    assert _each(encode, []) == []


def test_a_photo_of_a_single_pixel_has_one_row_of_cells_at_most(encode: CnnExtractor) -> None:
    features = _each(encode, [np.full((1, 1, 3), 9, np.uint8), np.full((1, 400, 3), 9, np.uint8)])
    assert [one.grid for one in features] == [(12, 12), (1, 12)]
    assert all(np.isfinite(one.values).all() for one in features)


def test_a_prepared_photo_gives_the_values_of_its_original(encode: CnnExtractor, rng: np.random.Generator) -> None:
    photo = _photo(rng, 240, 480)
    prepared = resize(photo, fit((480, 240), 96))
    whole, small = _each(encode, [photo, prepared])
    np.testing.assert_array_equal(whole.values, small.values)
    np.testing.assert_allclose((small.points + 0.5) * 5 - 0.5, whole.points, rtol=1e-6)


def test_a_photo_that_was_decoded_smaller_lies_in_pixels_of_the_whole(
    encode: CnnExtractor, rng: np.random.Generator
) -> None:
    half = _photo(rng, 120, 240)
    features = encode.features(Photo(half, (480, 240), b""))
    wanted = _each(encode, [half])[0]
    np.testing.assert_array_equal(features.values, wanted.values)
    np.testing.assert_allclose(features.points, (wanted.points + 0.5) * 2 - 0.5, rtol=1e-6)
    np.testing.assert_allclose(features.scales, wanted.scales * 2)
    assert features.size == (480, 240)


def test_threads_share_it(encode: CnnExtractor, rng: np.random.Generator) -> None:
    photos = [_photo(rng, 40 + 4 * i, 96) for i in range(12)]
    wanted = _each(encode, photos)
    with ThreadPoolExecutor(4) as pool:
        found = [features for (features,) in pool.map(lambda photo: _each(encode, [photo]), photos)]
    for one, other in zip(found, wanted, strict=True):
        _assert_same(one, other)


def test_a_folder_is_as_good_as_a_model(encode: CnnExtractor, model: Model, rng: np.random.Generator) -> None:
    photo = _photo(rng, 72, 96)
    _assert_same(_each(extractor(model.folder, threads=1), [photo])[0], _each(encode, [photo])[0])
    assert extractor(str(model.folder)).fingerprint == encode.fingerprint


def test_a_damaged_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no .*model\.json"):
        extractor(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": 31}, r"gives float32 of shape \(1, 32, .*\); wanted float32 of shape \(1, 31, rows, columns\)"),
        ({"stride": 4}, r"makes 1 × 2 cells of 1 × 9 pixels; wanted two columns more than rows, by the stride of 4"),
        ({"stride": 16}, "by the stride of 16 in model.json"),
    ],
)
def test_a_network_that_is_not_what_its_card_says_is_refused(
    changes: dict[str, Any], message: str, model: Model
) -> None:
    with pytest.raises(ModelError, match=message):
        extractor(replace(model, card=replace(model.card, **changes)), threads=1)


def test_a_network_of_numbers_that_are_not_finite_is_refused(model: Model, tmp_path: Path) -> None:
    shutil.copytree(model.folder, tmp_path / "odd")
    numbers = np.fromfile(tmp_path / "odd" / "backbone.bin", np.float32)
    numbers[-1] = np.nan  # a bias: the last of the numbers
    numbers.tofile(tmp_path / "odd" / "backbone.bin")
    with pytest.raises(ModelError, match=r"odd/backbone\.xml gives numbers that are not finite: make"):
        extractor(replace(model, folder=tmp_path / "odd"), threads=1)


def test_a_network_for_photos_of_one_size_is_refused(model: Model, tmp_path: Path) -> None:
    shutil.copytree(model.folder, tmp_path / "fixed")
    text = (tmp_path / "fixed" / "backbone.xml").read_text(encoding="utf-8")
    (tmp_path / "fixed" / "backbone.xml").write_text(text.replace('shape="?,?,?,3"', 'shape="1,8,8,3"', 1), "utf-8")
    with pytest.raises(ModelError, match=r"OpenVINO cannot run .*fixed.* on photos of 1 × 1 × 17 × 3 numbers"):
        extractor(replace(model, folder=tmp_path / "fixed"), threads=1)


def test_at_twice_the_size_the_map_has_twice_the_cells_each_way(encode: CnnExtractor, rng: np.random.Generator) -> None:
    photo = Photo(_photo(rng, 64, 96), (96, 64), b"")
    side = encode.preprocess.long_side
    usual, closer = encode.features(photo), encode.at(2 * side).features(photo)
    assert usual.grid is not None
    assert closer.grid == (2 * usual.grid[0], 2 * usual.grid[1])
    assert closer.size == usual.size == (96, 64)
    _assert_same(encode.at(side).features(photo), usual)
