"""A build with the folder of its finished work: what it has indexed and answered is not asked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.packs import Pack, short
from running.journal import resumed
from systems.builds import Build
from systems.pack_measures import RATES, Stated, settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A ``build``, and a ``folder`` that is its own as long as neither it nor the questions change."""

    build: Build
    folder: Path

    def gallery(self, name: str, roots: Iterable[Path]) -> Path:
        """The gallery of that name, made of ``roots``."""
        path = self.folder / f"{name}.gallery"
        path.parent.mkdir(parents=True, exist_ok=True)
        places = [str(root) for root in roots]
        self._once("index", name, roots=places, gallery=str(path))
        return path

    def recognise(self, name: str, gallery: Path, photos: Sequence[Path]) -> list[dict[str, Any]]:
        """The answers to photos, asked at once under a name of their own."""
        found: list[dict[str, Any]] = self._once(
            "recognise", name, gallery=str(gallery), photos=[str(photo) for photo in photos]
        )
        return found

    def stated(self, asked: Pack) -> list[Stated]:
        """What it states of a pack at each of the :func:`settings`."""
        return self._stated(asked, asked.name, self.gallery(asked.name, [asked.file]), RATES)

    def stated_when_taught(
        self, asked: Pack, how: str, given: Mapping[str, Path], rates: Sequence[float]
    ) -> list[Stated]:
        """The same by a copy of the pack's gallery whose calibration was taught with folders ``given``."""
        name = f"{asked.name}, {how}"
        taught = self.folder / f"{name}.gallery"
        if not taught.exists():
            _copy(self.gallery(asked.name, [asked.file]), taught)
        self._once("calibrate", name, gallery=str(taught), **{key: str(folder) for key, folder in given.items()})
        return self._stated(asked, name, taught, rates)

    def _stated(self, asked: Pack, name: str, gallery: Path, rates: Sequence[float]) -> list[Stated]:
        chosen = settings(rates)
        told = self._once("evaluate", name, root=str(asked.file), gallery=str(gallery), settings=chosen)
        answerable = {entry.name: asked.answers(entry) for entry in asked.queries}
        return [Stated.of(_shortened(one), answerable) for one in told]

    def _once(self, do: str, name: str, **arguments: Any) -> Any:
        def ask(key: str) -> Any:
            return self.build.ask(do, **arguments)

        return resumed(self.folder / f"{do}.jsonl", [name], ask, workers=1)[name]


def _copy(gallery: Path, to: Path) -> None:
    """Copy a gallery file, whole or not at all."""
    partial = to.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(gallery)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.replace(to)


def _shortened(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the names that photos have within their pack."""
    return {"answers": [{**answer, "photo": short(answer["photo"])} for answer in evaluation["answers"]]}
