"""Descriptors that are kept by what describes a photo and by its content, so that nothing is described twice."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from resight.calibration.simulated_views import view
from resight.errors import ModelError, PhotoError, TrainingError
from resight.features.encoder import GlobalEncoder
from resight.features.views import View, describe_views, reading_side
from resight.io import arrays, images
from resight.io.datasets.entries import Entry
from resight.io.datasets.survey import UnreadablePhoto
from resight.io.files import write_whole
from resight.io.images import Photo
from resight.progress import Job, Progress
from resight.search.describe import THUMBNAIL
from resight.types import Array

TOGETHER: Final = 32
"""Photos whose descriptors are written in one file: what a killed run loses at most."""

LARGEST: Final = 1 << 31
"""Bytes of one file of the cache that is read."""


@dataclass(frozen=True, slots=True, eq=False)
class DescribedPhotos:
    """Photos with their descriptors.

    Attributes
    ----------
    entries : the photos that could be read, in the order in which they were given.
    rows : (n, v, d) float32 unit descriptors, one a view, not whitened.
    digests : of the content of each photo.
    unreadable : the photos that could not be.
    """

    entries: tuple[Entry, ...]
    rows: Array
    digests: tuple[bytes, ...]
    unreadable: tuple[UnreadablePhoto, ...]


@dataclass(slots=True)
class DescriptorCache:
    """Descriptors of one encoder and some views in a folder, to which more are added.

    Attributes
    ----------
    folder : where the files are kept; several encoders may share it.
    encoder : the encoder.
    views : of each photo, such as its scales.
    simulated : whether not the photo is described but a view of it, as another camera may see it.
    """

    folder: Path
    encoder: GlobalEncoder
    views: Sequence[View]
    simulated: bool = False
    _known: dict[bytes, Array] = field(default_factory=dict)
    _fresh: dict[bytes, Array] = field(default_factory=dict)
    _files: int = 0

    def describe(self, entries: Sequence[Entry], stage: str = "descriptors") -> Job[DescribedPhotos]:
        """The descriptors of photos, step by step: only those that are not kept yet are asked of the encoder.

        Raises TrainingError for a file of the cache that is damaged or cannot be written.
        """
        self._load()
        side = reading_side(self.encoder, self.views)
        found: list[tuple[Entry, bytes]] = []
        unreadable: list[UnreadablePhoto] = []
        for done, entry in enumerate(entries, 1):
            try:
                key = content_key(entry)
                if key not in self._known:
                    photo = _simulated(entry, key) if self.simulated else entry.photo(long_side=side)
                    self.keep(key, describe_views(self.encoder, photo, self.views))
                found.append((entry, key))
            except (PhotoError, ModelError) as error:
                unreadable.append(UnreadablePhoto(entry.name, str(error)))
            if done == len(entries):
                self.flush()
            yield Progress(stage, done, len(entries))
        rows = np.stack([self._known[key] for _, key in found]) if found else np.zeros((0, len(self.views), 0))
        kept, keys = (tuple(column) for column in zip(*found, strict=True)) if found else ((), ())
        return DescribedPhotos(kept, rows, keys, tuple(unreadable))

    def kept(self, key: bytes) -> Array | None:
        """The rows ``(v, d)`` that are kept of the photo with this :func:`content_key`; None where none are."""
        if not self._files:
            self._load()
        return self._known.get(key)

    def keep(self, key: bytes, rows: Array) -> None:
        """Keep the rows ``(v, d)`` of a photo; they are on the disk after TOGETHER more, or after :meth:`flush`."""
        self._known[key] = self._fresh[key] = rows
        if len(self._fresh) >= TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet; raises TrainingError where the disk refuses."""
        if self._fresh:
            self._save(self._fresh)
            self._fresh = {}

    @property
    def name(self) -> str:
        """Name that the files of this encoder and these views begin with."""
        said = repr((self.encoder.fingerprint, [repr(view) for view in self.views], *["simulated"] * self.simulated))
        return hashlib.sha256(said.encode()).hexdigest()[:24]

    def _load(self) -> None:
        files = sorted(self.folder.glob(f"{self.name}-*.npz"))
        for path in files[self._files :]:
            try:
                kept = arrays.read(path, largest=LARGEST)
                self._known |= zip(map(bytes, kept["keys"]), kept["rows"], strict=True)
            except (ModelError, KeyError, ValueError) as error:
                raise TrainingError(
                    f"{str(path)!r} holds no descriptors ({error}): remove it, and its photos are described again"
                ) from error
        self._files = len(files)

    def _save(self, fresh: dict[bytes, Array]) -> None:
        keys = np.array([np.frombuffer(key, np.uint8) for key in fresh])
        rows = np.stack([*fresh.values()])
        path = self.folder / f"{self.name}-{self._files:05d}.npz"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda unfinished: _write(unfinished, keys, rows))
        except OSError as error:
            raise TrainingError(
                f"{str(path)!r} cannot be written ({error.strerror}): make room or name another folder, then run the "
                "same command again, which goes on from what is done"
            ) from error
        self._files += 1


def _write(path: Path, keys: Array, rows: Array) -> None:
    with path.open("wb") as file:
        np.savez(file, keys=keys, rows=rows)


def _simulated(entry: Entry, key: bytes) -> Photo:
    """A simulated view of a photo, at the size at which a gallery sees its own; which one its content decides."""
    image = entry.photo(long_side=THUMBNAIL).image
    small = images.resize(
        image, images.fit((image.shape[1], image.shape[0]), THUMBNAIL, enlarge=False), resampling="area"
    )
    return Photo.of(view(small, [], np.random.default_rng(zlib.crc32(key))))


def content_key(entry: Entry) -> bytes:
    """Identity of what is described: the file's content and the box, if one is meant; raises PhotoError."""
    digest = images.digest(entry.read())
    return digest if entry.box is None else hashlib.sha256(digest + repr(entry.box).encode()).digest()[: len(digest)]
