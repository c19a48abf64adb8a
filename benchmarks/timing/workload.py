"""What the speed benchmark does: galleries of three kinds are indexed and asked, each in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from data.crowd import write_photos, write_views
from data.packs import Pack, shared
from running.child import alone
from timing.jobs import answered, indexed

from resight.io.datasets.dataset import Entry, discover

OTHERS: Final = ("museum", "groceries", "ukbench-250", "photos")
"""Packs whose photos are seen in the views of a large gallery."""

WARM: Final = 10
"""Photos that are asked before the clock counts."""

LARGE_ASKED: Final = 30
LARGE_INDEXED: Final = 60
"""Photos of 12 megapixels, of which each takes a second to make and 5 MB to keep."""

ADDED: Final = 10
"""Photos that are added to the large gallery."""

Part = Callable[[], dict[str, Any]]
"""One measurement: raw times and sizes as JSON."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is timed, and on how much.

    Attributes
    ----------
    pack : that is indexed and asked.
    folder : for files and galleries.
    views : for the photos of the large gallery, which outlive a change of the code that is timed.
    photos : in the large gallery; 0 for none.
    step : every ``step``-th photo is used.
    """

    pack: Pack
    folder: Path
    views: Path
    photos: int
    step: int

    def parts(self) -> dict[str, Part]:
        """The measurements by name, in the order in which each finds what it needs."""
        parts: dict[str, Part] = {
            "index": self._index_pack,
            "index 12 MP": self._index_large_photos,
            "ask": partial(self._ask, self.pack.name),
            "ask 12 MP": partial(self._ask, self.pack.name, large=True),
        }
        if self.photos:
            parts["index many"] = self._index_many
            parts["ask many"] = partial(self._ask, f"{self.photos}")
            parts["ask many 12 MP"] = partial(self._ask, f"{self.photos}", large=True)
            parts["add to many"] = self._add_to_many
        return parts

    def _index_pack(self) -> dict[str, Any]:
        return self._indexed_anew(self.pack.name, [self.pack.file])

    def _index_large_photos(self) -> dict[str, Any]:
        photos = self.folder / "references-12-mp"
        write_photos(self.pack.references[: LARGE_INDEXED // self.step], photos, large=True)
        return self._indexed_anew("12-mp", [photos])

    def _indexed_anew(self, name: str, roots: Sequence[Path]) -> dict[str, Any]:
        shutil.rmtree(self._gallery(name).parent)  # photos of a run that was cut off would be skipped, not timed
        return alone(indexed, roots, self._gallery(name))

    def _index_many(self) -> dict[str, Any]:
        """The one part that goes on where it was cut off: its rate is that of the photos that were still missing."""
        missing = max(self.photos - len(self.pack.references), 0)
        views = self.views / f"{missing}"
        write_views(_others(), views, range(missing))
        return alone(indexed, [self.pack.file, views], self._gallery(f"{self.photos}"))

    def _add_to_many(self) -> dict[str, Any]:
        new, grown = self.views / "added", self._gallery("grown")
        write_views(_others(), new, range(self.photos, self.photos + ADDED))
        shutil.copytree(self._gallery(f"{self.photos}").parent, grown.parent, dirs_exist_ok=True)
        try:
            return alone(indexed, [new], grown)
        finally:
            shutil.rmtree(grown.parent)

    def _ask(self, name: str, *, large: bool = False) -> dict[str, Any]:
        queries = self.pack.queries[:: self.step]
        if large:
            photos = write_photos(queries[: WARM + LARGE_ASKED // self.step], self.folder / "queries-12-mp", large=True)
        else:
            photos = write_photos(queries, self.folder / "queries")
        return alone(answered, self._gallery(name), photos, WARM)

    def _gallery(self, name: str) -> Path:
        """Where a gallery lies, alone in its folder."""
        path = self.folder / name / "known.gallery"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _others() -> list[Entry]:
    return [entry for name in OTHERS for entry in discover(shared() / "data" / name).entries]
