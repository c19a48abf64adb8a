"""The vocabulary: codes and back, its fingerprint, and files that are none."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ModelError
from resight.features.vocabulary import Vocabulary, load

Array = npt.NDArray[Any]
NAMES = [field.name for field in fields(Vocabulary)]


@pytest.fixture
def small(rng: np.random.Generator) -> Vocabulary:
    """Six inputs, four channels, seven words."""
    return Vocabulary(
        mean=rng.uniform(0, 0.3, 6).astype(np.float32),
        projection=np.linalg.qr(rng.normal(size=(6, 4)))[0].astype(np.float32),
        reach=0.25,
        cells=rng.integers(0, 256, (7, 4), dtype=np.uint8),
        idf=rng.uniform(1, 7, 7).astype(np.float32),
        vlad=rng.normal(0, 0.1, (3, 4)).astype(np.float32),
    )


@pytest.fixture(scope="module")
def shipped() -> Vocabulary:
    return load()


def test_codes_by_hand() -> None:
    """A reach of 1 spans 0 to 255: the middle is 127.5, and what lies beyond is cut."""
    plain = Vocabulary(np.array([10.0, 0]), np.eye(2), 1.0, np.zeros((1, 2), np.uint8), np.ones(1), np.zeros((1, 2)))
    codes = plain.encode(np.array([[10.0, 1], [9, -1], [10.2, -7], [9.8, 7]]))
    assert codes.dtype == np.uint8
    assert codes.tolist() == [[128, 255], [0, 0], [153, 0], [102, 255]]
    np.testing.assert_allclose(plain.decode(codes), np.array([[1 / 255, 1], [-1, -1], [0.2, -1], [-0.2, 1]]), atol=1e-6)


def test_encode_is_the_loop(small: Vocabulary, rng: np.random.Generator) -> None:
    descriptors = rng.uniform(0, 0.4, (30, 6)).astype(np.float32)
    for descriptor, code in zip(descriptors.tolist(), small.encode(descriptors), strict=True):
        for channel in range(4):
            projected = sum((descriptor[i] - small.mean[i]) * small.projection[i, channel] for i in range(6))
            exact = min(max((projected / 0.25 + 1) * 127.5, 0), 255)
            assert abs(float(code[channel]) - exact) <= 0.5 + 1e-3


def test_codes_come_back_to_half_a_step(small: Vocabulary, rng: np.random.Generator) -> None:
    """Of 255 steps over twice the reach."""
    projected = rng.uniform(-0.25, 0.25, (500, 4)).astype(np.float32)
    codes = small.encode(projected @ small.projection.T + small.mean)
    assert np.abs(small.decode(codes) - projected).max() <= 0.25 / 255 + 1e-6
    assert small.decode(codes).dtype == np.float32


def test_every_code_comes_back(small: Vocabulary) -> None:
    codes = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    descriptors = small.decode(codes) @ small.projection.T + small.mean
    np.testing.assert_array_equal(small.encode(descriptors), codes)


def test_no_descriptors_have_no_codes(small: Vocabulary) -> None:
    assert small.encode(np.zeros((0, 6), np.float32)).shape == (0, 4)
    assert small.decode(np.zeros((0, 4), np.uint8)).shape == (0, 4)


def test_a_saved_vocabulary_comes_back(small: Vocabulary, tmp_path: Path) -> None:
    small.save(tmp_path / "words.npz")
    found = load(tmp_path / "words.npz")
    for name in NAMES:
        np.testing.assert_array_equal(getattr(found, name), getattr(small, name))
    assert isinstance(found.reach, float)
    assert found.fingerprint == small.fingerprint


def test_the_fingerprint_hangs_on_every_array_and_on_nothing_else(small: Vocabulary) -> None:
    copy = replace(small, mean=small.mean.astype(np.float64), cells=np.asfortranarray(small.cells))
    assert copy.fingerprint == small.fingerprint
    found = {small.fingerprint}
    for name in NAMES:
        changed: Any = np.array(getattr(small, name))
        changed.flat[-1] += changed.dtype.type(1)
        found.add(replace(small, **{name: changed}).fingerprint)
    assert len(found) == 1 + len(NAMES)


def test_what_ships_is_what_it_says(shipped: Vocabulary) -> None:
    assert (shipped.mean.shape, shipped.projection.shape, shipped.vlad.shape) == ((128,), (128, 64), (128, 64))
    assert shipped.cells.shape == (len(shipped.idf), 64)
    assert shipped.cells.dtype == np.uint8
    np.testing.assert_allclose(shipped.projection.T @ shipped.projection, np.eye(64), atol=1e-5)
    assert (shipped.idf > 0).all()
    assert len(np.unique(shipped.cells, axis=0)) == len(shipped.cells)
    assert load().fingerprint == shipped.fingerprint


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    with pytest.raises(ModelError, match=r"words\.npz is not a vocabulary .*No such file"):
        load(path)
    for content in (b"", b"PK", b"hello, this is not an archive at all", b"\x93NUMPY\x01\x00garbage"):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="fit it again"):
            load(path)


def test_a_lone_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "words.npy", np.ones(3))
    with pytest.raises(ModelError, match="is not a vocabulary"):
        load(tmp_path / "words.npy")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_or_pickled_array_is_refused(name: str, small: Vocabulary, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {other: getattr(small, other) for other in NAMES if other != name}
    np.savez(tmp_path / "words.npz", **arrays)
    with pytest.raises(ModelError, match=name):
        load(tmp_path / "words.npz")
    np.savez(tmp_path / "words.npz", **{**arrays, name: np.array([{}, "run me"], object)})
    with pytest.raises(ModelError, match="allow_pickle"):
        load(tmp_path / "words.npz")


@pytest.mark.parametrize("name", NAMES)
def test_arrays_that_do_not_fit_each_other_are_refused(name: str, small: Vocabulary, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {other: np.array(getattr(small, other)) for other in NAMES}
    arrays[name] = np.ones((2, 5))
    np.savez(tmp_path / "words.npz", **arrays)
    with pytest.raises(ModelError, match="vocabulary"):
        load(tmp_path / "words.npz")


@pytest.mark.parametrize("reach", [0.0, -1.0, float("nan")])
def test_a_vocabulary_reaches_somewhere(reach: float, small: Vocabulary) -> None:
    with pytest.raises(ModelError, match=f"reach {reach}"):
        replace(small, reach=reach)


def test_a_damaged_file_is_refused_or_harmless(small: Vocabulary, tmp_path: Path, rng: np.random.Generator) -> None:
    """A changed or missing byte is noticed, unless it lies where the archive keeps dates and the like."""
    small.save(tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    refused = 0
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(8))
        for content in (bytes(flipped), whole[:place]):
            (tmp_path / "words.npz").write_bytes(content)
            try:
                assert load(tmp_path / "words.npz").fingerprint == small.fingerprint
            except ModelError:
                refused += 1
    assert refused > 0.6 * 2 * len(range(0, len(whole), 7))
