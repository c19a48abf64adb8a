"""Editing a gallery: photos come and go, things are renamed, and the calibration is fitted to what comes of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from resight.calibration.fitting import calibrate, is_calibrated
from resight.errors import GalleryError, PhotoError, ResightError
from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import open_gallery
from resight.io import images
from resight.io.datasets.entries import Entry
from resight.io.datasets.folders import shown
from resight.io.datasets.place import Place, Root, resolved, several
from resight.io.images import Source
from resight.names import canonical
from resight.progress import Progress, Watch
from resight.search.makers import encoders_of

from .enrolment import Memory, enrol
from .index import whiten
from .index_report import IndexReport


def edit(path: Root, *, progress: Watch | None = None) -> GalleryEditor:
    """Open a gallery to add, remove and rename in a ``with`` block, at whose end its calibration is fitted anew.

    Parameters
    ----------
    path : the gallery's file; :func:`resight.index` makes one.
    progress : told where the work stands, step by step.

    Nobody else may write the gallery meanwhile; recognisers go on answering and follow. Raises GalleryError where it is
    missing, damaged or read-only, or another writer has it.
    """
    return GalleryEditor(open_gallery(Path(path), write=True), progress)


class GalleryEditor:
    """A gallery that is being edited; what a method returned from is kept, whatever happens then.

    The calibration is fitted at the end of the ``with`` block, also where that ends with an error. One that was not of
    what the gallery held before waits for the next :func:`resight.index`, as for the commands: there, an index run was
    interrupted.
    """

    def __init__(self, gallery: Gallery, progress: Watch | None = None) -> None:
        """Meant for :func:`resight.edit`."""
        self.gallery = gallery
        self._progress = progress
        self._follows = not len(gallery) or follows(gallery)
        self._calibrated = gallery.revision

    def __repr__(self) -> str:
        return f"<GalleryEditor of {self.gallery.location!r}>"

    def add(self, photos: Source | Iterable[Source], instance: str, *, name: str = "") -> int:
        """Make photos of a thing known; how many were not known before.

        Parameters
        ----------
        photos : one or several, each as for :meth:`resight.Recogniser.recognise`.
        instance : the thing that they show, known before or not.
        name : what a single photo is called that is no file; without, such photos are called by their content.

        A photo that was removed before comes back. Raises PhotoError where some cannot be read, and GalleryError where
        some are known as another thing; the others are added all the same.
        """
        if not canonical(instance):
            raise GalleryError(f"the name of the thing is {instance!r}; wanted one that is not empty")
        given = images.one_or_several(photos)
        if name and len(given) != 1:
            raise ValueError(f"name is {name!r} for {len(given)} photos; wanted a single one: add each by itself")
        names = {item.digest: item.photo for item in self.gallery.items()}
        entries = [_entry(photo, canonical(instance), name, names) for photo in given]
        places = {entry.name: _place(entry.source) for entry in entries if isinstance(entry.source, Path)}
        report = IndexReport(len(entries))
        for report in enrol(self.gallery, entries, self._encoders, Memory(places)):
            self._tell(Progress("photos", report.done, report.total))
        _require_added(report)
        return report.added

    def remove(
        self,
        *instances: str,
        photos: Root | Iterable[Root] = (),
        ids: Iterable[int] = (),
        below: Root | Iterable[Root] = (),
    ) -> int:
        """Remove things, or single photos, from the gallery and leave their files alone; how many photos went.

        Parameters
        ----------
        instances : names of things, all of whose photos go.
        photos : paths of photos, or their names as they were indexed.
        ids : of photos.
        below : folders from below which photos were indexed.

        What was removed stays out when its folder is indexed again. Raises GalleryError for what is not known; nothing
        is removed then.
        """
        ids = [*ids, *(id for folder in several(below) for id in lying_below(self.gallery, os.fspath(folder)))]
        paths = [os.fspath(photo) for photo in several(photos)]
        return len(self.gallery.remove(photos=paths, instances=instances, ids=ids))

    def rename(self, old: str, new: str, *, merge: bool = False) -> int:
        """Give a thing another name, that of a known one only where they are to ``merge``; how many photos it has.

        Raises GalleryError where ``old`` is unknown, or ``new`` is known and ``merge`` is false.
        """
        return self.gallery.rename(old, new, merge=merge)

    def calibrate(self) -> None:
        """Fit the calibration to what the gallery holds now, which the end of the ``with`` block does as well.

        Raises GalleryError, EncoderMismatch and ModelError where that cannot be; what was changed stays all the same.
        """
        if self._calibrated == self.gallery.revision or not self._follows:
            return
        if len(self.gallery):
            whiten(self.gallery, self._encoders)
            for step in calibrate(self.gallery, self._encoders):
                self._tell(Progress(step.stage, step.done, step.total))
        self._calibrated = self.gallery.revision

    def close(self) -> None:
        """Let go of the gallery without fitting anything."""
        self.gallery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None or isinstance(error, Exception):  # who interrupts does not want to wait
                self.calibrate()
        finally:
            self.close()

    @cached_property
    def _encoders(self) -> tuple[Encoder, ...]:
        return encoders_of(self.gallery)

    def _tell(self, step: Progress) -> None:
        if self._progress is not None:
            self._progress(step)


def follows(gallery: Gallery) -> bool:
    """Whether the calibration is of what the gallery holds, and so follows a change of it quickly."""
    with suppress(ResightError):  # of one that is damaged, fitting it again will tell
        return is_calibrated(gallery)
    return True


def lying_below(gallery: Gallery, folder: str) -> list[int]:
    """Ids of the photos that were indexed from below a folder; raises GalleryError for none."""
    found = [id for id, place in gallery.places().items() if place.lies_in(resolved(folder))]
    if not found:
        roots = ", ".join(gallery.roots()) or "places that nobody wrote down"
        raise GalleryError(f"{gallery.location} knows no photo from below {folder!r}: its photos are from {roots}")
    return found


def _entry(photo: Source, instance: str, name: str, names: Mapping[bytes, str]) -> Entry:
    """A photo as an entry of a data set; what is no file is taken as the bytes of one.

    ``names`` are those of the known photos by their digests, which they keep where they come without one.
    """
    if isinstance(photo, str | os.PathLike):
        return Entry(shown(Path(os.fspath(photo))), Path(os.fspath(photo)), (instance,))
    data = images.encoded(photo)
    digest = images.digest(data)
    return Entry(name or names.get(digest, digest.hex()), data, (instance,))


def _place(path: Path) -> Place:
    """The place of a single photo: its folder."""
    return Place(resolved(path.parent), path.name)


def _require_added(report: IndexReport) -> None:
    """Raises PhotoError and GalleryError for the photos that were not added."""
    if report.unreadable:
        more = f", and {len(report.unreadable) - 1} more" if len(report.unreadable) > 1 else ""
        raise PhotoError(f"{report.unreadable[0].reason}{more}; {report.added} of {report.total} photos were added")
    if report.label_conflicts:
        clash = report.label_conflicts[0]
        raise GalleryError(
            f"{clash.photo} is known as {clash.known.instance!r} (id {clash.known.id}), not {clash.instance!r}: rename "
            f"that, or remove the photo first; {report.added} of {report.total} photos were added"
        )
