"""The gallery as its users meet it, whatever it is kept in: the promises that each store makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from resight.io.datasets.place import Place
from resight.types import Array, EncoderCard, Whitening

from .records import AddResult, Arrays, Changes, Item, NewItem, RemovedPhoto, StoredCalibration, StoredWhitening


class Gallery(Protocol):
    """Enrolled photos and what was fitted on them: any number of threads and processes read beside one writer.

    ``resight.gallery.stores.opening`` opens one; ``tests/gallery/contract`` holds every store to these promises:

    - *Moments.* Each call reads one moment; ``snapshot`` makes several calls read the same one. A moment has the whole
      of a change or nothing of it.
    - *Changes.* A writing call that returns is kept, whatever ends the process; one that raises has changed nothing.
    - *Revisions.* ``revision`` counts the photos that were enrolled, removed and renamed, and nothing else, so that it
      does not depend on batches. Galleries of one ``identity`` and revision have the same photos.
    - *Ids* are whole numbers from 1 that grow in the order of enrolment. None is given twice, not after a removal.
    - *Names.* An instance is spelled in one way, that of ``resight.names.canonical``, and is found by any other. Paths
      come back as they went in, those that are no valid UTF-8 too.
    - *Arrays* come back to the bit. Encoders are named by their fingerprints.

    Any thread may use it; a process that was forked off may not. Every method raises GalleryError where the store is
    damaged, out of reach, closed or full, or was opened for reading and is to write, and EncoderMismatch for an encoder
    that it does not have.
    """

    @property
    def location(self) -> str:
        """Name by which it is opened, on the command line too: the absolute path of its file."""

    @property
    def folder(self) -> Path | None:
        """The folder that it lies in, where models are looked for that were moved with it; None for no folder."""

    @property
    def identity(self) -> str:
        """A name given at creation; a gallery made anew at the same location has another."""

    @property
    def revision(self) -> int:
        """Number of changes that its photos have seen, from 0."""

    @property
    def encoders(self) -> tuple[EncoderCard, ...]:
        """The encoders, in the order in which they were given at creation."""

    def require(self, fingerprints: Iterable[str]) -> None:
        """Raise EncoderMismatch, with the command that makes the gallery anew, unless it has all these encoders."""

    def close(self) -> None:
        """Let go of the store and of the right to write it; closing twice is once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def __len__(self) -> int:
        """Number of its photos."""

    def snapshot(self) -> AbstractContextManager[None]:
        """``with gallery.snapshot():`` what this thread reads inside is of one moment, whatever anybody writes.

        That moment is of the first read inside, at the latest; a snapshot inside another is part of it.
        """

    def changed_since(self, revision: int) -> Changes:
        """Changes of the photos after a revision of this ``identity``, for whoever holds a copy in memory.

        A photo that came and went since is in none of the lists. Raises GalleryError where the gallery has not been
        that far: it is another one then.
        """

    def items(
        self,
        instance: str | None = None,
        *,
        ids: Iterable[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Item]:
        """Photos in the order of their ids: all, those of one instance, or those of ``ids`` that are still there."""

    def ids(self) -> list[int]:
        """The ids of all photos, ascending."""

    def instances(self) -> dict[str, int]:
        """Number of photos of each instance, by name in the order of its UTF-8 bytes."""

    def places(self) -> dict[int, Place]:
        """Places of photos, by id; those whose place nobody wrote down are left out."""

    def roots(self) -> list[str]:
        """The folders and Parquet files that hold the photos, in the order of enrolment, as far as that is known."""

    def forgotten(self) -> tuple[RemovedPhoto, ...]:
        """The photos that were removed and did not come back, by digest."""

    def renamed(self) -> tuple[int, ...]:
        """Ids of the photos that were given another name than they were enrolled with, ascending."""

    def features(self, encoder: str, *, ids: Iterable[int] | None = None) -> Iterator[tuple[int, dict[str, Array]]]:
        """``(id, arrays)`` of all photos, or of those of ``ids`` that are still there, by ascending id.

        The arrays are read-only. All are of the moment of the first step; an iterator from inside a snapshot ends with
        it.
        """

    def descriptors(self, encoder: str, *, ids: Iterable[int] | None = None) -> tuple[Array, Array]:
        """Ids (n,) int64, ascending, and their unwhitened descriptors (n, d) float32; (0, 0) where there are none.

        ``ids`` are as in ``features``. What was enrolled as float16 is widened, which loses nothing.
        """

    def thumbnail(self, id: int) -> bytes:
        """The encoded image of a photo, b"" where it was enrolled without.

        Raises GalleryError for an unknown id.
        """

    def whitening(self, encoder: str, *, version: int | None = None) -> StoredWhitening | None:
        """The whitening of a version, or the newest, of an encoder's descriptors; None where there is none."""

    def calibration(self) -> StoredCalibration | None:
        """The newest calibration, or None."""

    def add(self, items: Iterable[NewItem]) -> AddResult:
        """Enrol photos, all or none; one whose digest is known already is not stored again but reported.

        Raises EncoderMismatch where a photo was not encoded by exactly this gallery's encoders; GalleryError for
        descriptors that are not (d,) finite float16 or float32 of one length, and for metadata that JSON cannot say.
        """

    def remove(
        self, *, photos: Iterable[str] = (), instances: Iterable[str] = (), ids: Iterable[int] = ()
    ) -> tuple[int, ...]:
        """Remove the photos of these paths, of these instances and of these ids; the ids that they had, ascending.

        What was removed is remembered: see ``forgotten``. Raises GalleryError where a name or id is unknown, or a path
        fits several photos; nothing is removed then.
        """

    def move(self, names: Mapping[int, str], places: Mapping[int, Place] | None = None) -> None:
        """Give photos, by id, other paths and places: their files lie elsewhere now.

        Nothing else of them changes, nor does the revision. Raises GalleryError for an unknown id; nothing moves then.
        """

    def rename(self, old: str, new: str, *, merge: bool = False) -> int:
        """Give an instance another name, that of a known one only where they are to ``merge``; how many photos it had.

        Raises GalleryError where ``old`` is unknown, ``new`` is empty, or ``new`` is known and ``merge`` is false.
        """

    def relabel(self, ids: Iterable[int], instance: str) -> None:
        """Give single photos, by id, another instance, known or not: a person says that they show something else.

        Raises GalleryError for an unknown id and for an empty name; nothing is changed then.
        """

    def forget(self, photos: Iterable[RemovedPhoto]) -> None:
        """Remember photos as removed that are not there, as those of a gallery that this one takes the place of."""

    def save_whitening(self, encoder: str, whitening: Whitening, *, n: int) -> int:
        """Store a whitening fitted on ``n`` photos, with those of the encoder's background; its version, from 1.

        The revision of now is stored with it.
        """

    def save_calibration(self, parameters: Mapping[str, Any], arrays: Arrays | None = None) -> int:
        """Store a calibration, as JSON and as arrays, with the revision of now; its version, from 1."""

    def size_per_photo(self) -> dict[str, float]:
        """Mean bytes of a photo's "features", "descriptors" and "thumbnails", and of the whole "file"."""

    def check(self) -> None:
        """Raise GalleryError unless all that is stored is sound; reads the whole of it.

        What the arrays of photos mean is another matter, see ``resight.indexing.inspection.inspect``.
        """

    def compact(self) -> None:
        """Give the space of removed photos back, and forget the older whitenings and calibrations.

        Each encoder's newest whitening stays, and the one that the newest calibration was fitted with.
        """

    def copy(self, target: str | Path, *, replace: bool = False) -> None:
        """Write a whole copy of one moment to a new gallery file, while others may write.

        The copy is read through before it is there; it may ``replace`` another gallery. Raises GalleryError where the
        target exists and is not to be replaced, is no gallery or is this one, and where this one is damaged.
        """

    def restore(self, source: str | Path) -> None:
        """Take over the whole content of another gallery at once: readers see the old one or the new one.

        This is how a gallery is built anew beside the old one and put in its place.
        """
