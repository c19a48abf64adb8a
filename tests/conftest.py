"""What every test stands on: shared photos where they exist, a seeded generator, no network, no HOME of a person."""

from __future__ import annotations

import csv
import gc
import ipaddress
import itertools
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.parity import assert_gradient as assert_gradient
from tests.parity import assert_parity as assert_parity
from tests.parity import gradient as gradient
from tests.parity import tolerances as tolerances
from tests.parity import torch as torch

REPOSITORY = Path(__file__).resolve().parent.parent
PHOTOS = {
    "astronaut": "png",
    "brick": "png",
    "camera": "png",
    "chelsea": "png",
    "clock_motion": "png",
    "coffee": "png",
    "coins": "png",
    "grass": "png",
    "gravel": "png",
    "hubble_deep_field": "jpg",
    "ihc": "png",
    "moon": "png",
    "page": "png",
    "retina": "jpg",
    "rocket": "jpg",
    "text": "png",
}
"""Photographs that lie inside scikit-image's wheel, with the suffix of their files."""

Pack = Callable[..., Path]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Looks for no garbage meanwhile: nearly all that is made lasts, and to look again and again takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with the same seed in every test."""
    return np.random.default_rng(0)


@pytest.fixture
def two_workers() -> list[dict[str, str]]:
    """The environments of two processes that train together, as torchrun gives them, on a port that is free."""
    port = next(filter(_is_free, iter(lambda: secrets.randbelow(10_000) + 20_000, None)))
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    return [os.environ | shared | {"PYTHONPATH": str(REPOSITORY), "RANK": str(rank)} for rank in range(2)]


def _is_free(port: int) -> bool:
    """Of ports below those that the system gives to whoever asks for any, so that nobody gets it meanwhile."""
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def known_photos() -> dict[str, npt.NDArray[np.uint8]]:
    """Sixteen photographs by name, each ``(h, w, 3) uint8`` RGB and read-only: a test that changes one copies it."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        pytest.skip('needs the photographs inside scikit-image: pip install "resight[demo]"')
    folder = Path(spec.origin).parent / "data"
    return {name: _read_photo(folder / f"{name}.{suffix}") for name, suffix in PHOTOS.items()}


def _read_photo(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as picture:
        photo = np.array(picture.convert("RGB"))
    photo.setflags(write=False)
    return photo


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared photo packs, or a skip that says what is missing."""
    folder = Path(os.environ.get("RESIGHT_SHARED") or REPOSITORY.parent / "shared").resolve()
    if not (folder / "data" / "unpack").is_file():
        pytest.skip("needs the shared photo packs: set RESIGHT_SHARED")
    return folder


@pytest.fixture(scope="session")
def pack(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """``pack(name, split=None, limit=None)``: a pack's plain files, FOLDER/SPLIT/LABEL/FILE, only to be read.

    ``split`` is one name or a tuple of names. ``limit`` keeps that many photos of *each label* of each split, the first
    by file name, and their rows of metadata.csv.
    """
    unpacked: dict[tuple[Any, ...], Path] = {}

    def unpack(name: str, split: str | tuple[str, ...] | None = None, limit: int | None = None) -> Path:
        splits = (split,) if isinstance(split, str) else tuple(split or ())
        if (name, splits, limit) not in unpacked:
            folder = tmp_path_factory.mktemp(name)
            _unpack(shared, name, folder, splits)
            if limit is not None:
                _thin(folder, limit)
            unpacked[name, splits, limit] = folder
        return unpacked[name, splits, limit]

    return unpack


def _unpack(shared: Path, name: str, folder: Path, splits: tuple[str, ...]) -> None:
    if find_spec("pyarrow") is None:
        pytest.skip('needs pyarrow to unpack the shared photos: pip install "resight[data]"')
    command = [sys.executable, str(shared / "data" / "unpack"), name, str(folder), *splits]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _thin(folder: Path, limit: int) -> None:
    """Keep ``limit`` photos of each FOLDER/SPLIT/LABEL and their rows of metadata.csv."""
    for label in folder.glob("*/*"):
        for photo in sorted(label.iterdir())[limit:]:
            photo.unlink()
    table = folder / "metadata.csv"
    with table.open(newline="", encoding="utf-8") as sheet:
        rows = csv.reader(sheet)
        kept = [next(rows), *(row for row in rows if (folder / row[0]).exists())]
    with table.open("w", newline="", encoding="utf-8") as sheet:
        csv.writer(sheet).writerows(kept)


@pytest.fixture(scope="session", autouse=True)
def remembering() -> Iterator[None]:
    """No photo is looked at twice."""
    from tests.remembering import remembered

    with remembered():
        yield


@pytest.fixture(scope="session", autouse=True)
def synced() -> Iterator[tuple[str, ...]]:
    """No test waits until the disk has what it writes, which a power cut alone would show: a third of the time of those
    that write galleries. What a writer asks of SQLite, for the test that it does.
    """
    from resight.gallery.sqlite import connection

    wanted = connection.WRITING
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "WRITING", (*wanted, "synchronous = OFF"))
        patch.setattr(os, "fsync", lambda handle: None)
        yield wanted


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that nobody has used."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> Path:
    """An empty HOME, so that no test reads or writes a person's settings and caches."""
    folder = next(homes)
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets beyond loopback are an error: what is tested must work on a machine without a network."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_beyond_loopback(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_beyond_loopback(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        _refuse_beyond_loopback(socket.AF_INET, (host,))
        return getaddrinfo(host, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def _refuse_beyond_loopback(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise OfflineError(f"a test reached for {address[0]!r}; tests may only use loopback: use a local stand-in")


def _is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


class OfflineError(AssertionError):
    """A test that reached for the network; not an OSError, so that no code under test can swallow it as a lost line."""


@pytest.fixture(scope="module")
def few_rounds() -> Iterator[None]:
    """Intervals of a twentieth of the resamples, for a module whose tests do not look at them."""
    from resight.metrics import interval

    with pytest.MonkeyPatch.context() as patch:
        for function in (interval.bootstrap, interval.bootstrap_difference):
            patch.setitem(function.__kwdefaults__, "rounds", 100)
        yield


@pytest.fixture(scope="session")
def shelf(known_photos: Any) -> Any:
    """A photo in which several known things stand, and their outlines."""
    from tests.galleries import shelf_of

    return shelf_of(known_photos)


@pytest.fixture(scope="session")
def shelved(known_photos: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of what may stand on the shelf."""
    from tests.galleries import ON_SHELF, some, write

    return write(tmp_path_factory.mktemp("shelved") / "photos", some(known_photos, *ON_SHELF))


@pytest.fixture(scope="session")
def classical(shelved: Path) -> Iterator[Any]:
    """That knows them by points alone."""
    from tests.galleries import opened

    yield from opened(shelved, "classical")


@pytest.fixture(scope="session")
def mixed(shelved: Path) -> Iterator[Any]:
    """That knows them by points and by the network."""
    from tests.galleries import opened

    yield from opened(shelved, "classical", "house")
