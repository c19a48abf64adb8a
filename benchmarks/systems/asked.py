"""A build with the folder of its finished work: what it has indexed and answered is not asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        gallery = self.gallery(asked.name, [asked.file])
        told = self._once("evaluate", asked.name, root=str(asked.file), gallery=str(gallery), settings=settings(RATES))
        answerable = {entry.name: asked.answers(entry) for entry in asked.queries}
        return [Stated.of(_shortened(one), answerable) for one in told]

    def _once(self, do: str, name: str, **arguments: Any) -> Any:
        def ask(key: str) -> Any:
            return self.build.ask(do, **arguments)

        return resumed(self.folder / f"{do}.jsonl", [name], ask, workers=1)[name]


def _shortened(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the names that photos have within their pack."""
    return {"answers": [{**answer, "photo": short(answer["photo"])} for answer in evaluation["answers"]]}
