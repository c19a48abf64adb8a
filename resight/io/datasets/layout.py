"""The layout of a folder of photos: what its folders and its tables say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from resight.errors import DatasetError
from resight.names import canonical

from . import tables
from .entries import REFERENCE, Entry, FoundPhoto, ListedPhotos, listed, read_as
from .folders import FolderListing, notes, passed_over, shown
from .rows import Files
from .splits import folder_splits, is_word
from .suffixes import kind
from .survey import SHOWN, Survey, groups
from .tables import Sheet

SPREADSHEETS: Final = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".gsheet"})
"""Lower-case suffixes of files that may say what photos show, in a form that is not read."""

SPREADSHEET: Final = "table in a spreadsheet, not read; save it as CSV in UTF-8, called metadata.csv"
"""Note on a spreadsheet, unless a table says what photos show."""


def laid_out(root: Path, found: FolderListing) -> tuple[list[Entry], Survey]:
    """The photos of a folder, by its tables and by the names of its folders where it has none.

    Raises DatasetError for a folder without photos, and for one that contradicts itself.
    """
    sheets, unused = _sheets(root, found)
    free = [photo for photo in found.photos if not _within(photo, sheets)]
    if not sheets and not free:
        raise no_photos(root, found)
    splits = _splits(root, found.photos, free, sheets)
    rows = {folder: _rows(root, folder, sheet, found, splits) for folder, sheet in sheets.items()}
    entries = [entry for lines in rows.values() for entry in lines.entries]
    entries += [_folder_entry(root, photo, splits) for photo in free]
    named = {entry.source for entry in entries}.union(*(lines.wrong for lines in rows.values()))
    noted = _noted(root, found, rows.values(), sheets, splits)
    if not sheets:
        noted |= _strays(root, found, {entry.label for entry in entries})
    noted |= {why: [shown(root / path) for path in paths] for why, paths in unused.items()}
    others = [path for path in found.others if root / path not in named and not _is_table(path)]
    survey = Survey(
        refused=(*found.closed, *(row for lines in rows.values() for row in lines.refused)),
        passed_over=passed_over(root, others, found.passed),
        without_photos=tuple(shown(root / folder) for folder in _bare(found, sheets, depth=1 if splits else 0)),
        noted=groups(noted),
        left_out=tuple(shown(root / photo) for photo in found.photos if root / photo not in named),
        nested=_nested(entries),
    )
    return entries, survey


def _noted(
    root: Path,
    found: FolderListing,
    rows: Iterable[ListedPhotos],
    sheets: Mapping[Path, Sheet],
    splits: Mapping[str, str],
) -> dict[str, list[str]]:
    """Notes on what a person may doubt: how photos were taken, tables without labels, words read as splits."""
    noted = notes(root, found)
    for sheet in sheets.values():
        if not sheet.has_labels:
            noted.setdefault(f"table with {sheet.without('label')}", []).append(shown(sheet.path))
    for lines in rows:
        noted |= lines.words
    for word, split in splits.items():
        if word != split:
            noted[read_as(word, split)] = [shown(root / photo) for photo in found.photos if photo.parts[0] == word]
    return noted


def no_photos(root: Path, found: FolderListing) -> DatasetError:
    """An error that a folder holds no photos, and what it holds; behind what is closed in it there may be some."""
    kinds = Counter(map(kind, found.others)).most_common(SHOWN)
    told = ", ".join(f"{count} of {name}" for name, count in kinds)
    if found.closed:
        first, closed = found.closed[0], len(found.closed)
        places = "folder or file that is closed" if closed == 1 else "folders and files that are closed"
        beside = f" beside {told}" if told else ""
        return DatasetError(
            f"no photo in {str(root)!r} can be reached, for it holds {closed:,} {places}{beside}: {first.place!r} "
            f"{first.reason}; open what is closed and try again, or name another folder"
        )
    return DatasetError(
        f"{str(root)!r} holds {f'no photos, but {told}' if told else 'nothing'}: wanted files such as .jpg, .png, "
        ".webp or .heic; name another folder or a .parquet file, or convert them"
    )


def _sheets(root: Path, found: FolderListing) -> tuple[dict[Path, Sheet], dict[str, list[Path]]]:
    """The tables that are in force, by the folder that each describes, and those that are not, by why.

    A table of the whole folder is alone in force. One further down counts where it has labels, or its folder would be
    the label of its photos. Raises DatasetError for two in one folder, for one that may not be read, and for one of the
    whole folder that cannot be.
    """
    for one in found.closed:
        if _is_table(PurePosixPath(one.place)):
            raise DatasetError(f"{one.place!r} {one.reason}; without it nobody knows what the photos show")
    paths = [path for path in found.others if _is_table(path)]
    here = [path for path in paths if len(path.parts) == 1]
    sheets: dict[Path, Sheet] = {}
    unused = {"table beside one of the whole folder, not read": [path for path in paths if here and path not in here]}
    for path in here or paths:
        if path.parent in sheets:
            raise DatasetError(
                f"{str(root / path.parent)!r} holds {sheets[path.parent].path.name} and {path.name}: wanted one table; "
                "take the other out"
            )
        try:
            sheet = tables.read(root / path)
        except DatasetError:
            if here or is_word(path.parts[0]):
                raise
            unused.setdefault("table of another kind, not read", []).append(path)
            continue
        if here or sheet.has_labels:
            sheets[path.parent] = sheet
        else:
            unused.setdefault(f"table with {sheet.without('label')}, not read", []).append(path)
    return sheets, unused


def _strays(root: Path, found: FolderListing, labels: set[str | None]) -> dict[str, list[str]]:
    """Tables of the whole folder that are called otherwise, and so not read.

    Raises DatasetError for one with file names and labels where the folders tell no two things apart.
    """
    strays = [
        path for path in found.others if len(path.parts) == 1 and path.suffix.lower() in (".csv", ".jsonl", ".tsv")
    ]
    for path in strays if len(labels) < 2 else ():
        try:
            has_labels = tables.read(root / path).has_labels
        except DatasetError:
            continue
        if has_labels:
            raise DatasetError(
                f"{str(root)!r} has no folders that tell its photos apart, but {path.name}, a table with labels, which "
                f"is not read by that name; did you mean it? Call it {tables.NAMES[path.suffix.lower() == '.jsonl']}"
            )
    spreadsheets = [path for path in found.others if path.suffix.lower() in SPREADSHEETS and path.name[:2] != "~$"]
    return {
        "table not called metadata.csv, not read": [shown(root / path) for path in strays],
        SPREADSHEET: [shown(root / path) for path in spreadsheets],
    }


def _is_table(path: PurePath) -> bool:
    return path.name.lower() in tables.NAMES


def _within(photo: Path, sheets: Mapping[Path, Sheet]) -> bool:
    return bool(sheets) and (Path() in sheets or any(folder in sheets for folder in photo.parents))


def _splits(root: Path, photos: Sequence[Path], free: Sequence[Path], sheets: Mapping[Path, Sheet]) -> dict[str, str]:
    """The splits that the folders on the first level are, unless a table of all photos tells the splits.

    What lies in these folders tells something of those photos alone that no table describes, the free ones.
    """
    table = sheets.get(Path())
    if table is not None and "split" in table.columns:
        return {}
    heads: dict[str, set[str]] = {photo.parts[0]: set() for photo in photos if len(photo.parts) > 1}
    for photo in free:
        if len(photo.parts) > 1:
            heads[photo.parts[0]].add(photo.parts[1] if len(photo.parts) > 2 else "")
    try:
        return folder_splits(heads)
    except ValueError as error:
        if table is not None:
            return {}  # its folders may be called as they like
        raise DatasetError(f"{str(root)!r} {error}") from error


def _rows(root: Path, folder: Path, sheet: Sheet, found: FolderListing, splits: Mapping[str, str]) -> ListedPhotos:
    """The photos that a folder's table names."""
    depth = len(folder.parts)
    files = (*found.photos, *found.others)
    below = [path.relative_to(folder) for path in files if path.parts[:depth] == folder.parts] if depth else files
    named = Files(root / folder, below)

    def find(number: int, name: PurePosixPath) -> FoundPhoto:
        path = named.find(name)
        return path, root / folder / path

    def split(path: PurePath) -> str:
        return splits.get((folder / path).parts[0], REFERENCE)

    return listed(root / folder, sheet, find, split)


