"""The shared packs of photos: where they are, what is to be known of them, and what is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from resight.errors import DatasetError
from resight.io.datasets.dataset import Entry, discover
from resight.io.images import Photo

REPOSITORY: Final = Path(__file__).resolve().parents[2]
FILE: Final = "images.parquet"
"""The one file in a pack's folder."""

ASKED: Final = ("query", "distractor")
"""Splits that are asked about; of a distractor the right answer is "none"."""


def shared() -> Path:
    """The folder of packs and weights: RESIGHT_SHARED, by default ``../shared`` beside the repository.

    Raises DatasetError where it is not there.
    """
    folder = Path(os.environ.get("RESIGHT_SHARED") or REPOSITORY.parent / "shared").resolve()
    if not (folder / "data").is_dir():
        raise DatasetError(
            f"the shared photo packs are missing: {str(folder)!r} has no folder data; wanted the folder that holds "
            "data/PACK/images.parquet: set RESIGHT_SHARED to it"
        )
    return folder


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack: the photos that are to be known, and those that are asked about.

    Attributes
    ----------
    name : of its folder.
    file : with all of its photos.
    references, queries : in the order of the pack; the queries include those that no reference answers.
    """

    name: str
    file: Path
    references: tuple[Entry, ...]
    queries: tuple[Entry, ...]

    @property
    def instances(self) -> dict[str, str]:
        """What each reference shows, by its name."""
        return {entry.name: entry.label or "" for entry in self.references}

    def answers(self, query: Entry) -> bool:
        """Whether a reference that counts for this query shows what it shows."""
        return any(entry.label in query.labels for entry in self.references if entry.name not in query.ignore)

    def thinned(self, step: int) -> Self:
        """The same with every ``step``-th query of those with a label, and of those without."""
        kinds = [[entry for entry in self.queries if bool(entry.labels) is known] for known in (True, False)]
        return replace(self, queries=tuple(entry for kind in kinds for entry in kind[::step]))

    def all_against_all(self) -> Self:
        """The same with every photo that has a label both known and asked about."""
        everything = tuple(entry for entry in self.references + self.queries if entry.labels)
        return replace(self, name=f"{self.name}-all", references=everything, queries=everything)


def pack(name: str) -> Pack:
    """The pack of that name; raises DatasetError where it is missing."""
    root = shared() / "data" / name
    entries = [
        replace(entry, name=short(entry.name), ignore=tuple(map(short, entry.ignore)))
        for entry in discover(root / FILE).entries
    ]
    references = tuple(entry for entry in entries if entry.split == "reference")
    return Pack(name, root / FILE, references, tuple(entry for entry in entries if entry.split in ASKED))


def written(asked: Pack, file: Path) -> Pack:
    """The same in a ``file`` of its own, which holds its references and queries and nothing else."""
    from pyarrow import parquet

    whole = parquet.read_table(asked.file)
    kept = {entry.name for entry in asked.references + asked.queries}
    file.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(whole.filter([short(name) in kept for name in whole["file_name"].to_pylist()]), file)
    return replace(asked, file=file)


def short(name: str) -> str:
    """A photo's name within its pack, the same wherever the packs lie."""
    return name.rpartition(f"{FILE}/")[2]


def photo_of(entry: Entry) -> Photo:
    """A photo of a pack, decoded whole, so that every system prepares it from the same pixels."""
    return entry.photo()
