"""What the tests of the benchmarks share: their modules, a pack of small photos, and a system that is quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

# The benchmarks are scripts: what stands beside a script is imported by its bare name.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from data.packs import Pack
from house_encoder import NAMED, VIEWS
from systems.contestants import Contestant
from systems.ranking import Ranking, names_of, ranked
from systems.resight_default import Recognising, default

from resight.io import images
from resight.io.datasets.dataset import discover
from resight.io.images import Photo
from resight.types import Array
from tests.galleries import Photos, quick, seen_again, some, write

Row = tuple[str, npt.NDArray[np.uint8], str, str, str]
"""A photo of a pack: its name, its pixels, its labels, its split, and names of photos to ignore."""

KNOWN: Final = ("astronaut", "chelsea", "coffee", "page", "retina", "text")
STRANGERS: Final = ("moon", "rocket")

Lay = Callable[[str, Sequence[Row]], None]


@pytest.fixture
def lay(tmp_path: Path) -> Iterator[Lay]:
    """``lay(pack, rows)`` makes a shared folder with a pack of these photos."""
    with laying(tmp_path) as write_pack:
        yield write_pack


@pytest.fixture(scope="module")
def lay_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lay]:
    """The same for all tests of a module."""
    with laying(tmp_path_factory.mktemp("laid")) as write_pack:
        yield write_pack


@contextmanager
def laying(place: Path) -> Iterator[Lay]:
    """What makes packs below a place, which is where packs are looked for meanwhile."""
    parquet = pytest.importorskip("pyarrow.parquet", reason='needs pyarrow: pip install "resight[data]"')
    pyarrow = pytest.importorskip("pyarrow")

    def write_pack(pack: str, rows: Sequence[Row]) -> None:
        names, photos, labels, splits, ignored = zip(*rows, strict=True)
        encoded = [images.encode(photo, ".png") for photo in photos]
        columns = {"image": encoded, "file_name": names, "labels": labels, "split": splits, "ambiguous_with": ignored}
        folder = place / "shared" / "data" / pack
        folder.mkdir(parents=True)
        parquet.write_table(pyarrow.table(columns), folder / "images.parquet")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESIGHT_SHARED", str(place / "shared"))
        yield write_pack


class MeanColour:
    """Knows a photo by its mean colour."""

    def __init__(self, pack: Pack, folder: Path) -> None:
        self.names = names_of(pack)
        self.colours = np.array([_mean(images.read(entry.read())) for entry in pack.references])

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        return ranked(self.names, -np.abs(self.colours - _mean(photo)).sum(axis=1), exclude=exclude)


def _mean(photo: Photo) -> Array:
    mean: Any = photo.image.mean(axis=(0, 1))
    return mean


@pytest.fixture(scope="session")
def mean_colour() -> Contestant:
    """A system that knows a photo by its mean colour."""
    return Contestant(MeanColour)


@pytest.fixture(scope="session")
def museum(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Six things as folders of photos, a view of each but the first, and two strangers; only to be read."""
    folder = tmp_path_factory.mktemp("museum")
    write(folder / "reference", some(known_photos, *KNOWN))
    write(folder / "query", {name: seen_again(known_photos[name], 2) for name in KNOWN[1:]})
    write(folder / "distractor", some(known_photos, *STRANGERS))
    entries = discover(folder).entries
    asked = tuple(entry for entry in entries if entry.split != "reference")
    return Pack("museum", folder, tuple(entry for entry in entries if entry.split == "reference"), asked)


@pytest.fixture(scope="session")
def recognising(museum: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recognising]:
    """The museum indexed, with few features and at half the size; only to be read."""
    with quick():  # and no longer: other tests of this session want the full recogniser
        recognising = default(museum, tmp_path_factory.mktemp("gallery"))
    with recognising.recogniser:
        yield recognising


@pytest.fixture(scope="session")
def plain() -> Callable[[int, int, int], npt.NDArray[np.uint8]]:
    """``plain(r, g, b)``: a small photo of one colour."""

    def photo(red: int, green: int, blue: int) -> npt.NDArray[np.uint8]:
        return np.full((24, 32, 3), (red, green, blue), np.uint8)

    return photo


@pytest.fixture
def packs(lay: Lay) -> None:
    """Eight photos of noise; each query is its reference again, a little darker, and one distractor is another."""
    rng = np.random.default_rng(0)
    photos = {
        f"thing{n}": np.kron(rng.integers(20, 250, (6, 8, 1)), np.ones((8, 8, 3))).astype(np.uint8) for n in range(8)
    }
    for name in NAMED:
        rows = [(f"{thing}-r", photo, thing, "reference", "") for thing, photo in list(photos.items())[:7]]
        rows += [(f"{thing}-q", photo - 5, thing, "query", "") for thing, photo in list(photos.items())[:7]]
        lay(name, [*rows, ("other", photos["thing7"], "", "distractor", "")])
    views = [
        (f"{thing}{v}", np.maximum(photo, 20) - v, thing, "query" if v == 3 else "reference", "")
        for v in range(4)
        for thing, photo in photos.items()
    ]
    lay(VIEWS, views)
