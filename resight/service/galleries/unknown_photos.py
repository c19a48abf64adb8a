"""Photos that got no name, kept where their owner wants that, and grouped by what they show.

What is on the disk are the photos and a list of them. Their features are those of the gallery's encoders of the day: a
service that starts describes the photos anew.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from resight.errors import GalleryError, PhotoError
from resight.io import images
from resight.io.files import write_whole
from resight.search.candidates import CLEAR
from resight.search.describe import PhotoFeatures
from resight.verification.comparison import NO_VOTES, verify

DAY: Final = 86_400
COMPARED: Final = 6
"""Kept photos that a new one is laid over: those with the nearest descriptors."""

SEEN: Final = 300
"""Newest photos that are kept in memory as they are compared, about 0.5 MB each."""

ALIKE: Final = 0.9
"""Cosine from which photos show one thing, where no encoder has points that could agree."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Whether photos without a name are kept.

    Attributes
    ----------
    keep : whether they are.
    limit : at most so many; the oldest go.
    days : after which each goes.
    """

    keep: bool = False
    limit: int = 200
    days: int = 30


@dataclass(frozen=True, slots=True)
class UnknownPhoto:
    """A photo that got no name: when it came in seconds since 1970, and the group of photos that show the same."""

    id: str
    time: float
    group: str


@final
class UnknownPhotos:
    """The photos of a gallery that got no name, in a folder beside it.

    Raises GalleryError where the list of them is damaged, for nobody would know which of them are to go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "unknown"
        self._settings = folder / "unknown.json"
        self._lock = threading.Lock()
        self._begun = time.time(), time.monotonic()
        self._features: dict[str, PhotoFeatures] = {}
        self.retention, self._photos = self._read()
        self._sweep()

    def set(self, retention: Retention) -> None:
        """Change whether, how many and how long; those beyond go at once."""
        with self._lock:
            self.retention = retention
            self._drop()
            self._write()

    def add(self, photo: bytes, features: PhotoFeatures) -> None:
        """Keep a photo, a JPEG, if photos are kept, beside those that show the same."""
        if not self.retention.keep:
            return
        digest = images.digest(photo).hex()
        with self._lock:
            if digest in self._photos:
                return
            group = self._group(features) or secrets.token_hex(4)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.path(digest), lambda unfinished: unfinished.write_bytes(photo))
            self._photos[digest] = UnknownPhoto(digest, self._now(), group)
            self._features[digest] = features
            while len(self._features) > SEEN:
                del self._features[min(self._features, key=lambda id: self._photos[id].time)]
            self._drop()
            self._write()

    def remember(self, extract: Callable[[bytes], PhotoFeatures]) -> None:
        """See the photos that were kept before the service started, so that new ones find their groups."""
        for id in [one.id for one in self._newest()]:
            try:
                features = extract(self.path(id).read_bytes())
            except (OSError, PhotoError):  # deleted meanwhile, or damaged
                continue
            with self._lock:
                if id in self._photos:
                    self._features.setdefault(id, features)

    def _newest(self) -> list[UnknownPhoto]:
        """The photos that new ones are laid over, the newest first."""
        with self._lock:
            return sorted(self._photos.values(), key=lambda one: -one.time)[:SEEN]

    def groups(self) -> list[list[UnknownPhoto]]:
        """The photos that show the same, in groups, the largest first."""
        with self._lock:
            self._drop()
            found: dict[str, list[UnknownPhoto]] = {}
            for one in self._photos.values():
                found.setdefault(one.group, []).append(one)
        return sorted(found.values(), key=lambda group: (-len(group), -group[-1].time))

    def path(self, id: str) -> Path:
        """The file of a kept photo."""
        return self._folder / f"{id}.jpg"

    def has(self, id: str) -> bool:
        """Whether there is a photo of that id."""
        return id in self._photos

    def remove(self, ids: list[str]) -> int:
        """Delete photos; how many there were."""
        with self._lock:
            found = [id for id in ids if id in self._photos]
            for id in found:
                self._delete(id)
            self._write()
        return len(found)

    def _group(self, features: PhotoFeatures) -> str | None:
        """The group of a kept photo that shows the same; None where none does."""
        near: list[tuple[float, str]] = []
        for id, other in self._features.items():
            shared = features.descriptors.keys() & other.descriptors.keys()
            cosines = [float(np.dot(features.descriptors[one], other.descriptors[one])) for one in shared]
            near.append((max(cosines, default=0.0), id))
        for cosine, id in sorted(near, reverse=True)[:COMPARED]:
            check = verify(features.local, self._features[id].local, NO_VOTES).check
            if check.transform is not None and check.score >= CLEAR:
                return self._photos[id].group
            if not len(features.local.features) and cosine >= ALIKE:
                return self._photos[id].group
        return None

    def _now(self) -> float:
        """The time, by the clock at the start and what went by since: a clock that jumps deletes nothing."""
        begun, at = self._begun
        return begun + time.monotonic() - at

    def _drop(self) -> None:
        """Delete what is too old or too much."""
        oldest = self._now() - self.retention.days * DAY
        by_age = sorted(self._photos.values(), key=lambda one: one.time)
        over = max(0, len(by_age) - (self.retention.limit if self.retention.keep else len(by_age)))
        for one in by_age[:over]:
            self._delete(one.id)
        for one in by_age[over:]:
            if one.time < oldest:
                self._delete(one.id)

    def _delete(self, id: str) -> None:
        self._photos.pop(id, None)
        self._features.pop(id, None)
        self.path(id).unlink(missing_ok=True)

    def _read(self) -> tuple[Retention, dict[str, UnknownPhoto]]:
        try:
            stored: dict[str, Any] = json.loads(self._settings.read_text(encoding="utf-8"))
            photos = [UnknownPhoto(**one) for one in stored["photos"]]
            return Retention(**stored["keeping"]), {one.id: one for one in photos if self.path(one.id).exists()}
        except FileNotFoundError:
            return Retention(), {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GalleryError(
                f"{self._settings} does not say which photos without a name are kept ({error}): put a copy of it back, "
                f"or delete it and with it the photos in {self._folder}, which are forgotten then"
            ) from error

    def _sweep(self) -> None:
        """Delete photos that no list knows: a crash came between the two."""
        for path in self._folder.glob("*.jpg"):
            if path.stem not in self._photos:
                path.unlink(missing_ok=True)

    def _write(self) -> None:
        if not self.retention.keep and not self._photos and not self._settings.exists():
            return
        self._settings.parent.mkdir(mode=0o700, exist_ok=True)
        stored = {"keeping": asdict(self.retention), "photos": [asdict(one) for one in self._photos.values()]}
        write_whole(self._settings, lambda unfinished: unfinished.write_text(json.dumps(stored), encoding="utf-8"))
