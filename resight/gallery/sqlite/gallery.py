"""A gallery in one SQLite file that survives whatever ends its writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from resight.gallery.protocol import Gallery
from resight.gallery.records import (
    AddResult,
    Arrays,
    Changes,
    Item,
    NewItem,
    RemovedPhoto,
    StoredCalibration,
    StoredWhitening,
)
from resight.io.datasets.place import Place
from resight.types import Array, EncoderCard, Whitening

from . import blobs, models, read, write
from . import copy as copying
from .file import GalleryFile, located


@final
class SqliteGallery(Gallery):
    """A gallery in one file, ``path``, in SQLite's write-ahead mode; what it promises is written in the protocol.

    What a writing call has returned from is synced to the disk. GalleryError is raised as well where a file is locked,
    read-only, or on a drive without locks.
    """

    def __init__(self, file: GalleryFile) -> None:
        """Meant for ``create`` and ``open``."""
        self.path = file.path
        self._file = file

    @classmethod
    def create(cls, path: str | Path, encoders: Sequence[EncoderCard], *, wait: float = 5.0) -> Self:
        """A new and empty gallery of these encoders, open for writing.

        Raises GalleryError where the file exists, or another writer does not end within ``wait`` seconds.
        """
        return cls(GalleryFile.create(located(path), encoders, wait=wait))

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False, wait: float = 5.0) -> Self:
        """A gallery that exists, looked over quickly; ``check`` does it thoroughly.

        Raises GalleryError where it is missing, foreign, damaged or of a newer schema; and, to ``write``, where it is
        read-only or another writer does not end within ``wait`` seconds.
        """
        return cls(GalleryFile.open(located(path), write=write, wait=wait))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteGallery({str(self.path)!r})"

    def __len__(self) -> int:
        with self._file.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM items").fetchone()[0])

    @property
    def location(self) -> str:
        return str(self.path)

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def revision(self) -> int:
        with self._file.reading() as connection:
            return read.revision(connection)

    @property
    def identity(self) -> str:
        with self._file.reading() as connection:
            return read.identity(connection)

    @property
    def encoders(self) -> tuple[EncoderCard, ...]:
        with self._file.reading() as connection:
            return read.encoder_cards(connection)

    def require(self, fingerprints: Iterable[str]) -> None:
        with self._file.reading() as connection:
            read.require(connection, fingerprints)

    def snapshot(self) -> AbstractContextManager[None]:
        return self._file.snapshot()

    def add(self, items: Iterable[NewItem]) -> AddResult:
        writer = self._file.writing()
        with self._file.reading() as connection:
            encoders = read.encoder_ids(connection)
        parcels = write.prepare(items, encoders)
        with writer.transaction(need=sum(parcel.nbytes for parcel in parcels)) as connection:
            return write.enrol(connection, parcels)

    def remove(
        self, *, photos: Iterable[str] = (), instances: Iterable[str] = (), ids: Iterable[int] = ()
    ) -> tuple[int, ...]:
        with self._file.writing().transaction() as connection:
            return write.remove(connection, photos=photos, instances=instances, ids=ids)

    def move(self, names: Mapping[int, str], places: Mapping[int, Place] | None = None) -> None:
        with self._file.writing().transaction() as connection:
            write.move(connection, names, places or {})

    def places(self) -> dict[int, Place]:
        with self._file.reading() as connection:
            return read.places(connection)

    def roots(self) -> list[str]:
        with self._file.reading() as connection:
            return read.roots(connection)

    def forget(self, photos: Iterable[RemovedPhoto]) -> None:
        with self._file.writing().transaction() as connection:
            write.forget(connection, photos)

    def forgotten(self) -> tuple[RemovedPhoto, ...]:
        with self._file.reading() as connection:
            return read.forgotten(connection)

    def rename(self, old: str, new: str, *, merge: bool = False) -> int:
        with self._file.writing().transaction() as connection:
            return write.rename(connection, old, new, merge=merge)

    def relabel(self, ids: Iterable[int], instance: str) -> None:
        with self._file.writing().transaction() as connection:
            write.relabel(connection, ids, instance)

    def items(
        self,
        instance: str | None = None,
        *,
        ids: Iterable[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Item]:
        with self._file.reading() as connection:
            return read.items(connection, instance, ids=ids, limit=limit, offset=offset)

    def ids(self) -> list[int]:
        with self._file.reading() as connection:
            return read.ids(connection)

    def instances(self) -> dict[str, int]:
        with self._file.reading() as connection:
            return read.instances(connection)

    def changed_since(self, revision: int) -> Changes:
        with self._file.reading() as connection:
            return read.changes(connection, revision)

    def renamed(self) -> tuple[int, ...]:
        with self._file.reading() as connection:
            return read.renamed(connection)

    def features(self, encoder: str, *, ids: Iterable[int] | None = None) -> Iterator[tuple[int, dict[str, Array]]]:
        with self._file.reading() as connection:
            yield from blobs.stream(connection, "features", encoder, ids=ids)

    def descriptors(self, encoder: str, *, ids: Iterable[int] | None = None) -> tuple[Array, Array]:
        with self._file.reading() as connection:
            return blobs.descriptors(connection, encoder, ids=ids)

    def thumbnail(self, id: int) -> bytes:
        with self._file.reading() as connection:
            return blobs.thumbnail(connection, id)

    def save_whitening(self, encoder: str, whitening: Whitening, *, n: int) -> int:
        with self._file.writing().transaction() as connection:
            return models.save_whitening(connection, encoder, whitening, n=n)

    def whitening(self, encoder: str, *, version: int | None = None) -> StoredWhitening | None:
        with self._file.reading() as connection:
            return models.whitening(connection, encoder, version)

    def save_calibration(self, parameters: Mapping[str, Any], arrays: Arrays | None = None) -> int:
        with self._file.writing().transaction() as connection:
            return models.save_calibration(connection, parameters, arrays or {})

    def calibration(self) -> StoredCalibration | None:
        with self._file.reading() as connection:
            return models.calibration(connection)

    def size_per_photo(self) -> dict[str, float]:
        with self._file.reading() as connection:
            return read.size_per_photo(connection)

    def check(self) -> None:
        with self._file.reading() as connection:
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
        writer = self._file.writing()
        with writer.transaction() as connection:
            models.forget_older(connection)
        with writer.alone(need=self.path.stat().st_size) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, target: str | Path, *, replace: bool = False) -> None:
        copying.copy(self._file, located(target), replace=replace)

    def restore(self, source: str | Path) -> None:
        copying.restore(self._file, located(source))
