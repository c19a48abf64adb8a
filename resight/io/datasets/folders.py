"""Folders: all that lies in one, listed and told apart, whatever of it is closed, hidden or of the system's making."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path, PurePath
from typing import Final

from resight.errors import DatasetError

from .suffixes import SUFFIXES, is_photo, kind
from .survey import Group, RefusedPlace, groups

SYSTEM_FOLDERS: Final = frozenset(
    {"recycler", "recycled", "recycle.bin", "system volume information", "msocache", "windowsimagebackup"}  # Windows
    | {"__macosx", "network trash folder", "temporary items", "thevolumesettingsfolder"}  # macOS
    | {"thefindbycontentfolder", "cleanup at startup", "ipod photo cache"}
    | {"@eadir", "@tmp", "@sharebin", "@appconf", "@appdata", "@apphome", "@appshare", "@appstore", "@apptemp"}  # NAS
    | {"@autoupdate", "@clamav", "@cloudsync", "@cloudstation", "@config_backup", "@database", "@docker", "@download"}
    | {"@downloads", "@img_bkp_cache", "@iscsi", "@maillog", "@postfix", "@quarantine", "@s2s", "@spool", "@syslog"}
    | {"@userpreference", "@recycle", "@recently-snapshot", "@qsys", "#recycle", "#snapshot", "~snapshot"}
    | {"lost+found", "lost.dir", "_gsdata_", "__pycache__"}
)
"""Lower-case names of folders that systems make, whose photos are thumbnails, or were thrown away."""

SYSTEM_NAMES: Final = re.compile(r"found\.\d+|\$[a-z].*|_vti_\w+|@__\w+|@syno\w+|#[^\W\d]\w*#")
"""Lower-case names that only systems give: of CHKDSK, Windows, FrontPage, QNAP, and Synology twice.

