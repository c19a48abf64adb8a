"""Health of a gallery: how often it is right, what it confuses, and which photos are worth taking.

All of it is read off the questions that a gallery was asked about itself; nothing is asked anew but whether known
photos show something at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from resight.calibration import calibration, conditional_logit
from resight.calibration.calibration import EVEN, Calibration
from resight.calibration.examples import examples_in
from resight.calibration.held_out import HeldOutAnswers
from resight.calibration.look_alikes import LookAlikePair, look_alikes_in
from resight.calibration.near_duplicates import Duplicate, known_in
from resight.calibration.samples import CalibrationSamples
from resight.calibration.teaching import Lesson
from resight.features.content import shows_something
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item, StoredCalibration
from resight.metrics.interval import Estimate, wilson
from resight.results import percent
from resight.search import stored_features
from resight.types import Array

SURE: Final = 0.9
"""Mean probability of the right answer from which questions about a thing are answered well enough."""

SHOWN: Final = 50
"""Rows of each list, at most."""

GRID: Final = tuple(round(0.01 * step**2, 4) for step in (0.1, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10))
"""False-accept rates of which it is told what they cost."""


@dataclass(frozen=True, slots=True)
class HarmfulPhoto:
    """A known photo that does harm.

    Attributes
    ----------
    item : the photo.
    questions : about other things that it was the answer to; 0 for one that shows nothing that is found again.
    """

    item: Item
    questions: int = 0

    @property
    def reason(self) -> str:
        """Why it does harm, in words."""
        if not self.questions:
            return "it shows nothing that is found again"
        return f"{self.questions} question{'s' * (self.questions > 1)} about another thing got it for an answer"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        about = {"id": self.item.id, "photo": self.item.photo, "instance": self.item.instance}
        return {**about, "questions": self.questions, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Advice:
    """A thing of which more photos are worth taking.

    Attributes
    ----------
    instance : its name.
    photos : how many more.
    known : how many there are.
    sureness : mean probability of the right answer to questions about it.
    """

    instance: str
    photos: int
    known: int
    sureness: float

    @property
    def reason(self) -> str:
        """Why, in words."""
        photos = f"{self.known} photo{'s' * (self.known > 1)}"
        return f"{photos}; hard views of it get {percent(self.sureness, 0)} on average"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self) | {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class GalleryHealth:
    """Health of a gallery.

    Attributes
    ----------
    photos, instances : that it knows.
    accuracy : share of its own photos, held out or seen in a view, that get their right name by a fit without their
        thing; None where it was never asked.
    confusable : things that are easily taken for each other, the most alike first.
    near_duplicates : pictures known under two names.
    harmful : photos that show nothing, or that others' photos are taken for.
    advice : things of which more photos are worth taking, those first that they help most.
    lesson : what examples taught, in words; "" without any.
    """

    photos: int
    instances: int
    accuracy: Estimate | None
    confusable: tuple[LookAlikePair, ...]
    near_duplicates: tuple[Duplicate, ...]
    harmful: tuple[HarmfulPhoto, ...]
    advice: tuple[Advice, ...]
    lesson: str = ""

    @property
    def wanted(self) -> int:
        """Number of photos that are worth taking."""
        return sum(one.photos for one in self.advice)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "photos": self.photos,
            "instances": self.instances,
            "accuracy": None if self.accuracy is None else asdict(self.accuracy),
            "confusable": [pair.to_dict() for pair in self.confusable],
            "near_duplicates": [pair.to_dict() for pair in self.near_duplicates],
            "harmful": [one.to_dict() for one in self.harmful],
            "advice": [one.to_dict() for one in self.advice],
            "wanted": self.wanted,
            "lesson": self.lesson,
        }


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Cost of a false-accept rate: ``named`` is the share of known photos that get their right name at it."""

    false_accept_rate: float
    threshold: float
    named: float
    promised: bool

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)


