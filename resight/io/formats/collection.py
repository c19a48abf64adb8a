"""Photos that the lists of a data set name: those that are there become entries, those that are not are counted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.entries import Entry
from resight.io.datasets.folders import shown
from resight.io.datasets.survey import SHOWN, RefusedPlace, Survey, groups
from resight.names import canonical


@dataclass(slots=True)
class Collection:
    """A data set as its lists are read.

    Attributes
    ----------
    root : the folder that was named.
    entries : photos that are there.
    missing : names of those that are not, by the list that names them.
    noted : what a person should know, by what it is, and what it is of.
    """

    root: Path
    entries: list[Entry] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    noted: dict[str, list[str]] = field(default_factory=dict)

    def add(
        self,
        where: str,
        places: Sequence[PurePath],
        split: str,
        labels: Iterable[str] = (),
        *,
        ignore: Iterable[str] = (),
        box: tuple[float, float, float, float] | None = None,
        about: Mapping[str, str] | None = None,
    ) -> None:
        """Add the photo that ``where`` names and that lies at one of several ``places`` below the root.

        What has no ``labels`` and is asked is a distractor.
        """
        path = next((place for place in places if os.path.isfile(self.root / place)), None)
        if path is None:
            self.missing.setdefault(where, []).append(places[0].as_posix())
            return
        names = tuple(dict.fromkeys(filter(None, map(canonical, labels))))
        split = "distractor" if split == "query" and not names else split
        self.entries.append(
            Entry(self.name(path), self.root / path, names, split, tuple(ignore), box=box, about=about or {})
        )

    def name(self, path: PurePath) -> str:
        """The name of a photo at this place below the root."""
        return shown(self.root / path)

    def note(self, what: str, of: Iterable[str]) -> None:
        """Note what a person should know of some things."""
        self.noted.setdefault(what, []).extend(of)

    def dataset(self) -> Dataset:
        """The data set; raises DatasetError where none of its photos is there."""
        refused = tuple(
            RefusedPlace(where, f"names {len(names):,} photos that are not there, such as {', '.join(names[:SHOWN])}")
            for where, names in self.missing.items()
        )
        if not self.entries:
            told = "; ".join(f"{one.place} {one.reason}" for one in refused) or "its lists name none"
            raise DatasetError(f"{str(self.root)!r} has no photo: {told}; name the folder in which the photos lie")
        return Dataset(tuple(self.entries), Survey(refused=refused, noted=groups(self.noted)))
