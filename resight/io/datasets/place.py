"""Places of photos on the disk, whatever folder a process runs in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from resight.names import composed

Root = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Place:
    """The place at which a photo was found.

    Attributes
    ----------
    root : the folder or Parquet file that was named, absolute, links resolved.
    below : path of the photo below it as it was discovered, "/" between folders.
    """

    root: str
    below: str

    @property
    def path(self) -> str:
        """The absolute path."""
        return os.path.normpath(os.path.join(self.root, self.below))

    def lies_in(self, folder: str) -> bool:
        """Whether it is in this resolved folder or Parquet file, or below it."""
        path, folder = composed(self.path), composed(folder)
        return path == folder or path.startswith(os.path.join(folder, ""))


def several(roots: Root | Iterable[Root]) -> list[Root]:
    """Roots as a list, be it one or several."""
    return [roots] if isinstance(roots, str | os.PathLike) else list(roots)


def resolved(root: Root) -> str:
    """A root by the name it has from everywhere."""
    return os.path.realpath(root)


def located(names: Iterable[str], roots: Root | Iterable[Root]) -> dict[str, Place]:
    """The places of photos that were discovered in ``roots``, by the names that they have there."""
    spelled = {root: Path(root).as_posix().rstrip("/") for root in several(roots)}
    prefixes = [("" if text == "." else f"{text}/", resolved(root)) for root, text in spelled.items()]
    prefixes.sort(key=lambda pair: -len(pair[0]))  # of "." and "museum" the second is meant where both could be
    found = {name: next(((p, root) for p, root in prefixes if f"{name}/".startswith(p)), None) for name in names}
    return {
        name: Place(pair[1], f"{name}/".removeprefix(pair[0])[:-1]) for name, pair in found.items() if pair is not None
    }


def ids_of_path(typed: str, shown: Mapping[int, str], places: Mapping[int, Place]) -> list[int]:
    """Ids of the photos that a path means, ascending: those that lie there, else those that are shown by that name.

    ``shown`` are the names that photos got when they were indexed, perhaps from another folder than this one.
    """
    spellings = {composed(path) for path in _readings(typed)}
    here = [id for id, place in places.items() if composed(place.path) in spellings]
    return sorted(here or [id for id, name in shown.items() if composed(name) == composed(typed)])


def _readings(typed: str) -> Iterator[str]:
    """The absolute paths that a path stands for: with the links in none, some or all of its folders resolved."""
    path = Path(os.path.abspath(typed))
    for above in (path, *path.parents):
        yield os.path.normpath(os.path.join(resolved(above), path.relative_to(above)))


def several_fit(typed: str, ids: Iterable[int], shown: Mapping[int, str], places: Mapping[int, Place]) -> str:
    """Words that a path means several photos, and which; what follows says how else to name one."""
    each = ", ".join(f"{places[id].path if id in places else shown[id]} (id {id})" for id in ids)
    return f"{typed!r} fits several photos: {each}: name one by its whole path"
