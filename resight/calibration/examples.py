"""Examples: photos of real use, of things that the gallery knows or of none, that teach its calibration.

They are questions with their right answer, never references.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from resight.errors import GalleryError, PhotoError
from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item, StoredCalibration
from resight.gallery.remedies import damaged
from resight.io.datasets.dataset import Entry
from resight.io.datasets.survey import UnreadablePhoto
from resight.progress import Job, Progress
from resight.runtimes import processors
from resight.search.candidates import candidates
from resight.search.describe import extract, long_side
from resight.search.gallery_index import GalleryIndex

from . import calibration
from .calibration import Calibration
from .near_duplicates import printed
from .samples import CalibrationSamples, Key, QueryKind, row
from .unknown_photos import RecognisedPhoto, shown

EXAMPLES: Final = "examples"
"""Key of a stored calibration's parameters below which its examples are."""


@dataclass(frozen=True, slots=True)
class Example:
    """A photo that a person gave.

    Attributes
    ----------
    photo : what it is called.
    labels : what it shows, any of which is a right answer; none for an unknown photo.
    digest : of the file's bytes.
    things : ids of a known photo of each label, by which a label that is renamed in the gallery is followed.
    path : of its file, to ask about it again; empty for one that is no file.
    """

    photo: str
    labels: tuple[str, ...]
    digest: bytes
    things: tuple[int, ...] = ()
    path: str = ""

    @property
    def key(self) -> Key:
        """The key of its question."""
        kind = QueryKind.EXAMPLE if self.labels else QueryKind.UNKNOWN
        return -1, int(kind), zlib.crc32(self.digest)

    @property
    def thing(self) -> str:
        """Name that views of one and the same thing share; an unknown photo stands alone."""
        return self.labels[0] if self.labels else self.digest.hex()

    def following(self, items: Mapping[int, Item], things: Mapping[str, int]) -> Self:
        """The example with its labels as the gallery spells them now, ``things`` being a photo of each."""
        renamed = [items[id].instance for id in self.things if id in items]
        labels = tuple(dict.fromkeys(renamed)) or self.labels
        ids = tuple(things[label] for label in labels if label in things)
        return replace(self, labels=labels, things=ids or self.things)

    def to_dict(self) -> dict[str, Any]:
        """The JSON that a gallery's file stores."""
        told = {"photo": self.photo, "labels": list(self.labels), "digest": self.digest.hex()}
        return {**told, "things": list(self.things), "path": self.path}

    @classmethod
    def of(cls, stored: Any) -> Self:
        """Restores an example from a gallery's file; raises GalleryError for what is none."""
        try:
            labels, things = tuple(map(str, stored["labels"])), tuple(map(int, stored["things"]))
            return cls(str(stored["photo"]), labels, bytes.fromhex(stored["digest"]), things, str(stored["path"]))
        except (KeyError, TypeError, ValueError) as error:
            raise GalleryError(f"an example that taught it is {stored!r:.80}") from error


def examples_in(parameters: Mapping[str, Any]) -> list[Example]:
    """The examples of a stored calibration; raises GalleryError where they are none."""
    found = parameters.get(EXAMPLES, [])
    if not isinstance(found, list):
        raise GalleryError(f"the examples that taught it are {found!r:.80}; wanted a list")
    return [Example.of(one) for one in found]


