"""MNIST's files: read as they are handed around, refused where they are not MNIST's."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import DatasetError
from resight.recipes.digits import mnist

Pixels = npt.NDArray[np.uint8]


def idx(array: Pixels) -> bytes:
    """The format as its author describes it: magic number, sizes in big-endian order, bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def files(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Contents of four small files, which stand in for MNIST's by their own sums."""
    contents = {}
    for part, count in (("train", 5), ("t10k", 3)):
        contents[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        contents[f"{part}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, count, dtype=np.uint8))
    sums = {name: hashlib.md5(data).hexdigest() for name, data in contents.items()}
    monkeypatch.setattr(mnist, "FILES", sums)
    return contents


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("spelling", ["-idx", ".idx"])
def test_files_are_read_packed_or_not(files: dict[str, bytes], packed: bool, spelling: str, tmp_path: Path) -> None:
    for name, data in files.items():
        place = tmp_path / (name.replace("-idx", spelling) + (".gz" if packed else ""))
        place.write_bytes(gzip.compress(data) if packed else data)
    learned, tested = mnist.read(tmp_path)
    assert (len(learned), len(tested)) == (5, 3)
    assert learned.images.tobytes() == files["train-images-idx3-ubyte"][16:]
    assert tested.labels.tolist() == list(files["t10k-labels-idx1-ubyte"][8:])
    assert tested.labels.dtype == np.int64


def test_a_folder_without_the_files_says_which_four(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"has none of MNIST's files; wanted train-images-idx3-ubyte\.gz, .*t10k-lab"
    ):
        mnist.read(tmp_path)


def test_the_missing_file_is_named(files: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in list(files.items())[:3]:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DatasetError, match=r"lacks t10k-labels-idx1-ubyte; wanted .*: download the four and put them"):
        mnist.read(tmp_path)


def test_another_content_is_refused_by_its_sum(files: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
    other = idx(np.zeros((5, 28, 28), np.uint8))
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(other))
    found = hashlib.md5(other).hexdigest()
    with pytest.raises(DatasetError, match=f"has the MD5 {found}; wanted {mnist.FILES['train-images-idx3-ubyte']}"):
        mnist.read(tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-30], lambda data: b"no gzip", lambda data: data[:40] + data[50:]]
)
def test_a_damaged_file_is_refused(files: dict[str, bytes], damage: object, tmp_path: Path) -> None:
    for name, data in files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
    broken = tmp_path / "train-images-idx3-ubyte.gz"
    broken.write_bytes(damage(broken.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DatasetError, match=r"cannot be read whole .*: download it again"):
        mnist.read(tmp_path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "begins with nothing; wanted 000008"),
        (b"\x89PNG", "begins with 89504e47"),
        (b"\0\0\x0d\x01" + struct.pack(">I", 1) + b"\0\0\0\0", "begins with 00000d01"),  # floats
        (b"\0\0\x08\x03" + struct.pack(">I", 1), "has 8 bytes for sizes"),
        (idx(np.zeros((2, 3), np.uint8))[:-1], r"has 17 bytes for sizes \(2, 3\)"),
        (idx(np.zeros((2, 3), np.uint8)) + b"\0", "has 19 bytes"),
    ],
)
def test_what_is_no_idx_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        mnist.parse(data, "file")


def test_the_shared_files_are_mnist(shared: Path) -> None:
    learned, tested = mnist.read(shared / "data" / "mnist")
    assert (learned.images.shape, tested.images.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert np.bincount(tested.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
