"""Photos decoded once into one array on disk, so that training never waits for a decoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError, PhotoError
from resight.io import files, images
from resight.io.datasets.dataset import Entry
from resight.io.datasets.preflight import PhotosLeftOut
from resight.progress import Job, Progress
from resight.types import Array, Image

PIXELS: Final = "photos.npy"
CONTENTS: Final = "photos.json"
"""Written last: an album without it is made again."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhotos:
    """Square photos in one memory-mapped array.

    Attributes
    ----------
    pixels : (n, side, side, 3) uint8, read-only, on disk.
    names : (n,) of the photos.
    labels : (n,) integers, UNKNOWN where nobody said; equal text, equal label.
    skipped : names of photos that could not be read, with the reason.
    identity : of the photos' names and labels and the side, but not of their bytes.
    digests : of the bytes of each photo; an album of before has none until it is filled again.
    """

    pixels: Array
    names: tuple[str, ...]
    labels: Array
    skipped: tuple[str, ...]
    identity: str
    digests: tuple[bytes, ...] = ()

    @property
    def content(self) -> str:
        """SHA-256 of the photos' bytes."""
        return hashlib.sha256(b"".join(self.digests)).hexdigest()

    @property
    def made_of(self) -> dict[str, str]:
        """Inputs that a cached result must have been made of, to be of these photos."""
        return {"photos": self.identity, "content": self.content}

    def __len__(self) -> int:
        return len(self.names)


def fill(folder: Path, entries: Sequence[Entry], *, side: int, fit: str = "crop") -> Iterator[int]:
    """Make the album of these photos in ``folder``, or look through the one that is there; tells how many are done.

    A photo's shorter side becomes ``side`` pixels, and the middle is kept; ``fit`` "stretch" makes all of it square
    instead. One that cannot be read is left out and listed. Raises DatasetError where the folder holds the album of
    other photos, be it others under the same names, or nothing can be read. Names, sizes and times do not tell photos
    apart, so that all of them are read again.
    """
    if not entries:
        raise DatasetError("no photo is there to be decoded; wanted some in the splits that are learned or asked about")
    identity = identity_of(entries, side, fit)
    if not (folder / CONTENTS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        yield from _decode(folder, entries, side, identity, FITS[fit])
        return
    found = opened(folder)
    if found.identity != identity:
        raise DatasetError(
            f"{str(folder)!r} holds an album of other photos ({len(found)} at {found.pixels.shape[1]} pixels); "
            f"wanted one of these {len(entries)} at {side}: name another folder, or empty this one"
        )
    yield from _require_bytes(folder, entries)


def filled(folder: Path, entries: Sequence[Entry], *, side: int, fit: str = "crop") -> Job[DecodedPhotos]:
    """:func:`fill` as steps of long work, the last of which lists what cannot be read; the album."""
    for done in fill(folder, entries, side=side, fit=fit):
        yield Progress("photos", done, len(entries))
    album = opened(folder)
    yield PhotosLeftOut.of(album.skipped, len(entries))
    return album


def opened(folder: Path) -> DecodedPhotos:
    """The album in a folder; raises DatasetError where there is none, or a damaged one."""
    try:
        contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        names, skipped = tuple(contents["names"]), tuple(contents["skipped"])
        labels, said = np.array(contents["labels"], np.int64), contents.get("digests", {})
        pixels = np.load(folder / PIXELS, mmap_mode="r", allow_pickle=False)[: len(names)]
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or labels.shape != (len(names),) or len(pixels) != len(names):
            raise ValueError(f"{len(names)} names, labels of shape {labels.shape}, {pixels.dtype} of {pixels.shape}")
        if said and len(said) != len(names) + len(skipped):
            raise ValueError(f"{len(said)} digests of {len(names) + len(skipped)} photos")
        digests = tuple(bytes.fromhex(said[name]) for name in names if name in said)
        return DecodedPhotos(pixels, names, labels, skipped, contents["identity"], digests)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DatasetError(
            f"{str(folder)!r} holds no whole album ({error}): remove its {CONTENTS}, and the photos are decoded again"
        ) from error


def square(image: Image, side: int) -> Image:
    """The middle of a photo ``(h, w, 3)``, its shorter side resized to ``side``: ``(side, side, 3)``."""
    height, width = image.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    return images.resize(image[top : top + short, left : left + short], (side, side))


def stretched(image: Image, side: int) -> Image:
    """Stretches a photo ``(h, w, 3)`` to ``(side, side, 3)``, whatever its proportions: Kohl 2017, section 4.1.2."""
    return images.resize(image, (side, side))


FITS: Final = {"crop": square, "stretch": stretched}
"""Ways to make a photo square."""


def _decode(
    folder: Path, entries: Sequence[Entry], side: int, identity: str, fitted: Callable[[Image, int], Image]
) -> Iterator[int]:
    wanted = len(entries) * side * side * 3
    files.require(folder, wanted, "the decoded photos", "decode them smaller (the setting album)")
    for leftover in folder.glob(f"*{PIXELS}*.partial"):  # of a process that was killed: gigabytes
        leftover.unlink()
    names: list[str] = []
    labels: list[str | None] = []
    skipped: list[str] = []
    digests: dict[str, str] = {}
    with files.whole(folder / PIXELS) as unfinished:
        pixels = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=(len(entries), side, side, 3))
        for done, entry in enumerate(entries, 1):
            try:
                photo = entry.photo()
            except PhotoError as error:
                skipped.append(f"{entry.name}: {error}")
                digests[entry.name] = images.digest(_data(entry)).hex()
                continue
            digests[entry.name] = photo.digest.hex()
            pixels[len(names)] = fitted(photo.image, side)
            names.append(entry.name)
            labels.append(entry.label)
            yield done
        if not names:
            raise DatasetError(f"none of {len(entries)} photos can be read, the first: {skipped[0]}: check the data")
        pixels.flush()
        del pixels  # which holds the file open: Windows renames none that is
    numbers = {label: number for number, label in enumerate(sorted(set(filter(None, labels))))}
    contents = {
        "identity": identity,
        "side": side,
        "names": names,
        "labels": [-1 if label is None else numbers[label] for label in labels],
        "skipped": skipped,
        "digests": digests,
    }
    _note(contents, folder)


