"""Examples: photos of real use, of things that the gallery knows or of none, that teach its calibration.

They are questions with their right answer, never references.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item, StoredCalibration
from resight.gallery.remedies import damaged
from resight.io.datasets.dataset import Entry
from resight.io.datasets.survey import UnreadablePhoto

from . import calibration
from .samples import CalibrationSamples, Key, QueryKind
from .unknown_photos import RecognisedPhoto

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

    def differs_from(self, other: Self) -> bool:
        """Whether the same picture can only be one of the two."""
        return self.labels != other.labels and {*self.labels}.isdisjoint(other.labels)

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
        """The public JSON."""
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
        self.samples[example.key] = with_answer(question, example, items)

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


def with_answer(question: CalibrationSamples, example: Example, items: Mapping[int, Item]) -> CalibrationSamples:
    """The question of an example with its right answer among the candidates as they are called now, one of each."""
    names: list[str | None] = []
    for id, is_there in zip(question.candidates[0].tolist(), question.present[0].tolist(), strict=True):
        name = items[id].instance if is_there and id in items else None
        names.append(None if name in names else name)
    right = next((place for place, name in enumerate(names) if name in example.labels), -1)
    present = np.array([name is not None for name in names], bool)[None]
    return replace(question, present=present, answers=np.array([right]))


def first_of_things(items: Mapping[int, Item]) -> dict[str, int]:
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
    held, things = {zlib.crc32(item.digest) for item in items.values()}, first_of_things(items)
    rows = {key: samples.only(np.arange(len(samples)) == place) for place, key in enumerate(samples.asked())}
    for example in (one.following(items, things) for one in examples_in(parameters)):
        question = rows.pop(example.key, None)
        if example.key[2] in held:
            continue
        result.examples[example.digest] = example
        if example.labels and things.keys().isdisjoint(example.labels):
            continue
        if question is not None:
            result.samples[example.key] = with_answer(question, example, items)
        if (question is None or example.key in stale) and example.path and os.path.isfile(example.path):
            due.append(Entry(example.photo, Path(example.path), example.labels))
    # Of unknown photos an older resight kept the questions alone.
    unnamed = {key: row for key, row in rows.items() if key[1] == QueryKind.UNKNOWN and key not in stale}
    result.samples.update((key, row) for key, row in unnamed.items() if key[2] not in held)
    return result, due