def health(gallery: Gallery) -> GalleryHealth:
    """The health of a gallery; raises GalleryError where what is stored is damaged."""
    with gallery.snapshot():
        stored, items = calibration.stored(gallery), {item.id: item for item in gallery.items()}
        known = gallery.instances()
        empty = [item for item in items.values() if not shows_something(stored_features.thumbnail(gallery, item))]
        harmful = [HarmfulPhoto(item) for item in empty]
        if stored is None:
            return GalleryHealth(len(items), len(known), None, (), (), tuple(harmful), ())
        answers = _Answers(stored, items)
        lesson = Lesson.of(stored.parameters) if examples_in(stored.parameters) else None
        return GalleryHealth(
            len(items),
            len(known),
            _accuracy(HeldOutAnswers.of(stored.arrays)),
            look_alikes_in(gallery)[:SHOWN],
            known_in(gallery)[:SHOWN],
            (*harmful, *answers.harmful())[:SHOWN],
            answers.advice(known)[:SHOWN],
            "" if lesson is None else lesson.sentence,
        )


def curve(gallery: Gallery) -> tuple[CurvePoint, ...]:
    """Costs of false-accept rates on this gallery's own questions; nothing where it was never asked."""
    stored = calibration.stored(gallery)
    if stored is None:
        return ()
    fit, answers = Calibration.of(stored.parameters, stored.arrays), HeldOutAnswers.of(stored.arrays)
    if not len(fit.impostors) or not answers.known.any():
        return ()
    points = []
    for rate in GRID:
        found = fit.threshold(rate)
        named = answers.right & answers.known & (answers.confidences >= found.value)
        share = float(named.sum() / answers.known.sum())
        points.append(CurvePoint(rate, found.value, share, found.promised))
    return tuple(points)


def _accuracy(answers: HeldOutAnswers) -> Estimate | None:
    """Share of photos whose questions about known things are mostly answered by the right name."""
    if not answers.known.any():
        return None
    named = (answers.right & (answers.confidences >= EVEN))[answers.known].astype(float)
    photos, rows = np.unique(answers.photos[answers.known], return_inverse=True)
    shares = np.bincount(rows, named) / np.bincount(rows)
    return wilson(int((shares >= EVEN).sum()), len(photos))


class _Answers:
    """Answers to the questions that a gallery asked itself."""

    def __init__(self, stored: StoredCalibration, items: Mapping[int, Item]) -> None:
        fit = Calibration.of(stored.parameters, stored.arrays)
        self._items = items
        self._samples = CalibrationSamples.of(stored.arrays)
        evidence, present = fit.scale(self._samples.evidence), self._samples.present
        self._probabilities: Array = conditional_logit.probabilities(evidence, present, fit.weights)

    def harmful(self) -> list[HarmfulPhoto]:
        """Photos that get others' photos, those that get most first."""
        best = self._probabilities.argmax(axis=1) if self._probabilities.shape[1] else np.zeros(0, int)
        rows = np.arange(len(best))
        wrong = (self._probabilities[rows, best] >= EVEN) & (best != self._samples.answers)
        taken = Counter(self._samples.candidates[rows, best][wrong].tolist())
        return [HarmfulPhoto(self._items[id], count) for id, count in taken.most_common() if id in self._items]

    def advice(self, known: Mapping[str, int]) -> tuple[Advice, ...]:
        """Things whose own photos, held out or seen in a view, are not surely recognised."""
        sure: dict[str, list[float]] = {}
        for row in np.flatnonzero(self._samples.known & ~self._samples.given).tolist():
            id, answer = int(self._samples.ids[row]), int(self._samples.answers[row])
            if id in self._items:
                chance = float(self._probabilities[row, answer]) if answer >= 0 else 0.0
                sure.setdefault(self._items[id].instance, []).append(chance)
        means = {name: sum(found) / len(found) for name, found in sure.items()}
        weak = sorted((mean, name) for name, mean in means.items() if mean < SURE and name in known)
        return tuple(Advice(name, 1 if mean >= EVEN else 2, known[name], mean) for mean, name in weak)
