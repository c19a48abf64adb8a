"""A gallery: all that is known about the enrolled photos, in one SQLite file that survives whatever ends its writer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from resight.errors import GalleryError
from resight.gallery.records import Added, Arrays, Changes, Forgotten, Item, NewItem, StoredCalibration, StoredWhitening
from resight.io.datasets.place import Place
from resight.io.lock import WriterLock
from resight.types import Array, EncoderCard, Whitening

from . import blobs, log, models, read, schema
from . import copy as copying
from . import write as enrolment
from .connection import Readers, Writer, inspect
from .founding import delete, found


@final
class Gallery:
    """Enrolled photos in one file: any number of threads and processes read beside one writer.

    Each call reads one moment of the file; ``snapshot`` makes several calls read the same one. What a writing call has
    returned from is on the disk. Encoders are named by their fingerprints. Every method raises GalleryError for a file
    that is damaged, locked, read-only or on a full disk, and EncoderMismatch for an encoder the gallery does not have.
    """

    def __init__(self, path: Path, readers: Readers, writer: Writer | None) -> None:
        """Meant for ``create`` and ``open``."""
        self.path = path
        self._readers = readers
        self._writer = writer

    @classmethod
    def create(cls, path: str | Path, encoders: Sequence[EncoderCard], *, wait: float = 5.0) -> Self:
        """A new and empty gallery of these encoders, open for writing.

        Raises GalleryError where the file exists, or another writer does not end within ``wait`` seconds.
        """
        path = _located(path)
        lock = WriterLock(path, wait=wait)
        try:
            found(path, encoders)
            return cls(path, Readers(path), Writer(path, lock))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False, wait: float = 5.0) -> Self:
        """A gallery that exists, looked over quickly; ``check`` does it thoroughly.

        Raises GalleryError where it is missing, foreign, damaged or of a newer schema; and, to ``write``, where it is
        read-only or another writer does not end within ``wait`` seconds.
        """
        path = _located(path)
        inspect(path, write=write)
        log.require_own(path)
        lock = WriterLock(path, wait=wait) if write else None
        readers = Readers(path)
        try:
            with readers.reading() as connection:
                schema.verify(connection, path)
                is_whole = schema.has(connection, *schema.LATER)
            if lock is None:
                return cls(path, readers, None)
            writer = Writer(path, lock)
            if not is_whole:
                with writer.transaction() as connection:
                    schema.extend(connection)
            readers.close()
            return cls(path, Readers(path), writer)  # the writer may have changed how it can be read
        except BaseException:
            readers.close()
            if lock:
                lock.release()
            raise

    def close(self) -> None:
        """Let go of the file and of the right to write it; closing twice is once."""
        self._readers.close()
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Gallery({str(self.path)!r})"

    def __len__(self) -> int:
        with self._readers.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM items").fetchone()[0])

    @property
    def revision(self) -> int:
        """How many changes its photos have seen: galleries of one ``identity`` and revision have the same photos."""
        with self._readers.reading() as connection:
            return read.revision(connection)

    @property
    def identity(self) -> str:
        """A name given at creation; a gallery made anew under the same path has another."""
        with self._readers.reading() as connection:
            return read.identity(connection)

    @property
    def encoders(self) -> tuple[EncoderCard, ...]:
        """Its encoders, in the order in which they were given to ``create``."""
        with self._readers.reading() as connection:
            return read.encoder_cards(connection)

    def require(self, fingerprints: Iterable[str]) -> None:
        """Raise EncoderMismatch, with the command that makes the gallery anew, unless it has all these encoders."""
        with self._readers.reading() as connection:
            read.require(connection, fingerprints)

    def snapshot(self) -> AbstractContextManager[None]:
        """``with gallery.snapshot():`` what this thread reads inside is of one moment, whatever others write."""
        return self._readers.snapshot()

    def add(self, items: Iterable[NewItem]) -> Added:
        """Enrol photos, all or none; one whose digest is known already is not stored again but reported.

        Raises EncoderMismatch where a photo was not encoded by exactly this gallery's encoders.
        """
        writer = self._writing()
        with self._readers.reading() as connection:
            encoders = read.encoder_ids(connection)
        parcels = enrolment.prepare(items, encoders)
        with writer.transaction(need=sum(parcel.nbytes for parcel in parcels)) as connection:
            return enrolment.enrol(connection, parcels)

    def remove(
        self, *, photos: Iterable[str] = (), instances: Iterable[str] = (), ids: Iterable[int] = ()
    ) -> tuple[int, ...]:
        """Remove the photos of these paths, of these instances and of these ids; the ids that they had.

        What was removed is remembered: see ``forgotten``. Raises GalleryError where a name or id is unknown, or a path
        fits several photos; nothing is removed then.
        """
        with self._writing().transaction() as connection:
            return enrolment.remove(connection, photos=photos, instances=instances, ids=ids)

    def move(self, names: Mapping[int, str], places: Mapping[int, Place] | None = None) -> None:
        """Give photos, by id, other paths and places: their files lie elsewhere now. Nothing else of them changes."""
        with self._writing().transaction() as connection:
            enrolment.move(connection, names, places or {})

    def places(self) -> dict[int, Place]:
        """Where photos lie, by id; those whose place nobody wrote down are left out."""
        with self._readers.reading() as connection:
            return read.places(connection)

    def roots(self) -> list[str]:
        """The folders and Parquet files that hold the photos, as far as somebody wrote it down."""
        with self._readers.reading() as connection:
            return read.roots(connection)

    def forget(self, photos: Iterable[Forgotten]) -> None:
        """Remember photos as removed that are not there, as those of a gallery that this one takes the place of."""
        with self._writing().transaction() as connection:
            enrolment.forget(connection, photos)

    def forgotten(self) -> tuple[Forgotten, ...]:
        """The photos that were removed and did not come back, by digest."""
        with self._readers.reading() as connection:
            return read.forgotten(connection)

    def rename(self, old: str, new: str, *, merge: bool = False) -> int:
        """Give an instance another name, that of a known one only where they are to ``merge``; how many photos it had.

        Raises GalleryError where ``old`` is unknown, or ``new`` is known and ``merge`` is false.
        """
        with self._writing().transaction() as connection:
            return enrolment.rename(connection, old, new, merge=merge)

    def items(
        self,
        instance: str | None = None,
        *,
        ids: Iterable[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Item]:
        """Photos in the order of their ids: all, those of one instance, or those of ``ids`` that are still there."""
        with self._readers.reading() as connection:
            return read.items(connection, instance, ids=ids, limit=limit, offset=offset)

    def ids(self) -> list[int]:
        """Of all photos, ascending."""
        with self._readers.reading() as connection:
            return read.ids(connection)

    def instances(self) -> dict[str, int]:
        """How many photos each instance has, by name in the order of its bytes."""
        with self._readers.reading() as connection:
            return read.instances(connection)

    def changed_since(self, revision: int) -> Changes:
        """What became of the photos after a revision of this ``identity``, for whoever holds a copy in memory.

        Raises GalleryError where the gallery has not been that far.
        """
        with self._readers.reading() as connection:
            return read.changes(connection, revision)

    def features(self, encoder: str, *, ids: Iterable[int] | None = None) -> Iterator[tuple[int, dict[str, Array]]]:
        """``(id, arrays)`` of all photos, or of those of ``ids`` that are still there, by ascending id.

        The arrays are read-only; the moment that is read is that of the first step.
        """
        with self._readers.reading() as connection:
            yield from blobs.stream(connection, "features", encoder, ids=ids)

    def descriptors(self, encoder: str, *, ids: Iterable[int] | None = None) -> tuple[Array, Array]:
        """Ids (n,) int64, ascending, and their unwhitened descriptors (n, d) float32; (0, 0) where there are none."""
        with self._readers.reading() as connection:
            return blobs.descriptors(connection, encoder, ids=ids)

    def thumbnail(self, id: int) -> bytes:
        """The encoded image of a photo, b"" where it was enrolled without.

        Raises GalleryError for an unknown id.
        """
        with self._readers.reading() as connection:
            return blobs.thumbnail(connection, id)

    def save_whitening(self, encoder: str, whitening: Whitening, *, n: int) -> int:
        """Store a whitening fitted on ``n`` photos, with those of the encoder's background; its version, from 1."""
        with self._writing().transaction() as connection:
            return models.save_whitening(connection, encoder, whitening, n=n)

    def whitening(self, encoder: str, *, version: int | None = None) -> StoredWhitening | None:
        """The whitening of a version, or the newest, of an encoder's descriptors; None where there is none."""
        with self._readers.reading() as connection:
            return models.whitening(connection, encoder, version)

    def save_calibration(self, parameters: Mapping[str, Any], arrays: Arrays | None = None) -> int:
        """Store a calibration, as JSON and as arrays; its version, from 1."""
        with self._writing().transaction() as connection:
            return models.save_calibration(connection, parameters, arrays or {})

    def calibration(self) -> StoredCalibration | None:
        """The newest calibration, or None."""
        with self._readers.reading() as connection:
            return models.calibration(connection)

    def size_per_photo(self) -> dict[str, float]:
        """Mean bytes of a photo's "features", "descriptors" and "thumbnails", and of the whole "file"."""
        with self._readers.reading() as connection:
            return read.size_per_photo(connection)

    def check(self) -> None:
        """Raise GalleryError unless every page, reference, row and blob is sound; reads the whole file.

        What the arrays of photos mean is another matter, see :func:`resight.indexing.inspection.inspect`.
        """
        with self._readers.reading() as connection:
            blobs.check(connection)
            read.identity(connection)
            read.revision(connection)
            read.items(connection, None, ids=None, limit=None, offset=0)
            read.places(connection)
            read.forgotten(connection)
            for card in read.encoder_cards(connection):
                blobs.descriptors(connection, card.fingerprint, ids=None)
                models.whitening(connection, card.fingerprint, None)
            models.calibration(connection)

    def compact(self) -> None:
        """Forget all but the newest whitening and calibration, and give the space of removed photos back."""
        writer = self._writing()
        with writer.transaction() as connection:
            models.forget_older(connection)
        with writer.alone(need=self.path.stat().st_size) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, target: str | Path, *, replace: bool = False) -> None:
        """Write a whole copy of one moment to another file, while others may write.

        The copy is read through before it is there; it may ``replace`` another gallery. Raises GalleryError where the
        target exists and is not to be replaced, is no gallery or is this one, and where this one is damaged.
        """
        target = _located(target)
        if target.exists() and os.path.samefile(target, self.path):
            raise GalleryError(f"{self.path} cannot be copied onto itself: name another file")
        if target.exists():
            if not replace:
                raise GalleryError(
                    f"{target} exists already: name another file, or add --replace (from Python replace=True)"
                )
            self._copy_over(target)
            return
        lock = WriterLock(target, wait=0)
        try:
            with self._readers.reading() as connection:
                copying.copy(connection, target)
        finally:
            lock.release()

    def _copy_over(self, target: Path) -> None:
        """The copy is made beside the target first, so that a failure leaves the target as it was."""
        new = target.with_name(f".{target.name}.copying")
        with Gallery.open(target, write=True) as other:
            delete(new)
            try:
                self.copy(new)
                other.restore(new)
            finally:
                delete(new)

    def restore(self, source: str | Path) -> None:
        """Take over the whole content of another gallery file at once: readers see the old one or the new one.

        This is how a gallery is built anew beside the old one and put in its place: renaming files over one that is
        read would mix its log into the new one.
        """
        writer = self._writing()
        with Gallery.open(source) as other:
            if other.path != self.path:
                log.adopt(other.path, self.identity)
            need = other.path.stat().st_size
            with other._readers.reading() as content, writer.alone(need=need) as connection:
                content.backup(connection)

    def _writing(self) -> Writer:
        if self._writer is None:
            raise GalleryError(f"{self.path} was opened for reading: open it with write=True")
        return self._writer


def _located(path: str | Path) -> Path:
    """The file itself: one lock and one log whatever link names it, and from whatever folder the process goes on."""
    return Path(os.path.realpath(path))
