"""Examples as people give them, in folders, tables or one by one, and the report of what they taught."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from resight.calibration.examples import Contradiction, Example, ExamplesAsked, examples_of
from resight.calibration.fitting import Calibrated
from resight.calibration.seen_share import SeenShare
from resight.calibration.teaching import Lesson
from resight.calibration.unknown_photos import RecognisedPhoto
from resight.errors import DatasetError, ResightError
from resight.gallery.records import Item
from resight.gallery.stores.opening import open_gallery
from resight.io import images
from resight.io.datasets.dataset import Dataset, Entry, discover, unlabelled_photos
from resight.io.datasets.folders import shown
from resight.io.datasets.place import Root, several
from resight.io.datasets.survey import NOTHING, Survey, UnreadablePhoto, merge_surveys
from resight.io.images import Source
from resight.names import canonical

DISTRACTOR = "distractor"
"""The split of photos that show none of the things."""

Examples = Root | Sequence[Root] | Mapping[str | None, Source | Iterable[Source]]
"""Folders, tables or Parquet files; or photos by the name of what they show, None for unknown things."""


@dataclass(frozen=True, slots=True)
class GivenPhotos:
    """Photos that a person gives as examples.

    Attributes
    ----------
    entries : the photos; those without a label show nothing known.
    unlabelled : names of photos of which nobody said what they show, though that was wanted.
    seen : photos of which nobody is to say what they show.
    survey : what was found beside them.
    """

    entries: tuple[Entry, ...] = ()
    unlabelled: tuple[str, ...] = ()
    seen: tuple[Entry, ...] = ()
    survey: Survey = NOTHING

    def with_former(self, path: Path) -> GivenPhotos:
        """Join these to the examples of a gallery whose files are still where they were."""
        with suppress(ResightError), open_gallery(path) as gallery:
            given = {os.path.abspath(entry.source) for entry in self.entries if isinstance(entry.source, Path)}
            former = [one for one in examples_of(gallery) if one.path not in given and os.path.isfile(one.path)]
            entries = (Entry(one.photo, Path(one.path), one.labels) for one in former)
            return replace(self, entries=(*entries, *self.entries))
        return self

    def among(self, known: Collection[str], *, others_unknown: bool) -> tuple[Entry, ...]:
        """The entries; those of things that are not ``known`` as unknown photos where that is wanted."""
        if not others_unknown:
            return self.entries
        return tuple(
            replace(entry, labels=()) if entry.labels and set(known).isdisjoint(entry.labels) else entry
            for entry in self.entries
        )


def given_photos(
    examples: Examples, unknown: Root | Sequence[Root] = (), seen: Root | Sequence[Root] = ()
) -> GivenPhotos:
    """The photos of examples, ``unknown`` ones and ``seen`` ones, described but not yet read.

    Raises DatasetError as :func:`resight.io.datasets.dataset.discover`, and where no photo says what it shows.
    """
    if isinstance(examples, Mapping):
        found = GivenPhotos(tuple(_one_by_one(examples)))
    else:
        found = _discovered(examples) if several(examples) else GivenPhotos()
    strangers, others = (unlabelled_photos(roots) if several(roots) else Dataset(()) for roots in (unknown, seen))
    survey = merge_surveys((found.survey, strangers.survey, others.survey))
    return GivenPhotos((*found.entries, *strangers.entries), found.unlabelled, others.entries, survey)


def _discovered(roots: Root | Sequence[Root]) -> GivenPhotos:
    dataset = discover(roots)
    told = [entry for entry in dataset.entries if entry.labels or entry.split == DISTRACTOR]
    if not told:
        raise DatasetError(
            f"no photo in {', '.join(map(str, several(roots)))} has a label, such as {dataset.entries[0].name!r}"
            f"{dataset.unread_tables}; wanted FOLDER/LABEL/FILE, or a metadata.csv with the columns file_name and "
            "label: photos that show none of the things are given as unknown ones"
        )
    unlabelled = tuple(entry.name for entry in dataset.entries if not entry.labels and entry.split != DISTRACTOR)
    return GivenPhotos(tuple(told), unlabelled, survey=dataset.survey)


def _one_by_one(examples: Mapping[str | None, Source | Iterable[Source]]) -> Iterable[Entry]:
    for label, photos in examples.items():
        labels = () if label is None else (canonical(label),)
        for photo in images.one_or_several(photos):
            if isinstance(photo, str | os.PathLike):
                yield Entry(shown(Path(os.fspath(photo))), Path(os.fspath(photo)), labels)
            else:
                data = images.encoded(photo)
                yield Entry(images.digest(data).hex(), data, labels)


@dataclass(slots=True)
class CalibrationReport:
    """Report of a calibration by examples: what they taught, and what a person should look at.

    Attributes
    ----------
    lesson : what the examples of known things taught; None without any.
    seen : the share of unknown ones among seen photos; None without any.
    examples, unknown : how many examples of known things, and photos of unknown ones, the gallery was asked about.
    dormant : examples of things that the gallery does not know any more; they teach again when it does.
    recognised : photos given as unknown that show a known thing: they teach nothing.
    references : photos that are references, or prints of one, by the known photo: they teach nothing.
    contradictions : pictures that were given two names: neither teaches anything.
    not_known : photos, by name, with labels that the gallery does not know: they teach nothing.
    unreadable : photos that could not be read.
    unlabelled : photos of which nobody said what they show.
    impostors : how many photos the gallery was asked about as unknown ones; it can promise no lower rate than one of
        them.
    survey : what was found beside the photos.
    """

    lesson: Lesson | None = None
    seen: SeenShare | None = None
    examples: int = 0
    unknown: int = 0
    dormant: int = 0
    recognised: list[RecognisedPhoto] = field(default_factory=list)
    references: list[tuple[str, Item]] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    not_known: list[Example] = field(default_factory=list)
    unreadable: list[UnreadablePhoto] = field(default_factory=list)
    unlabelled: tuple[str, ...] = ()
    impostors: int = 0
    survey: Survey = field(default=NOTHING, repr=False)

    @classmethod
    def of(cls, calibrated: Calibrated, given: GivenPhotos, *, impostors: int) -> CalibrationReport:
        """The report of what came of the photos given."""
        asked: ExamplesAsked = calibrated.examples
        known = sum(example.key in asked.samples for example in asked.examples.values() if example.labels)
        return cls(
            calibrated.lesson,
            calibrated.seen,
            known,
            len(asked.samples) - known,
            sum(example.key not in asked.samples for example in asked.examples.values()),
            asked.recognised,
            asked.references,
            asked.contradictions,
            asked.strange,
            asked.unreadable,
            given.unlabelled,
            impostors,
            given.survey,
        )

    @property
    def sentence(self) -> str:
        """The lesson of the examples, for people."""
        if self.lesson is not None:
            return self.lesson.sentence
        if count := len(self.references):
            return f"no examples are given but {count} of known photos, or prints of them, which teach nothing"
        return "no examples of known things are given"

    def __repr__(self) -> str:
        told = {
            one.name: getattr(self, one.name) for one in fields(self) if one.repr and one.name not in ("lesson", "seen")
        }
        counts = {name: value if isinstance(value, int) else len(value) for name, value in told.items()}
        some = ", ".join(f"{name}={number}" for name, number in counts.items() if number)
        return f"<CalibrationReport: {self.sentence}{'; ' if some else ''}{some}>"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "examples": self.examples,
            "unknown": self.unknown,
            "dormant": self.dormant,
            "lesson": None if self.lesson is None else self.lesson.to_dict(),
            "seen": None if self.seen is None else self.seen.to_dict(),
            "recognised": [photo.to_dict() for photo in self.recognised],
            "references": [
                {"photo": photo, "known_photo": item.photo, "id": item.id, "instance": item.instance}
                for photo, item in self.references
            ],
            "contradictions": [one.to_dict() for one in self.contradictions],
            "not_known": [{"photo": one.photo, "labels": list(one.labels)} for one in self.not_known],
            "unreadable": [{"photo": bad.photo, "reason": bad.reason} for bad in self.unreadable],
            "unlabelled": list(self.unlabelled),
            "impostors": self.impostors,
            **self.survey.to_dict(),
        }
