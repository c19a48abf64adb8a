"""What a teacher says of photos, computed once: its descriptor and its map, both whitened and in half precision.

Of a student's distorted view of a photo the teacher is not asked: the student is to say of every view what the teacher
said of the photo as it was, which teaches it what does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.core import whitening
from resight.core.aggregate import gem
from resight.core.normalisation import unit
from resight.types import Array, Whitening

DESCRIPTORS: Final = "teacher-descriptors.npy"
MAPS: Final = "teacher-maps.npy"

FLOOR: Final = 0.01
"""Least variance of a whitened direction, as a share of the largest."""

_SAMPLE: Final = 512
"""Photos whose cells the whitening of maps is fitted on."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What the teacher said.

    Attributes
    ----------
    descriptors : (n, d) float16 unit rows, GeM whitened on these photos.
    maps : (n, h', w', c) float16 unit cells, whitened on cells of these photos.
    """

    descriptors: Array
    maps: Array


def lessons(folder: Path) -> Lessons | None:
    """The lessons kept in a folder, memory-mapped; None where they are not all there."""
    if not all((folder / name).exists() for name in (DESCRIPTORS, MAPS)):
        return None
    return Lessons(*(np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (DESCRIPTORS, MAPS)))


def teach(
    teacher: nn.Module,
    photos: Array,
    folder: Path,
    *,
    dims: int = 512,
    channels: int = 256,
    batch: int = 32,
    device: str | None = None,
) -> Iterator[int]:
    """Ask the teacher about photos ``(n, h, w, 3)`` uint8 and keep its lessons in ``folder``; tells how many are done.

    ``teacher`` takes photos ``(b, h, w, 3)`` in [0, 255] to maps ``(b, c, h', w')``. ``device`` None is a GPU if there
    is one.
    """
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    teacher = teacher.to(place, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    words = _words(teacher, photos, channels, batch, place)
    partial, pooled = folder / f"{MAPS}.partial", []
    maps: Array | None = None
    for start in range(0, len(photos), batch):
        said = _maps(teacher, photos[start : start + batch], place)
        pooled.append(unit(gem(said.flatten(1, 2))).cpu().numpy())
        cells = unit(whitening.apply(said, words)).half().cpu().numpy()
        if maps is None:
            shape = (len(photos), *cells.shape[1:])
            maps = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float16, shape=shape)
        maps[start : start + len(cells)] = cells
        yield start + len(cells)
    rows = np.concatenate(pooled)
    described = unit(whitening.apply(rows, whitening.fit(rows, dims=dims, shrinkage=FLOOR)))
    _keep(described.astype(np.float16), folder / DESCRIPTORS)
    partial.replace(folder / MAPS)


def _words(teacher: nn.Module, photos: Array, channels: int, batch: int, device: torch.device) -> Whitening:
    """The whitening of cells, at most ``channels`` directions, fitted on those of some photos."""
    sample = np.sort(np.random.default_rng(0).permutation(len(photos))[:_SAMPLE])
    parts = [_maps(teacher, photos[sample[start : start + batch]], device) for start in range(0, len(sample), batch)]
    cells = torch.cat(parts).flatten(0, 2).cpu().numpy()
    return whitening.fit(cells, dims=channels, shrinkage=FLOOR)


def _keep(array: Array, file: Path) -> None:
    partial = file.with_name(f"{file.name}.partial")
    with partial.open("wb") as writing:
        np.save(writing, array)
    partial.replace(file)


def _maps(teacher: nn.Module, photos: Array, device: torch.device) -> Tensor:
    """Cells ``(b, h', w', c)`` float32 of photos ``(b, h, w, 3)`` uint8."""
    images = torch.from_numpy(np.array(photos, np.float32)).to(device)
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
        return teacher(images).float().permute(0, 2, 3, 1)
