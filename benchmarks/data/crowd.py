"""Photos in numbers: thousands of views for a large gallery, and photos of 12 megapixels."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from data.packs import photo_of
from running.progress import meter

from resight.calibration.simulated_views import view
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.types import Image

BACKDROPS: Final = 40
"""Photos before one that may be seen around it and in front of it."""

MEGAPIXELS: Final = 12


def write_views(entries: Sequence[Entry], folder: Path, numbers: range) -> None:
    """Simulated views of real photos as FOLDER/PHOTO/NUMBER.jpg, where not there yet; view i shows entry i mod n.

    What a view looks like depends on its number and the entries alone, so that a run that was cut off goes on.
    """
    tell = meter(f"views in {folder.name}")
    for done, (path, image, backdrops, seed) in enumerate(_planned(entries, folder, numbers), 1):
        if not path.exists():
            write(path, images.encode(view(image, backdrops, np.random.default_rng(seed)), ".jpg"))
        tell(done, len(numbers))


def _planned(entries: Sequence[Entry], folder: Path, numbers: range) -> Iterator[tuple[Path, Image, list[Image], int]]:
    """Path, photo, backdrops and seed of every view; all views of a photo one after the other, so it is read once."""
    seen: deque[Image] = deque(maxlen=BACKDROPS)
    for place, entry in enumerate(entries):
        image = photo_of(entry).image
        for number in numbers:
            if number % len(entries) == place:
                yield folder / f"{place:05d}" / f"{number:06d}.jpg", image, list(seen), number
        seen.append(image)


def write_photos(entries: Iterable[Entry], folder: Path, *, large: bool = False) -> list[Path]:
    """Photos as files FOLDER/LABEL/NUMBER.jpg: the bytes of the pack, or enlarged to 12 megapixels."""
    paths = []
    for number, entry in enumerate(entries):
        paths.append(folder / (entry.label or "none") / f"{number:06d}.jpg")
        if not paths[-1].exists():
            write(paths[-1], _large(entry, np.random.default_rng(number)) if large else entry.read())
    return paths


def _large(entry: Entry, rng: np.random.Generator) -> bytes:
    return images.encode(enlarged(photo_of(entry).image, rng), ".jpg")


def enlarged(image: Image, rng: np.random.Generator) -> Image:
    """A photo at 12 megapixels with a sensor's grain, without which its JPEG would be unusually small."""
    height, width = image.shape[:2]
    zoom = np.sqrt(MEGAPIXELS * 1e6 / (width * height))
    smooth = images.resize(image, (round(width * zoom), round(height * zoom)))
    grain = rng.standard_normal(smooth.shape[:2], np.float32)[..., None] * 4
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def write(path: Path, data: bytes) -> None:
    """Whole or not at all: an interrupted run leaves no half photo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)


def suffix(data: bytes) -> str:
    """The end of a file's name by its bytes: those of a JPEG, or of a PNG."""
    return ".jpg" if data.startswith(b"\xff\xd8") else ".png"