def _note(contents: Mapping[str, Any], folder: Path) -> None:
    text = json.dumps(contents)
    files.write_whole(folder / CONTENTS, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def _require_bytes(folder: Path, entries: Sequence[Entry]) -> Iterator[int]:
    """Raises DatasetError where photos are others than those that were decoded under their names.

    An album of before has no digests: they are noted now.
    """
    contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    kept, found = contents.get("digests"), {}
    for done, entry in enumerate(entries, 1):
        found[entry.name] = images.digest(_data(entry)).hex()
        yield done
    if kept is None:
        _note({**contents, "digests": found}, folder)
        return
    if others := [name for name, old, new in zip(found, kept.values(), found.values(), strict=True) if old != new]:
        raise DatasetError(
            f"{len(others)} of {len(entries)} photos have changed since they were decoded into {str(folder)!r}, the "
            f"first: {others[0]}: put the former ones back, or name another work folder"
        )


def _data(entry: Entry) -> bytes:
    """A photo's bytes; none where it cannot be read, which is no photo either."""
    try:
        return entry.read()
    except PhotoError:
        return b""


def identity_of(entries: Sequence[Entry], side: int, fit: str = "crop") -> str:
    """SHA-256 of what decides an album's content, but for the photos' bytes."""
    said = [(Path(entry.name).name, entry.labels) for entry in entries]
    how = side if fit == "crop" else (side, fit)
    return hashlib.sha256(repr((how, said)).encode()).hexdigest()
