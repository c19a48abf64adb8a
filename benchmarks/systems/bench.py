"""One system before one pack, and what it answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, final

from data.packs import Pack, photo_of
from running.journal import resumed
from running.progress import note
from running.provenance import digest
from systems.contestants import Contestant
from systems.ranking import Ranking, System

from resight.features.encoder import HOUSE
from resight.io.datasets.dataset import Entry
from resight.io.images import Photo
from resight.io.model_folder import CARD

Disturb = Callable[[Entry, Photo], Photo]
"""A query and its photo to the photo that is asked about in its place."""


@final
class Bench:
    """A system that is shown the references when it is first asked something that its journal does not know.

    Attributes
    ----------
    pack, contestant : what is asked whom.
    folder : of this system with this code and these photos; another one where either changes.
    """

    def __init__(self, name: str, contestant: Contestant, pack: Pack, cache: Path) -> None:
        self.pack = pack
        self.contestant = contestant
        code = digest([contestant.source], data=[pack.file, HOUSE / CARD])
        self.folder = cache / f"{pack.name}-{slug(name)}-{code}"
        self._name = name
        self._lock = Lock()
        self._system: System | None = None
        self._queries = {entry.name: entry for entry in pack.queries}

    @property
    def system(self) -> System:
        """The system with the references shown; threads that ask for it at once wait for the same one."""
        with self._lock:
            if self._system is None:
                note(f"{self._name} is shown the {len(self.pack.references)} references of {self.pack.name}")
                self.folder.mkdir(parents=True, exist_ok=True)
                self._system = self.contestant.fit(self.pack, self.folder)
            return self._system

    def rankings(self, journal: str = "as-it-is", *, disturb: Disturb | None = None) -> list[Ranking]:
        """What it answers to each query of the pack, in order; ``journal`` names the disturbance and its code."""

        def answer(name: str) -> dict[str, Any]:
            entry = self._queries[name]
            photo = photo_of(entry) if disturb is None else disturb(entry, photo_of(entry))
            return self.system.rank(photo, exclude=entry.ignore).to_dict()

        written = resumed(self.folder / f"{journal}.jsonl", self._queries, answer)
        return [Ranking.of(row) for row in written.values()]


def slug(name: str) -> str:
    """A name as part of a file's name."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
