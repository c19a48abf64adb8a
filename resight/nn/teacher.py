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
from resight.progress import Progress
from resight.types import Array

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


def teach(
    teacher: nn.Module, photos: Array, folder: Path, *, dims: int = 512, channels: int = 256, device: str = "cpu"
) -> Iterator[Progress]:
    """The teacher's lessons on photos ``(n, h, w, 3)`` uint8, kept in ``folder``; the last step reports them.

    ``teacher`` takes photos ``(b, h, w, 3)`` in [0, 255] to maps ``(b, c, h', w')``. What is in the folder is kept.
    """
    if not ((folder / DESCRIPTORS).exists() and (folder / MAPS).exists()):
        yield from _ask(teacher.to(device).eval(), photos, folder, dims=dims, channels=channels, device=device)
    read = [np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (DESCRIPTORS, MAPS)]
    yield Progress("teacher", len(photos), len(photos), Lessons(*read))


def _ask(
    teacher: nn.Module, photos: Array, folder: Path, *, dims: int, channels: int, device: str, batch: int = 32
) -> Iterator[Progress]:
    sample = np.random.default_rng(0).permutation(len(photos))[:_SAMPLE]
    cells = np.concatenate([_maps(teacher, photos[np.sort(sample)[i : i + batch]], device).cpu().numpy()
                            for i in range(0, len(sample), batch)])  # fmt: skip
    words = whitening.fit(cells.reshape(-1, cells.shape[-1]), dims=channels, shrinkage=FLOOR)
    shape = (len(photos), *cells.shape[1:3], words.projection.shape[1])
    partial = folder / f"{MAPS}.partial"
    maps = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float16, shape=shape)
    pooled = []
    for start in range(0, len(photos), batch):
        said = _maps(teacher, photos[start : start + batch], device)
        pooled.append(unit(gem(said.flatten(1, 2))).cpu().numpy())
        maps[start : start + batch] = unit(whitening.apply(said, words)).half().cpu().numpy()
        yield Progress("teacher", min(start + batch, len(photos)), len(photos))
    maps.flush()
    partial.replace(folder / MAPS)
    rows = np.concatenate(pooled)
    described = unit(whitening.apply(rows, whitening.fit(rows, dims=dims, shrinkage=FLOOR)))
    with (folder / f"{DESCRIPTORS}.partial").open("wb") as file:
        np.save(file, described.astype(np.float16))
    (folder / f"{DESCRIPTORS}.partial").replace(folder / DESCRIPTORS)


def _maps(teacher: nn.Module, photos: Array, device: str) -> Tensor:
    """Cells ``(b, h', w', c)`` float32 of photos ``(b, h, w, 3)`` uint8."""
    images = torch.from_numpy(np.array(photos, np.float32)).to(device)
    with torch.inference_mode(), torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
        return teacher(images).float().permute(0, 2, 3, 1)
