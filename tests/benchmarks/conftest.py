"""What the tests of the benchmarks share: their modules, a pack of small photos, and a system that is quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

# The benchmarks are scripts: what stands beside a script is imported by its bare name.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from packs import Pack
from ranking import Ranking, names_of, ranked
from systems import Contestant

from resight.io import images
from resight.io.images import Photo
from resight.types import Array

Row = tuple[str, npt.NDArray[np.uint8], str, str, str]
"""A photo of a pack: its name, its pixels, its labels, its split, and names of photos to ignore."""

Lay = Callable[[str, Sequence[Row]], None]


@pytest.fixture
def lay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lay:
    """``lay(pack, rows)`` makes a shared folder with a pack of these photos."""
    parquet = pytest.importorskip("pyarrow.parquet", reason='needs pyarrow: pip install "resight[data]"')
    pyarrow = pytest.importorskip("pyarrow")

    def write(pack: str, rows: Sequence[Row]) -> None:
        names, photos, labels, splits, ignored = zip(*rows, strict=True)
        encoded = [images.encode(photo, ".png") for photo in photos]
        columns = {"image": encoded, "file_name": names, "label": labels, "split": splits, "ambiguous_with": ignored}
        folder = tmp_path / "shared" / "data" / pack
        folder.mkdir(parents=True)
        parquet.write_table(pyarrow.table(columns), folder / "images.parquet")

    monkeypatch.setenv("RESIGHT_SHARED", str(tmp_path / "shared"))
    return write


class MeanColour:
    """Knows a photo by its mean colour."""

    def __init__(self, pack: Pack, folder: Path) -> None:
        self.names = names_of(pack)
        self.colours = np.array([_mean(images.read(entry.read())) for entry in pack.references])

    def rank(self, photo: Photo, *, without: Collection[str] = ()) -> Ranking:
        return ranked(self.names, -np.abs(self.colours - _mean(photo)).sum(axis=1), without=without)


def _mean(photo: Photo) -> Array:
    mean: Any = photo.image.mean(axis=(0, 1))
    return mean


@pytest.fixture
def mean_colour() -> Contestant:
    """A system that knows a photo by its mean colour."""
    return Contestant(MeanColour)


@pytest.fixture
def plain() -> Callable[[int, int, int], npt.NDArray[np.uint8]]:
    """``plain(r, g, b)``: a small photo of one colour."""

    def photo(red: int, green: int, blue: int) -> npt.NDArray[np.uint8]:
        return np.full((24, 32, 3), (red, green, blue), np.uint8)

    return photo
