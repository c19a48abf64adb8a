"""Photos of which a person says that the gallery knows none, asked for its calibration; and those that it does know."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from resight.errors import PhotoError
from resight.features.encoder import Encoder
from resight.gallery.records import Item
from resight.io.datasets.dataset import Entry
from resight.io.datasets.survey import UnreadablePhoto
from resight.progress import Job, Progress
from resight.search.candidates import CLEAR, candidates
from resight.search.describe import extract, long_side
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import LOCAL

from .calibration import Calibration
from .samples import CalibrationSamples, Key, QueryKind, row

SURE: Final = 0.9
"""Probability from which a photo that is said to be unknown is taken for what the gallery would name it."""


@dataclass(frozen=True, slots=True)
class RecognisedPhoto:
    """A photo that is said to be unknown, and the ``known`` photo of what it shows.

    ``probability`` that it shows that, by what the gallery's own photos teach; 1 where it is the same file.
    """

    photo: str
    known: Item
    probability: float

    def to_dict(self) -> dict[str, Any]:
        known = {"known_photo": self.known.photo, "id": self.known.id, "instance": self.known.instance}
        return {"photo": self.photo, **known, "probability": self.probability}


@dataclass(slots=True)
class UnknownPhotos:
    """Answers about the photos that are said to be unknown.

    Attributes
    ----------
    asked : questions for the calibration, one of each photo.
    recognised : photos of known things, of which no question is made: where right names count as false accepts, hardly
        anything gets a name at a small rate of these.
    withdrawn : questions asked before that are of such a photo.
    unreadable : photos that could not be read.
    """

    asked: list[CalibrationSamples] = field(default_factory=list)
    recognised: list[RecognisedPhoto] = field(default_factory=list)
    withdrawn: set[Key] = field(default_factory=set)
    unreadable: list[UnreadablePhoto] = field(default_factory=list)


def ask_unknown_photos(
    index: GalleryIndex,
    encoders: Sequence[Encoder],
    entries: Sequence[Entry],
    before: CalibrationSamples,
    taught: Calibration,
) -> Job[UnknownPhotos]:
    """Ask about photos that are said to be unknown, but for those that were asked about ``before``.

    ``taught`` is the calibration by the gallery's own photos alone: what is doubted has no say in whether it is right.
    """
    result = UnknownPhotos()
    held = {item.digest: item for item in index.items.values()}
    asked = dict(zip(before.asked(), range(len(before)), strict=True))
    fresh: dict[Key, CalibrationSamples] = {}
    for done, entry in enumerate(entries, 1):
        yield Progress("unknown photos", done, len(entries))
        try:
            photo = entry.photo(long_side=long_side(encoders))
        except PhotoError as error:
            result.unreadable.append(UnreadablePhoto(entry.name, str(error)))
            continue
        if photo.digest in held:
            result.recognised.append(RecognisedPhoto(entry.name, held[photo.digest], 1.0))
            continue
        key = -1, QueryKind.UNKNOWN, zlib.crc32(photo.digest)
        if key in asked:
            question = before.only(np.arange(len(before)) == asked[key])
        else:
            question = fresh.get(key) or row(candidates(index, extract(photo, encoders)), *key, -1)
        if shown := _shown(index, question, taught):
            result.recognised.append(RecognisedPhoto(entry.name, *shown))
            result.withdrawn.add(key)
        elif key not in asked:
            fresh[key] = question
    result.asked = list(fresh.values())
    return result


def _shown(index: GalleryIndex, question: CalibrationSamples, taught: Calibration) -> tuple[Item, float] | None:
    """The known photo that the photo of one question is surely of, and how sure; None where it is of none."""
    present = question.present[0]
    evidence, ids = question.evidence[0][present], question.candidates[0][present].tolist()
    probabilities = taught.probabilities(evidence)
    if not len(probabilities) or probabilities.max() < SURE:
        return None
    best = int(probabilities.argmax())
    votes, registered = (evidence[best, LOCAL.index(name)] for name in ("votes", "registered"))
    sure = registered > 0 and votes >= np.log1p(CLEAR)
    return (index.items[ids[best]], float(probabilities[best])) if sure else None