def _folder_entry(root: Path, photo: Path, splits: Mapping[str, str]) -> Entry:
    """The entry of a photo by the names of its folders: its label, or its split and then its label."""
    folders = photo.parts[:-1]
    split = splits.get(folders[0], REFERENCE) if folders else REFERENCE
    above = folders[1:] if splits else folders
    label = canonical(shown(Path(above[0]))) if above and split != "distractor" else ""
    return Entry(shown(root / photo), root / photo, (label,) if label else (), split)


def _bare(found: FolderListing, sheets: Mapping[Path, Sheet], *, depth: int) -> list[Path]:
    """Folders that would be labels, and hold no photo at all."""
    full = {photo.parts[: depth + 1] for photo in found.photos if len(photo.parts) > depth + 1}
    splits = {photo.parts[:depth] for photo in found.photos}
    return [
        folder
        for folder in found.folders
        if len(folder.parts) == depth + 1
        and folder.parts not in full
        and folder.parts[:depth] in splits
        and not _within(folder / "photo", sheets)
    ]


def _nested(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Folders named after the label of all photos below them, where these lie in more than one folder further down."""
    below: dict[str, set[str]] = {}
    for entry in entries:
        folder = PurePosixPath(entry.name).parent
        top = next((above for above in folder.parents if canonical(above.name) == entry.label), None)
        if top is not None:
            below.setdefault(top.as_posix(), set()).add(folder.as_posix())
    return tuple(top for top, folders in below.items() if len(folders) > 1)
