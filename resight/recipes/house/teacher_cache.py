"""The cache of a teacher's targets: all that is done of them, on disk, so that a run that was stopped goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from resight.io import files
from resight.types import Array, Whitening

MAPS: Final = "teacher-maps.npy.partial"
POOLED: Final = "teacher-pooled.npy.partial"
WORDS: Final = "teacher-words.npz.partial"
DONE: Final = "teacher-done.partial"
"""Number of photos that are done; written last, so that a cache without it is none."""

Rows = np.memmap[Any, np.dtype[Any]]


@dataclass(eq=False)
class TeacherCache:
    """Targets on their way.

    Attributes
    ----------
    folder : where they lie.
    words : the whitening of cells.
    maps : (n, h', w', c) float16, in a file; ``pooled (n, d)`` float32, GeM before it is whitened, in another.
    done : photos whose rows are there.
    """

    folder: Path
    words: Whitening
    maps: Rows
    pooled: Rows
    done: int = 0

    @classmethod
    def opened(cls, folder: Path, count: int) -> Self | None:
        """The cache of ``count`` photos in a folder; None where there is none, or not all of it."""
        try:
            done = int((folder / DONE).read_text(encoding="ascii"))
            with np.load(folder / WORDS, allow_pickle=False) as found:
                words = Whitening(found["mean"], found["projection"], found["variances"])
            maps, pooled = (np.load(folder / name, mmap_mode="r+", allow_pickle=False) for name in (MAPS, POOLED))
        except (OSError, ValueError, KeyError, EOFError):
            return None
        whole = len(maps) == len(pooled) == count and done <= count
        return cls(folder, words, maps, pooled, done) if whole else None

    @classmethod
    def begun(cls, folder: Path, words: Whitening, count: int, grid: tuple[int, int]) -> Self:
        """A cache of ``count`` photos whose maps have ``grid`` cells; raises DatasetError for a disk that is too full.

        Twice the pooled rows are wanted: in the end they lie there whitened, too.
        """
        (folder / DONE).unlink(missing_ok=True)
        channels, cells = words.projection.shape
        shape = (count, *grid, cells)
        wanted = 2 * int(np.prod(shape)) + 2 * 4 * count * channels
        files.require(folder, wanted, "the teacher's targets", "take fewer dimensions (taught, taught_map)")
        with (folder / WORDS).open("wb") as writing:
            np.savez(writing, mean=words.mean, projection=words.projection, variances=words.variances)
        maps = np.lib.format.open_memmap(folder / MAPS, mode="w+", dtype=np.float16, shape=shape)
        pooled = np.lib.format.open_memmap(folder / POOLED, mode="w+", dtype=np.float32, shape=(count, channels))
        return cls(folder, words, maps, pooled)

    def add(self, maps: Array, pooled: Array) -> None:
        """The next photos' rows; they are on the disk before they count as done."""
        rows = slice(self.done, self.done + len(maps))
        self.maps[rows], self.pooled[rows] = maps, pooled
        for array in (self.maps, self.pooled):
            array.flush()
        files.write_whole(self.folder / DONE, lambda unfinished: unfinished.write_text(str(rows.stop), "ascii"))
        self.done = rows.stop

    def finish(self, maps: Path) -> None:
        """Make the maps a file of that name, and remove the rest."""
        (self.folder / MAPS).replace(maps)
        for name in (DONE, POOLED, WORDS):
            (self.folder / name).unlink()