def examples_of(gallery: Gallery) -> list[Example]:
    """The examples that a gallery keeps; raises GalleryError where what it keeps are none."""
    stored = calibration.stored(gallery)
    try:
        return [] if stored is None else examples_in(stored.parameters)
    except GalleryError as error:
        raise damaged(gallery.location, f"its calibration is wrong: {error}") from error


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A picture that was given as one thing, and as another: neither is learned.

    ``labels`` and ``others`` are empty where it was given as unknown.
    """

    photo: str
    labels: tuple[str, ...]
    other: str
    others: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"photo": self.photo, "labels": list(self.labels), "other": self.other, "others": list(self.others)}


@dataclass(slots=True)
class ExamplesAsked:
    """Outcome of asking about the photos that a person gave.

    Attributes
    ----------
    examples : those that the gallery keeps, by digest.
    samples : their questions; without one is an example of a thing that nobody knows any more.
    recognised : photos given as unknown that show a known thing: where right names count as false accepts, hardly
        anything gets a name at a small rate of these.
    references : photos that the gallery knows as what they were given as: they are no questions.
    contradictions : pictures of two names.
    strange : photos with labels that the gallery does not know.
    unreadable : photos that could not be read.
    """

    examples: dict[bytes, Example] = field(default_factory=dict)
    samples: dict[Key, CalibrationSamples] = field(default_factory=dict)
    recognised: list[RecognisedPhoto] = field(default_factory=list)
    references: list[tuple[str, Item]] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    strange: list[Example] = field(default_factory=list)
    unreadable: list[UnreadablePhoto] = field(default_factory=list)

    def take(self, example: Example, question: CalibrationSamples, items: Mapping[int, Item]) -> None:
        """Let an example teach, by its question as it was asked."""
        self.forget(example.digest)
        self.examples[example.digest] = example
        self.samples[example.key] = _answered(question, example, items)

    def forget(self, digest: bytes) -> None:
        """Let an example teach nothing any more, as a known thing or as unknown."""
        self.examples.pop(digest, None)
        for kind in QueryKind:
            self.samples.pop((-1, int(kind), zlib.crc32(digest)), None)

    def things(self) -> list[str]:
        """The thing that each question's photo shows; unknown photos stand alone."""
        names = {example.key: example.thing for example in self.examples.values()}
        return [names.get(key, str(key)) for key in self.samples]

    def to_list(self) -> list[dict[str, Any]]:
        """The examples as a gallery's file stores them."""
        return [example.to_dict() for example in self.examples.values()]

    def are_of(self, stored: StoredCalibration | None) -> bool:
        """Whether a stored calibration was taught by these."""
        if stored is None or {one.digest: one for one in examples_in(stored.parameters)} != self.examples:
            return False
        asked = CalibrationSamples.of(stored.arrays)
        return set(asked.only(asked.given).asked()) == self.samples.keys()


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
        self._things = _things(index.items)
        self._given: dict[bytes, Example] = {}

    def ask(self, entries: Sequence[Entry], start: int, total: int) -> Job[None]:
        """Ask about photos whose questions are not there yet; they are those from ``start`` on of ``total``."""
        with ThreadPoolExecutor(processors.available()) as workers:
            looks = workers.map(self._look, entries)
            for done, (entry, seen) in enumerate(zip(entries, looks, strict=True), start + 1):
                self._settle(entry, seen)
                yield Progress("examples", done, total)

    def renew(self, entries: Sequence[Entry]) -> Job[None]:
        """Ask again about examples of before, as far as their files are still what they were."""
        with ThreadPoolExecutor(processors.available()) as workers:
            looks = workers.map(partial(self._look, anew=True), entries)
            for done, seen in enumerate(looks, 1):
                if isinstance(seen, _Seen) and seen.question is not None and seen.digest in self.result.examples:
                    self.result.take(self.result.examples[seen.digest], seen.question, self._index.items)
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
            return _Seen(photo.digest, known, None)
        key = Example(entry.name, entry.labels, photo.digest).key
        if not anew and (before := self.result.samples.get(key)) is not None:
            return _Seen(photo.digest, None, before)
        features = extract(photo, self._encoders)
        ignored = [self._ids[name] for name in entry.ignore if name in self._ids]
        question = row(candidates(self._index, features, exclude=ignored), *key, -1)
        id = printed(self._index, features.local, question)
        return _Seen(photo.digest, None if id is None else self._index.items[id], question)

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
        if before.labels != example.labels and {*before.labels}.isdisjoint(example.labels):
            self._contradict(example, before.photo, before.labels)
        elif entry.labels and not known:
            self.result.strange.append(example)
        elif seen.known is not None and not entry.labels:
            self.result.forget(seen.digest)
            self.result.recognised.append(RecognisedPhoto(entry.name, seen.known, 1.0))
        elif seen.known is not None and seen.known.instance not in known:
            self._contradict(example, seen.known.photo, (seen.known.instance,))
        elif seen.known is not None or seen.question is None:
            self.result.forget(seen.digest)
            self.result.references += [] if seen.known is None else [(entry.name, seen.known)]
        elif not known and (surely := shown(self._index, seen.question, self._taught)):
            self.result.forget(seen.digest)
            self.result.recognised.append(RecognisedPhoto(entry.name, *surely))
        else:
            self.result.take(example, seen.question, self._index.items)

    def _contradict(self, example: Example, other: str, others: tuple[str, ...]) -> None:
        self.result.forget(example.digest)
        self.result.contradictions.append(Contradiction(example.photo, example.labels, other, others))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A photo that was read: its digest, the ``known`` photo that it is a print of, and its question."""

    digest: bytes
    known: Item | None
    question: CalibrationSamples | None


def _answered(question: CalibrationSamples, example: Example, items: Mapping[int, Item]) -> CalibrationSamples:
    """The question of an example with its right answer among the candidates as they are called now."""
    present = question.present & np.isin(question.candidates, list(items))
    names = [items[int(id)].instance if is_there else None
             for id, is_there in zip(question.candidates[0], present[0], strict=True)]  # fmt: skip
    right = next((place for place, name in enumerate(names) if name in example.labels), -1)
    return replace(question, present=present, answers=np.array([right]))


def _things(items: Mapping[int, Item]) -> dict[str, int]:
    """The first photo of each thing."""
    first: dict[str, int] = {}
    for id, item in items.items():
        first.setdefault(item.instance, id)
    return first


def remembered(
    parameters: Mapping[str, Any], samples: CalibrationSamples, stale: Collection[Key], items: Mapping[int, Item]
) -> tuple[ExamplesAsked, list[Entry]]:
    """The examples of before as they are now, and those to be asked about again.

    A thing that nobody knows any more has no questions until it is known again; a photo that became a reference is no
    example. ``samples`` are the questions of before, of which the ``stale`` ones are asked again where their photo's
    file is still there.
    """
    result = ExamplesAsked()
    due: list[Entry] = []
    if not parameters:
        return result, due
    held, things = {zlib.crc32(item.digest) for item in items.values()}, _things(items)
    rows = {key: samples.only(np.arange(len(samples)) == place) for place, key in enumerate(samples.asked())}
    for example in (one.following(items, things) for one in examples_in(parameters)):
        question = rows.pop(example.key, None)
        if example.key[2] in held:
            continue
        result.examples[example.digest] = example
        if example.labels and things.keys().isdisjoint(example.labels):
            continue
        if question is not None:
            result.samples[example.key] = _answered(question, example, items)
        if (question is None or example.key in stale) and example.path and os.path.isfile(example.path):
            due.append(Entry(example.photo, Path(example.path), example.labels))
    # Of unknown photos an older resight kept the questions alone.
    unnamed = {key: row for key, row in rows.items() if key[1] == QueryKind.UNKNOWN and key not in stale}
    result.samples.update((key, row) for key, row in unnamed.items() if key[2] not in held)
    return result, due
