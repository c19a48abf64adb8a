"""A teacher's targets for photos, computed once: its descriptor and its map, both whitened and in half precision.

Of a student's distorted view of a photo the teacher is not asked: the student is to say of every view what the teacher
said of the photo as it was, which teaches it what does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.features import whitening
from resight.features.aggregate import gem
from resight.features.normalisation import unit
from resight.io.files import whole, write_whole
from resight.nn.loop.state import require_same
from resight.types import Array, Whitening

from .teacher_cache import TeacherCache

DESCRIPTORS: Final = "teacher-descriptors.npy"
MAPS: Final = "teacher-maps.npy"
NOTE: Final = "teacher.json"
"""Note of what the targets are made of."""

FLOOR: Final = 0.01
"""Least variance of a whitened direction, as a share of the largest."""

_SAMPLE: Final = 512
"""Photos whose cells the whitening of maps is fitted on."""


@dataclass(frozen=True, slots=True, eq=False)
class TeacherTargets:
    """Targets of the student: what the teacher said of each photo.

    Attributes
    ----------
    descriptors : (n, d) float16 unit rows, GeM whitened on these photos.
    maps : (n, h', w', c) float16 unit cells, whitened on cells of these photos.
    """

    descriptors: Array
    maps: Array


def load_targets(folder: Path) -> TeacherTargets | None:
    """Load the targets of a folder, memory-mapped; None where they are not all there, TrainingError where damaged."""
    if not all((folder / name).exists() for name in (DESCRIPTORS, MAPS)):
        return None
    try:
        found = TeacherTargets(
            *(np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (DESCRIPTORS, MAPS))
        )
        shapes = (found.descriptors.ndim, found.maps.ndim, len(found.maps))
    except (OSError, ValueError, EOFError, TypeError) as error:
        raise _damaged(folder, error) from error
    if shapes != (2, 4, len(found.descriptors)):
        raise _damaged(folder, f"descriptors of shape {found.descriptors.shape} and maps of {found.maps.shape}")
    return found


def _damaged(folder: Path, reason: object) -> TrainingError:
    return TrainingError(
        f"the teacher's targets in {str(folder)!r} are damaged ({reason}): remove its files teacher* to ask anew"
    )


def settled(folder: Path, origin: Mapping[str, Any]) -> bool:
    """Tie the targets of a folder, or those that it is to have, to what they are made of.

    ``origin`` has "photos", their number, "dims" and "channels" as `teach` takes them, and whatever else decides. True
    where targets lay there without a note of it, as they once did, and fit by their shapes: they are noted as of this
    origin. Raises TrainingError where they are of another one.
    """
    file, kept = folder / NOTE, load_targets(folder)
    if file.exists():
        _require_same(_noted(file), origin, folder)
        return False
    if kept is not None:
        shapes = {"photos": len(kept.maps), "dims": kept.descriptors.shape[1], "channels": kept.maps.shape[-1]}
        _require_same({**origin, **shapes}, origin, folder)
    write_whole(file, lambda unfinished: unfinished.write_text(json.dumps(dict(origin)), encoding="utf-8"))
    return kept is not None


def _noted(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise _damaged(file.parent, error) from error


def _require_same(found: Mapping[str, Any], wanted: Mapping[str, Any], folder: Path) -> None:
    remedy = "name another work folder, or remove its files teacher* to ask anew"
    require_same(found, wanted, f"the teacher's targets in {str(folder)!r} were", remedy)


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
    """Ask the teacher about photos ``(n, h, w, 3)`` uint8 and keep its targets in ``folder``; tells how many are done.

    Where it ended before the last photo it goes on, if `settled` says that all is as it was. Raises DatasetError for a
    disk that is too full.
    ``teacher`` takes photos ``(b, h, w, 3)`` in [0, 255] to maps ``(b, c, h', w')``. ``device`` None is a GPU if there
    is one.
    """
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    teacher = teacher.to(place, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    cache = TeacherCache.opened(folder, len(photos))
    if cache is None:
        words, grid = _words(teacher, photos, channels, batch, place)
        cache = TeacherCache.begun(folder, words, len(photos), grid)
    while cache.done < len(photos):
        said = _maps(teacher, photos[cache.done : cache.done + batch], place)
        cells = unit(whitening.apply(said, cache.words)).half().cpu().numpy()
        cache.add(cells, unit(gem(said.flatten(1, 2))).cpu().numpy())
        yield cache.done
    rows = np.array(cache.pooled)
    described = unit(whitening.apply(rows, whitening.fit(rows, dims=dims, shrinkage=FLOOR)))
    _keep(described.astype(np.float16), folder / DESCRIPTORS)
    cache.finish(folder / MAPS)


def _words(
    teacher: nn.Module, photos: Array, channels: int, batch: int, device: torch.device
) -> tuple[Whitening, tuple[int, int]]:
    """The whitening of cells, at most ``channels`` directions, fitted on those of some photos; cells of a map."""
    sample = np.sort(np.random.default_rng(0).permutation(len(photos))[:_SAMPLE])
    parts = [_maps(teacher, photos[sample[start : start + batch]], device) for start in range(0, len(sample), batch)]
    cells = torch.cat(parts).flatten(0, 2).cpu().numpy()
    return whitening.fit(cells, dims=channels, shrinkage=FLOOR), (parts[0].shape[1], parts[0].shape[2])


def _keep(array: Array, file: Path) -> None:
    with whole(file) as unfinished, unfinished.open("wb") as writing:
        np.save(writing, array)


def _maps(teacher: nn.Module, photos: Array, device: torch.device) -> Tensor:
    """Cells ``(b, h', w', c)`` float32 of photos ``(b, h, w, 3)`` uint8."""
    images = torch.from_numpy(np.array(photos, np.float32)).to(device)
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
        return teacher(images).float().permute(0, 2, 3, 1)
