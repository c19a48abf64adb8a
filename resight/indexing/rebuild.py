"""A gallery made anew in the place of the old one, without forgetting what a person has told it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from resight.errors import GalleryError, PhotoError
from resight.features.encoder import Encoder, encoders
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.remedies import rebuild as rebuild_command
from resight.gallery.stores.opening import delete_gallery, open_gallery
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.io.datasets.place import Place
from resight.io.datasets.survey import SHOWN
from resight.progress import Job
from resight.search.makers import is_made_by, sources_of
from resight.search.search_settings import SearchSettings, settings_of

from .enrolment import Memory
from .index_report import IndexReport
from .relocation import closed_above, hollow, is_away, is_closed

Build = Callable[[Path, Sequence[str], Memory], Job[IndexReport]]
"""Makes a gallery at a path by these encoders, of photos of which something is known beforehand."""


def rebuilt(
    path: Path,
    sources: Sequence[str] | None,
    entries: Sequence[Entry],
    memory: Memory,
    build: Build,
    *,
    forget: bool,
    folders: Sequence[str],
    closed: Sequence[str],
) -> Job[IndexReport]:
    """Make the gallery at ``path`` anew of ``entries``, beside the old one, which stays until the new one is whole.

    Photos keep the names that they have, and those that were removed stay out. Raises GalleryError where a known photo
    is not among the entries or cannot be read, unless ``forget``; the message says what helps beside ``folders``, which
    were named, and of which ``closed`` ones could not be listed. Also where nothing would be known then.
    """
    beside = path.with_name(f".{path.name}.rebuilding")
    with _to_replace(path) as gallery:
        known, removed = gallery.items(), gallery.forgotten()
        lost = losses(gallery, [entry for entry in entries if not _is_shut(entry)], memory)
        if lost and not forget:
            raise GalleryError(_refusal(gallery, lost, _remedies(gallery, lost, sources, folders, closed)))
        sources = sources_of(gallery) if sources is None else sources
        names = {item.digest: item.instance for item in known}
        makers = encoders(sources)
        _clear(beside, entries, names, makers)
        chosen = _chosen(gallery)
        fits = is_made_by(gallery, makers)
        renamed = frozenset(item.digest for item in gallery.items(ids=gallery.renamed()))
        forgotten = frozenset(photo.digest for photo in removed)
        settings = chosen if fits else None
        known_before = replace(memory, instances=names, removed=forgotten, renamed=renamed, settings=settings)
        report = yield from build(beside, sources, known_before)
        with open_gallery(beside, write=True) as new:
            there = {item.digest for item in new.items()}
            new.forget(photo for photo in removed if photo.digest not in there)
        if not there:
            delete_gallery(beside)
            raise GalleryError(_nothing_left(gallery, report))
        damaged = [item for item in _unread(gallery, report, memory) if item.digest not in there and item not in lost]
        if damaged and not forget:  # what was made stays beside, and the next run goes on from there
            raise GalleryError(_refusal(gallery, damaged, [_restoring(gallery, damaged)]))
        report.forgotten_photos = (*lost, *damaged)
        report.forgotten_settings = "" if chosen is None or fits else str(chosen)
        gallery.restore(beside)
    delete_gallery(beside)
    return report


def _chosen(gallery: Gallery) -> SearchSettings | None:
    """The settings that a gallery was tuned to, as far as they can be read; None where it has the default."""
    try:
        found = settings_of(gallery)
    except GalleryError:
        return None
    return found if found != SearchSettings() or found.reason else None


def _nothing_left(gallery: Gallery, report: IndexReport) -> str:
    """Words that a gallery made anew would know nothing, and why."""
    removed, unreadable = len(report.removed), len(report.unreadable)
    why = [f"{removed:,} removed before, which --again (from Python again=True) takes in"] if removed else []
    why += [f"{unreadable:,} cannot be read, such as {report.unreadable[0].photo}"] if unreadable else []
    return (
        f"{gallery.location} made anew from these folders would know nothing: of {report.total:,} "
        f"photo{'' if report.total == 1 else 's'} {', and '.join(why)}: nothing was changed"
    )


def _unread(gallery: Gallery, report: IndexReport, memory: Memory) -> list[Item]:
    """Known photos in whose places lie files that nobody could read."""
    paths = {memory.places[bad.photo].path for bad in report.unreadable if bad.photo in memory.places}
    places = gallery.places()
    return [item for item in gallery.items() if item.id in places and places[item.id].path in paths]


def losses(gallery: Gallery, entries: Sequence[Entry], memory: Memory) -> list[Item]:
    """Known photos that are not among the entries, neither where they lay nor elsewhere with the same content."""
    places = gallery.places()
    paths = {memory.places[entry.name].path for entry in entries if entry.name in memory.places}
    missed = [item for item in gallery.items() if item.id not in places or places[item.id].path not in paths]
    lengths = {item.file_bytes for item in missed}
    found = {_digest(entry) for entry in entries if lengths and _may_have(entry, lengths)}
    return [item for item in missed if item.digest not in found]


def _is_shut(entry: Entry) -> bool:
    return isinstance(entry.source, Path) and is_closed(entry.source)


def _may_have(entry: Entry, lengths: set[int]) -> bool:
    """Whether a photo can have one of these lengths in bytes; one inside a table may have any."""
    try:
        return not isinstance(entry.source, Path) or entry.source.stat().st_size in lengths
    except OSError:
        return False


def _digest(entry: Entry) -> bytes:
    try:
        return images.digest(entry.read())
    except PhotoError:
        return b""


def _refusal(gallery: Gallery, lost: Sequence[Item], remedies: Iterable[str]) -> str:
    things = Counter(item.instance for item in lost)
    named = ", ".join(f"{name!r} ({count:,})" for name, count in list(things.items())[:SHOWN])
    more = f" and {len(things) - SHOWN:,} more" if len(things) > SHOWN else ""
    yes, helping = "--yes (from Python forget=True)", list(remedies)
    advice = (
        ", or ".join([*helping, f"add {yes} to go on without them and forget them"])
        if helping
        else f"their files are gone or changed, and only {yes} goes on, which forgets them"
    )
    return (
        f"{gallery.location} made anew from these folders would forget {len(lost):,} of its {len(gallery):,} photos, "
        f"which could not be read there: {named}{more}: {advice}"
    )


def _restoring(gallery: Gallery, damaged: Sequence[Item]) -> str:
    """The remedy for known photos whose files are there and cannot be read."""
    places = gallery.places()
    more = f" and {len(damaged) - SHOWN:,} more" if len(damaged) > SHOWN else ""
    files = ", ".join(places[item.id].path for item in damaged[:SHOWN])
    return f"restore what cannot be read ({files}{more}) and try again"


def _remedies(
    gallery: Gallery,
    lost: Sequence[Item],
    sources: Sequence[str] | None,
    folders: Sequence[str],
    closed: Collection[str],
) -> Iterator[str]:
    """Remedies that bring lost photos back; nothing does where their files are gone from folders that were named."""
    places = gallery.places()
    behind = {item.id: closed_above(places[item.id], closed) for item in lost if item.id in places}
    if shut := sorted({path for path in behind.values() if path}):
        more = f" and {len(shut) - SHOWN:,} more" if len(shut) > SHOWN else ""
        yield f"open what is closed ({', '.join(shut[:SHOWN])}{more}: check the permissions) and try again"
    if away := hollow(places[id] for id, path in behind.items() if not path):
        yield f"mount what is missing or empty ({', '.join(away)})"
    if any(_may_lie_elsewhere(places.get(item.id), folders, is_closed=bool(behind.get(item.id))) for item in lost):
        command = rebuild_command(gallery.location, encoders=sources or (), roots=gallery.roots())
        yield f"name all its folders: {command}"


def _may_lie_elsewhere(place: Place | None, folders: Sequence[str], *, is_closed: bool) -> bool:
    """Whether a photo may be found when more than these folders are named; one of an unknown place may lie anywhere."""
    if place is None:
        return True
    is_there = is_closed or os.path.lexists(place.path) or os.path.isfile(place.root) or is_away(place.root)
    return is_there and not any(map(place.lies_in, folders))


def _to_replace(path: Path) -> Gallery:
    """A gallery that nobody else may write until it is replaced; raises GalleryError where it cannot be opened so."""
    try:
        return open_gallery(path, write=True)
    except GalleryError as error:
        raise GalleryError(f"{error}. It is not replaced: mend that or move it away, and run the same again") from error


def _clear(beside: Path, entries: Sequence[Entry], names: Mapping[bytes, str], makers: Sequence[Encoder]) -> None:
    """Delete what a killed rebuild has left, unless it is of these photos and by these encoders and can go on."""
    if not beside.exists():
        return
    labels = {entry.name: entry.label for entry in entries}
    with open_gallery(beside, write=True) as left:
        is_of_these = all(
            item.photo in labels and item.instance == names.get(item.digest, labels[item.photo])
            for item in left.items()
        )
        if is_of_these and is_made_by(left, makers):
            return
    delete_gallery(beside)
