"""Photos of which a person says that the gallery knows none, and which it does know after all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.gallery.records import Item
from resight.search.candidates import CLEAR
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import LOCAL

from .calibration import Calibration
from .samples import CalibrationSamples

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
        """The public JSON."""
        known = {"known_photo": self.known.photo, "id": self.known.id, "instance": self.known.instance}
        return {"photo": self.photo, **known, "probability": self.probability}


def shown(index: GalleryIndex, question: CalibrationSamples, taught: Calibration) -> tuple[Item, float] | None:
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
