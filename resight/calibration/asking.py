"""Asking a gallery about photos that a person gave: those that teach, and why others do not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from resight.errors import PhotoError
from resight.features.encoder import Encoder
from resight.gallery.records import Item
from resight.io.datasets.dataset import Entry
from resight.io.datasets.survey import UnreadablePhoto
from resight.progress import Job, Progress
from resight.runtimes import processors
from resight.search.candidates import candidates
from resight.search.describe import extract, long_side
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import LocalFeatures

from .calibration import Calibration
from .examples import Contradiction, Example, ExamplesAsked, first_of_things
from .given_pictures import GivenPictures
from .near_duplicates import printed
from .samples import CalibrationSamples, row
from .unknown_photos import RecognisedPhoto, shown


class Asking:
    """Asks a gallery about photos that a person gave.

    Parameters
    ----------
    index, encoders : the gallery.
    taught : its calibration without them: what is doubted has no say in whether it is right.
    result : what is known of them so far, and what comes of it.
    """

    def __init__(
        self, index: GalleryIndex, encoders: Sequence[Encoder], taught: Calibration, result: ExamplesAsked
    ) -> None:
        self._index = index
        self._encoders = encoders
        self._taught = taught
        self.result = result
        self._held = {item.digest: item for item in index.items.values()}
        self._ids = {item.photo: id for id, item in index.items.items()}
        self._things = first_of_things(index.items)
        self._given: dict[bytes, Example] = {}
        self._pictures = GivenPictures()
        self._contradictory: set[bytes] = set()

    def ask(self, entries: Sequence[Entry], start: int, total: int) -> Job[None]:
        """Ask about photos whose questions are not there yet; they are those from ``start`` on of ``total``."""
        with ThreadPoolExecutor(processors.available()) as workers:
            looks = workers.map(self._look, entries)
            for done, (entry, seen) in enumerate(zip(entries, looks, strict=True), start + 1):
                self._settle(entry, seen)
                yield Progress("examples", done, total)

    def renew(self, entries: Sequence[Entry]) -> Job[None]:
        """Ask again about examples of before, as far as their files are still what they were.

        One of which a print has become a known photo since teaches nothing any more, and is told.
        """
        with ThreadPoolExecutor(processors.available()) as workers:
            looks = workers.map(partial(self._look, anew=True), entries)
            for done, seen in enumerate(looks, 1):
                if isinstance(seen, _Seen) and (example := self.result.examples.get(seen.digest)) is not None:
                    if seen.known is not None:
                        self._tell(example, seen.known)
                    elif seen.question is not None:
                        self.result.take(example, seen.question, self._index.items)
                yield Progress("examples", done, len(entries))

    def look_at(self, entries: Sequence[Entry]) -> Job[list[CalibrationSamples]]:
        """Questions about photos of which nobody says what they show; known photos are told, and none of these."""
        found: list[CalibrationSamples] = []
        with ThreadPoolExecutor(processors.available()) as workers:
            looks = workers.map(partial(self._look, anew=True), entries)
            for done, (entry, seen) in enumerate(zip(entries, looks, strict=True), 1):
                if isinstance(seen, PhotoError):
                    self.result.unreadable.append(UnreadablePhoto(entry.name, str(seen)))
                elif seen.known is not None or seen.question is None:
                    self.result.references += [] if seen.known is None else [(entry.name, seen.known)]
                else:
                    found.append(seen.question)
                yield Progress("seen photos", done, len(entries))
        return found

    def _look(self, entry: Entry, *, anew: bool = False) -> _Seen | PhotoError:
        try:
            photo = entry.photo(long_side=long_side(self._encoders))
        except PhotoError as error:
            return error
        if (known := self._held.get(photo.digest)) is not None:
            return _Seen(photo.digest, known, None, None)
        key = Example(entry.name, entry.labels, photo.digest).key
        if not anew and (before := self.result.samples.get(key)) is not None:
            return _Seen(photo.digest, None, before, None)
        features = extract(photo, self._encoders)
        ignored = [self._ids[name] for name in entry.ignore if name in self._ids]
        question = row(candidates(self._index, features, exclude=ignored), *key, -1)
        id = printed(self._index, features.local, question)
        return _Seen(photo.digest, None if id is None else self._index.items[id], question, features.local)

    def _tell(self, example: Example, known: Item) -> None:
        """Tell that a photo is a print of a known one, by which it teaches nothing."""
        if not example.labels:
            self.result.forget(example.digest)
            self.result.recognised.append(RecognisedPhoto(example.photo, known, 1.0))
        elif known.instance not in example.labels:
            self._contradict(example, known.photo, (known.instance,))
        else:
            self.result.forget(example.digest)
            self.result.references.append((example.photo, known))

    def _settle(self, entry: Entry, seen: _Seen | PhotoError) -> None:
        """Take a photo as an example, or tell why not."""
        if isinstance(seen, PhotoError):
            self.result.unreadable.append(UnreadablePhoto(entry.name, str(seen)))
            return
        known = tuple(label for label in entry.labels if label in self._things)
        path = os.path.abspath(entry.source) if isinstance(entry.source, Path) else ""
        things = tuple(self._things[label] for label in known)
        example = Example(entry.name, known or entry.labels, seen.digest, things, path)
        before = self._given.setdefault(seen.digest, example)
        prints = [] if seen.local is None else self._pictures.add(example, seen.local)
        if before.differs_from(example):
            self._contradict(example, before.photo, before.labels)
        elif prints:
            self._contradict(example, prints[0].photo, prints[0].labels)
            for other in prints:
                self._contradictory.add(other.digest)
                self.result.forget(other.digest)
        elif entry.labels and not known:
            self.result.strange.append(example)
        elif seen.known is not None:
            self._tell(example, seen.known)
        elif seen.question is None or seen.digest in self._contradictory:
            self.result.forget(seen.digest)
        elif not known and (surely := shown(self._index, seen.question, self._taught)):
            self.result.forget(seen.digest)
            self.result.recognised.append(RecognisedPhoto(entry.name, *surely))
        else:
            self.result.take(example, seen.question, self._index.items)

    def _contradict(self, example: Example, other: str, others: tuple[str, ...]) -> None:
        self._contradictory.add(example.digest)
        self.result.forget(example.digest)
        self.result.contradictions.append(Contradiction(example.photo, example.labels, other, others))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A photo that was read: its digest, the ``known`` photo that it is a print of, its question, and how it looks.

    What was asked about before is not looked at again.
    """

    digest: bytes
    known: Item | None
    question: CalibrationSamples | None
    local: LocalFeatures | None
