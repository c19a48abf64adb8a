"""Data sets as records: photos in folders, with a table, or inside Parquet files.

    FOLDER/LABEL/…/FILE          one sub-folder per instance; a photo directly in FOLDER has no label
    FOLDER/SPLIT/LABEL/…/FILE    where the folders on the first level are splits, and nothing else
    FOLDER/metadata.csv          file_name, and any of label, split, labels, ignore: it beats the folders' names; also
                                 metadata.jsonl and metadata.parquet, and one in each of several folders
    FILE.parquet                 the same columns beside image; also FOLDER/images.parquet where it lies alone

Labels are text, so "007" stays. ``|`` separates several in a table. Without a split a photo is a reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from resight.errors import DatasetError
from resight.io.decoding.kinds import CONVERT, DEVELOP

from . import tables
from .entries import REFERENCE, FoundPhoto, listed
from .entries import Entry as Entry  # what a data set consists of is its own name as well
from .folders import FolderListing, listing, notes, passed_over, shown
from .layout import laid_out, no_photos
from .parquet import Cell, Table
from .place import Root, several
from .suffixes import RAW, UNREAD, kind
from .survey import NOTHING, RefusedPlace, Survey, groups, merge_surveys

PARQUET: Final = "images.parquet"
"""The Parquet file that a folder may hold in place of photos."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Photos in a fixed order: folders by code point, tables by row.

    Attributes
    ----------
    entries : the photos.
    survey : what was found beside them.
    """

    entries: tuple[Entry, ...]
    survey: Survey = NOTHING

    @property
    def unread_tables(self) -> str:
        """The end of a sentence that names the tables which do not say what photos show, and why not."""
        unread = (group for group in self.survey.noted if group.kind.startswith("table"))
        return "".join(f" ({group.such_as[0]}: {group.kind})" for group in unread)

    @property
    def known(self) -> tuple[Entry, ...]:
        """The photos to make known: the references; where there are none, but queries, those to train on."""
        return self.of(REFERENCE) or (self.of("train") if self.of("query") else ())

    def of(self, *splits: str) -> tuple[Entry, ...]:
        """The entries of these splits, in order."""
        return tuple(entry for entry in self.entries if entry.split in splits)


def discover(roots: Root | Sequence[Root]) -> Dataset:
    """The photos of one or several folders and Parquet files with what they show, described but not yet read.

    What is passed over, and what cannot be read, is in the survey. Raises DatasetError for what is missing, empty or
    contradicts itself, and MissingExtra for Parquet where pyarrow is not installed.
    """
    return _gathered(roots, _discovered)


def unlabelled_photos(roots: Root | Sequence[Root]) -> Dataset:
    """Photos that are only asked about, or show nothing known: sub-folders and tables mean nothing among them.

    Pictures of a kind that is not read are refused one by one. Raises as :func:`discover`.
    """
    return _gathered(roots, _photos)


def _gathered(roots: Root | Sequence[Root], look: Callable[[Path], Dataset]) -> Dataset:
    places = several(roots)
    if not places:
        raise DatasetError("no folder was given: name the folder of your photos")
    found = [look(Path(place)) for place in places]
    entries = tuple(entry for dataset in found for entry in dataset.entries)
    twice = [name for name, count in Counter(entry.name for entry in entries).items() if count > 1]
    if twice:
        more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
        raise DatasetError(
            f"{twice[0]!r}{more} lie in two of the folders given: name each folder once, none inside another"
        )
    return Dataset(entries, merge_surveys(dataset.survey for dataset in found))


def _discovered(root: Path) -> Dataset:
    if root.is_file():
        return packed(root)
    found = listing(root)
    if (file := _parquet(found)) is not None:
        if found.photos:
            raise DatasetError(
                f"{str(root)!r} holds {file.name} beside other photos ({len(found.photos)}): wanted one or the other; "
                "name the .parquet file itself, or move it elsewhere"
            )
        return packed(root / file)
    entries, survey = laid_out(root, found)
    return Dataset(tuple(entries), survey)


def _photos(root: Path) -> Dataset:
    if root.is_file():
        return _unsaid(packed(root))
    found = listing(root)
    if not found.photos:
        if (file := _parquet(found)) is not None:
            return _unsaid(packed(root / file))
        raise no_photos(root, found)
    unread = [path for path in found.others if kind(path) in UNREAD]
    others = [path for path in found.others if kind(path) not in UNREAD]
    refused = (RefusedPlace(shown(root / path), f"{kind(path)} is not read: {_remedy(path)}") for path in unread)
    survey = Survey(
        refused=(*found.closed, *refused),
        passed_over=passed_over(root, others, found.passed),
        noted=groups(notes(root, found)),
    )
    return Dataset(tuple(Entry(shown(root / photo), root / photo) for photo in found.photos), survey)


def _remedy(path: Path) -> str:
    return DEVELOP if kind(path) in RAW else CONVERT


def _parquet(found: FolderListing) -> Path | None:
    """The Parquet file that holds a folder's photos; None where there is none, or a table says what photos show."""
    here = {path.name.lower(): path for path in found.others if len(path.parts) == 1}
    return here.get(PARQUET) if here.keys().isdisjoint(tables.NAMES) else None


def packed(path: Path) -> Dataset:
    """The data set inside a Parquet file; raises DatasetError."""
    if path.suffix.lower() != ".parquet":
        raise DatasetError(f"{str(path)!r} is a file: wanted a folder of photos or a .parquet file; name its folder")
    table = Table(path)

    def find(number: int, name: PurePosixPath) -> FoundPhoto:
        return name, Cell(path, number, table)

    def split(_: PurePath) -> str:
        return REFERENCE

    sheet = tables.of_parquet(table)
    rows = listed(path, sheet, find, split)
    unlabelled = {} if sheet.has_labels else {f"table with {sheet.without('label')}": [shown(path)]}
    return Dataset(tuple(rows.entries), Survey(refused=tuple(rows.refused), noted=groups(rows.words | unlabelled)))


def _unsaid(dataset: Dataset) -> Dataset:
    """The photos as if nobody said what they show."""
    entries = tuple(Entry(entry.name, entry.source) for entry in dataset.entries)
    return Dataset(entries, Survey(refused=dataset.survey.refused))
