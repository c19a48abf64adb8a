"""Drawings of the evidence, and where they go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final, Protocol, Self

import typer

from .meter import note
from .output import count

SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")
"""Suffixes of the files that a drawing can be; a name without a suffix is that of a folder."""

WHY: Final = ".why.jpg"
"""Ending of the name of a drawing of the evidence in a folder."""

LONGEST: Final = 255
"""Bytes in the name of a file, at most, on nearly every file system."""


class Drawable(Protocol):
    """An answer, or why it is the answer."""

    def save(self, path: str | Path) -> None:
        """Draw it into an image file."""


@dataclass(frozen=True, slots=True)
class Drawings:
    """The pictures that ``--save`` asks for: the file of each photo, None without it, and those that are ``drawn``."""

    save: Path | None
    files: Sequence[Path | None]
    drawn: list[Path] = field(default_factory=list)

    @classmethod
    def planned(cls, save: Path | None, names: Sequence[str], *, ending: str = WHY) -> Self:
        """Names the drawings of photos by their names; raises what :func:`pictures` raises."""
        return cls(save, [None] * len(names) if save is None else pictures(save, names, ending=ending))

    def draw(self, what: Drawable, file: Path | None) -> None:
        """Draw what belongs into a file of these, and make the folder for it."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            what.save(file)
            self.drawn.append(file)

    def tell(self) -> None:
        """Say what was drawn, and where it is."""
        if self.save is not None:
            tell_drawn(self.save, self.drawn)


def pictures(save: Path, names: Sequence[str], *, ending: str = WHY) -> list[Path]:
    """A file for each photo: ``save`` itself, or one named after the photo in the folder ``save``, no two the same.

    ``ending`` is how the names in a folder end. Raises BadParameter where one file is named for several photos, or is
    one of them, or cannot be drawn.
    """
    if save.suffix and save.suffix.lower() not in SUFFIXES and not save.is_dir():
        raise typer.BadParameter(
            f"a drawing cannot be written as {save.suffix}; wanted one of {', '.join(SUFFIXES)}, or a folder: "
            f"make {save} first where it shall be one",
            param_hint="--save",
        )
    if not save.suffix or save.is_dir():
        return [save / f"{stem}{ending}" for stem in _distinct(names, ending, taken=_asked_in(save, names, ending))]
    if len(names) != 1:
        raise typer.BadParameter(
            f"found one file for {len(names)} photos; wanted a folder: leave out {save.suffix}", param_hint="--save"
        )
    if save.exists() and any(os.path.exists(name) and save.samefile(name) for name in names):
        raise typer.BadParameter(
            f"{save} is the photo that is asked about; wanted another file, for the drawing would replace it",
            param_hint="--save",
        )
    return [save]


def _asked_in(folder: Path, names: Sequence[str], ending: str) -> set[str]:
    """Names that drawings in a folder must not have, since photos that are asked about have them."""
    there = (PurePath(name).name.casefold() for name in names if Path(name).resolve().parent == folder.resolve())
    return {name.removesuffix(ending) for name in there if name.endswith(ending)}


def tell_drawn(save: Path, files: Sequence[Path]) -> None:
    """Say what was drawn, and where it is."""
    if files:
        note(f"wrote {files[0]}" if len(files) == 1 else f"wrote {count(len(files), 'drawing')} into {save}")


def drawn_into(file: Path | None) -> dict[str, str]:
    """Entry of an answer in JSON that names the drawn file; empty without one."""
    return {} if file is None else {"picture": str(file)}


def fitting(stem: str, ending: str) -> str:
    """The start of ``stem`` that leaves room for ``ending`` in the name of a file."""
    while stem and len(os.fsencode(f"{stem}{ending}")) > LONGEST:
        stem = stem[:-1]
    return stem


def _distinct(names: Sequence[str], ending: str, *, taken: set[str]) -> list[str]:
    """The names without folder and suffix, numbered where that leaves two the same or one that is taken."""
    stems = []
    for name in names:
        stem = "photo" if name == "-" else PurePath(name).stem
        chosen, number = fitting(stem, ending), 1
        while chosen.casefold() in taken:  # some file systems do not tell A from a
            number += 1
            chosen = f"{fitting(stem, f'-{number}{ending}')}-{number}"
        taken.add(chosen.casefold())
        stems.append(chosen)
    return stems
