"""The verifier's order of the nearest photos, and the recogniser's answers as votes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from resight.evaluation.questions import Questions
from resight.io.datasets.entries import Entry
from resight.progress import finished
from resight.recipes.landmarks.verified import PairVerification, answers_of
from resight.types import Matches

Photos = tuple[tuple[Entry, ...], tuple[Entry, ...]]


class Ratios(PairVerification):
    """A verifier that knows what every photo shows, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def log_ratio(self, query: Entry, known: Entry) -> float:
        self.asked.append((query.name, known.name))
        return 5.0 if query.label == known.label else -3.0 - int(known.name[1:])


def test_the_likeliest_of_the_nearest_is_the_answer(photos: Photos, questions: Questions) -> None:
    known, asked = photos
    rows = np.full((len(asked), 3), -1)
    rows[0], rows[1], rows[2] = [9, 3, 1], [7, 6, -1], [30, 31, 32]
    votes = finished(Ratios().votes(Matches(rows, np.zeros(rows.shape)), known, asked, questions))
    assert votes.labels[:4].tolist() == [questions.labels[1], questions.labels[6], questions.labels[30], -1]
    assert votes.confidences[:4].tolist() == [5.0, -9.0, -33.0, -np.inf]


def test_the_recogniser_answers_by_name(photos: Photos, questions: Questions) -> None:
    """A query that it could not read, or of which it had no candidate, has no answer."""
    _, asked = photos
    found: Any = SimpleNamespace(
        names=("q02", "q01", "u0", "q03"),
        instances=("thing 2", "thing 5", "thing 1", None),
        probabilities=np.array([0.9, 0.8, 0.3, 0.1]),
    )
    right, confidences = answers_of(found, asked, questions)
    assert [entry.name for entry, one in zip(asked, right, strict=True) if one] == ["q02"]
    place = {entry.name: row for row, entry in enumerate(asked)}
    assert [confidences[place[name]] for name in ("q02", "q01", "u0")] == [0.9, 0.8, 0.3]
    assert np.isneginf(confidences[[place["q03"], place["q00"]]]).all()