What a person may mean by ``@``, such as a name in a social network, is a thing, unless it is among `SYSTEM_FOLDERS`.
"""

SYSTEM_FILES: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
"""Lower-case names of files that systems make beside photos."""


@dataclass(slots=True)
class FolderListing:
    """Contents of a folder, ordered by code point; paths are relative to it.

    Attributes
    ----------
    photos : files that are taken for photos.
    by_content : those of them whose suffix does not say so.
    others : files that are none.
    folders : that were entered.
    passed : folders that were not entered, since a system made them or they are hidden.
    links : that lead out of the folder; they are followed.
    inner : links to other folders inside it; they are followed as well.
    loops : links to a folder that they lie in; they are not followed.
    closed : folders and files that could not be looked at.
    """

    photos: list[Path] = field(default_factory=list)
    by_content: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    passed: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    inner: list[Path] = field(default_factory=list)
    loops: list[Path] = field(default_factory=list)
    closed: list[RefusedPlace] = field(default_factory=list)


def listing(root: Path) -> FolderListing:
    """Lists all of a folder.

    Links are followed, but never into a folder that they lie in: such a loop has no end. Raises DatasetError for a
    folder that cannot be listed itself; one further down that cannot be is told.
    """
    found = FolderListing()
    real = os.path.realpath(root)
    waiting: list[tuple[Path, frozenset[tuple[int, int]]]] = [(root, frozenset())]
    while waiting:
        folder, above = waiting.pop()
        try:
            status = folder.stat()
            here = status.st_dev, status.st_ino
            if here in above:
                found.loops.append(folder.relative_to(root))
                continue
            inside = list(folder.iterdir())
        except OSError as error:
            if folder == root:
                raise DatasetError(
                    f"cannot list {str(error.filename or root)!r} ({error.strerror}): wanted a folder of photos; check "
                    "path and permissions"
                ) from error
            found.closed.append(
                RefusedPlace(shown(folder), f"cannot be listed ({error.strerror}): check its permissions")
            )
            continue
        if folder != root:
            found.folders.append(folder.relative_to(root))
        for path in inside:
            if os.path.isdir(path):
                if _is_hidden(path) or _is_of_system(path.name.lower()):
                    found.passed.append(path.relative_to(root))
                    continue
                waiting.append((path, above | {here}))
            elif not _put(path, root, found):
                continue
            if path.is_symlink():
                _note_link(path, root, real, found)
    for paths in (getattr(found, one.name) for one in fields(found) if one.name != "closed"):
        paths.sort(key=lambda path: path.parts)
    found.links, found.inner = (
        [path for path in followed if path not in found.loops] for followed in (found.links, found.inner)
    )
    found.closed.sort(key=lambda one: one.place)
    return found


def beside(root: Path) -> list[Path]:
    """Other folders in the folder that ``root`` lies in, that have photos directly inside, by their suffixes."""
    real = Path(os.path.realpath(root))
    try:
        return [folder for folder in sorted(real.parent.iterdir()) if folder != real and _has_photos(folder)]
    except OSError:
        return []


def _has_photos(folder: Path) -> bool:
    try:
        with os.scandir(folder) as inside:
            return any(os.path.splitext(one.name)[1].lower() in SUFFIXES and one.name[0] != "." for one in inside)
    except OSError:
        return False


def _note_link(path: Path, root: Path, real: str, found: FolderListing) -> None:
    """Note a link that leads out of the folder, whose resolved path is ``real``, or to a folder inside."""
    target = os.path.realpath(path)
    if not os.path.join(target, "").startswith(os.path.join(real, "")):
        found.links.append(path.relative_to(root))
    elif os.path.isdir(target):
        found.inner.append(path.relative_to(root))


def passed_over(root: Path, others: Sequence[Path], passed: Sequence[Path]) -> tuple[Group, ...]:
    """Files that are no photos, and folders that were not entered, by kind; what links lead to counts once."""
    names: dict[str, list[str]] = {}
    others, passed = _once(root, others), _once(root, passed)
    for path in others:
        names.setdefault("hidden file" if _is_hidden(path) else kind(path), []).append(shown(root / path))
    for path in passed:
        names.setdefault("hidden folder" if _is_hidden(path) else "system folder", []).append(shown(root / path))
    return groups(names)


def _once(root: Path, paths: Sequence[Path]) -> list[Path]:
    """Leaves out photos in a folder that was met by another way already."""
    real = cache(os.path.realpath)
    met: dict[tuple[str, str], Path] = {}
    for path in paths:
        met.setdefault((real(root / path.parent), path.name), path)
    return list(met.values())


def notes(root: Path, found: FolderListing) -> dict[str, list[str]]:
    """Photos, or folders of them, that were taken for a reason that a person may doubt, by that reason."""
    escaped = [photo for photo in found.photos if shown(photo) != photo.as_posix()]
    reasons = {
        "photo by its content, not its suffix": found.by_content,
        "link out of the folder, followed": found.links,
        "link to a folder inside, followed as well": found.inner,
        "link back into the folder, not followed": found.loops,
        "name not in Unicode, spelled out": escaped,
    }
    return {reason: [shown(root / path) for path in paths] for reason, paths in reasons.items()}


def shown(path: PurePath) -> str:
    r"""A path as text, "/" between folders; bytes of it that are not in Unicode are spelled out, as ``\xe9``."""
    return path.as_posix().encode("utf-8", sys.getfilesystemencodeerrors()).decode("utf-8", "backslashreplace")


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _is_of_system(lower: str) -> bool:
    return lower in SYSTEM_FOLDERS or SYSTEM_NAMES.fullmatch(lower) is not None


def _put(path: Path, root: Path, found: FolderListing) -> bool:
    """Put a file where it belongs in the listing; False for one that is nothing to anybody."""
    relative, name = path.relative_to(root), path.name
    if name.lower() in SYSTEM_FILES:
        return False
    if _is_hidden(path):
        if name.startswith("._") or path.suffix.lower() not in SUFFIXES:
            return False
        found.others.append(relative)
        return True
    try:
        taken = is_photo(path)
    except OSError as error:
        if isinstance(error, PermissionError):
            found.closed.append(RefusedPlace(shown(path), f"cannot be read ({error.strerror}): check its permissions"))
            return False
        taken = False  # a link that leads nowhere
    (found.photos if taken else found.others).append(relative)
    if taken and path.suffix.lower() not in SUFFIXES:
        found.by_content.append(relative)
    return True
