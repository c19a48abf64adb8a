"""Frozen records that go into a gallery and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from resight.errors import GalleryError
from resight.io.datasets.place import Place
from resight.types import Array, Whitening

Arrays = Mapping[str, Array]
"""Named arrays of booleans, integers or floats, as ``packing`` stores them."""


@dataclass(frozen=True, slots=True, eq=False)
class NewItem:
    """A photo to enrol, with what each encoder of the gallery made of it.

    Attributes
    ----------
    photo : its path, as indexed; several photos may share one.
    instance : what it shows.
    digest : of the file's bytes; it is the photo's identity.
    file_bytes : length of the file.
    width, height : of the upright photo in pixels.
    features : arrays by name, of each encoder by fingerprint.
    descriptors : (d,) unwhitened float16 or float32, of each encoder by fingerprint.
    thumbnail : an encoded image, or b"" for none.
    about : other columns of metadata, as JSON.
    place : where the file lies, or None where that is not to be written down.
    renamed : whether ``instance`` is a name that it was given later, in a gallery that this one takes the place of.
    """

    photo: str
    instance: str
    digest: bytes
    file_bytes: int
    width: int
    height: int
    features: Mapping[str, Arrays] = field(default_factory=dict)
    descriptors: Mapping[str, Array] = field(default_factory=dict)
    thumbnail: bytes = b""
    about: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    renamed: bool = False

    def __post_init__(self) -> None:
        for name in ("photo", "instance", "digest"):
            if not getattr(self, name):
                raise GalleryError(f"a photo to enrol has an empty {name}: {self.photo!r}, {self.instance!r}")
        if min(self.width, self.height, self.file_bytes) < 1:
            size = f"{self.width} × {self.height} pixels and {self.file_bytes} bytes"
            raise GalleryError(f"photo {self.photo!r} has {size}; wanted at least 1 of each")


@dataclass(frozen=True, slots=True)
class Item:
    """An enrolled photo; ``id`` grows in the order of enrolment and is never given again."""

    id: int
    photo: str
    instance: str
    digest: bytes
    file_bytes: int
    width: int
    height: int
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemovedPhoto:
    """A photo that was removed: its content, and the path and the instance it had."""

    digest: bytes
    photo: str
    instance: str


@dataclass(frozen=True, slots=True)
class LabelConflict:
    """A photo that was not enrolled as ``instance``, for the same file is known as ``known.instance``."""

    photo: str
    instance: str
    known: Item


@dataclass(frozen=True, slots=True)
class AddResult:
    """Outcome of ``add``: ids of the enrolled, paths of those known before, and those known as something else."""

    ids: tuple[int, ...]
    skipped: tuple[str, ...]
    label_conflicts: tuple[LabelConflict, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids that were added, removed and renamed since an earlier revision, ascending, up to ``revision``."""

    revision: int
    added: tuple[int, ...]
    removed: tuple[int, ...]
    renamed: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StoredWhitening:
    """A whitening with its ``version``, the ``n`` photos that it was fitted on and the gallery's ``revision`` then."""

    version: int
    whitening: Whitening
    n: int
    revision: int


@dataclass(frozen=True, slots=True, eq=False)
class StoredCalibration:
    """A calibration with its ``version`` and the gallery's ``revision`` when it was fitted."""

    version: int
    parameters: Mapping[str, Any]
    arrays: Arrays
    revision: int
