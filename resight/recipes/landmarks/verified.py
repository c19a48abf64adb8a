"""Gain of the recogniser's own means over k-NN: its verifier of pairs orders the nearest photos; and its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from resight.evaluation.evaluate import iter_evaluate
from resight.evaluation.evaluation import Evaluation
from resight.evaluation.questions import Questions
from resight.io.datasets.entries import Entry
from resight.io.datasets.place import Root
from resight.io.datasets.preflight import DatasetRead
from resight.progress import Job, Progress
from resight.recognition.verifier import SeenPhoto, Verifier
from resight.search.describe import extract, long_side
from resight.types import UNKNOWN, Matches, Votes

from .measurement import Answers, answers

VERIFIED: Final = 5
"""Nearest photos of a query that the verifier looks at."""


class PairVerification:
    """The verifier that ships, which remembers the photos and pairs that it has seen: encoders share many."""

    def __init__(self) -> None:
        self._verifier = Verifier.open()
        self._photos: dict[str, SeenPhoto] = {}
        self._pairs: dict[tuple[str, str], float] = {}

    def votes(
        self, matches: Matches, known: Sequence[Entry], asked: Sequence[Entry], questions: Questions
    ) -> Job[Votes]:
        """The thing that the likeliest of the nearest photos of each query shows; its log likelihood ratio is the
        confidence, −inf where there is no such photo.
        """
        labels = np.full(len(asked), UNKNOWN)
        confidences = np.full(len(asked), -np.inf)
        for place, entry in enumerate(asked):
            for row in matches.rows[place][matches.rows[place] >= 0].tolist():
                ratio = self.log_ratio(entry, known[row])
                if ratio > confidences[place]:
                    labels[place], confidences[place] = questions.labels[row], ratio
            yield Progress("pairs verified", place + 1, len(asked))
        return Votes(labels, confidences)

    def log_ratio(self, query: Entry, known: Entry) -> float:
        """The log likelihood ratio that two photos show one thing."""
        pair = query.name, known.name
        if pair not in self._pairs:
            found = self._verifier.evidence(self._seen(query), self._seen(known))
            self._pairs[pair] = float(self._verifier.model.fusion.log_odds(found.values))
        return self._pairs[pair]

    def _seen(self, entry: Entry) -> SeenPhoto:
        if entry.name not in self._photos:
            encoders = self._verifier.encoders
            photo = entry.photo(long_side=long_side(encoders))
            self._photos[entry.name] = self._verifier.seen(extract(photo, encoders))
        return self._photos[entry.name]


def recogniser(data: Root, file: Path, *, format: str | None) -> Job[Evaluation]:
    """The recogniser's default answers to the same queries; its gallery is kept in a ``file``."""
    steps = iter_evaluate(data, gallery=file, format=format)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: Evaluation = end.value
            return found
        if not isinstance(step, DatasetRead):  # told already
            yield step


def answers_of(found: Evaluation, asked: Sequence[Entry], questions: Questions) -> Answers:
    """The first answers of the recogniser as those of a vote; a photo that it could not read has none."""
    place = {name: row for row, name in enumerate(found.names)}
    number = {name: row for row, name in enumerate(questions.instances)}
    labels, confidences = np.full(len(asked), UNKNOWN), np.full(len(asked), -np.inf)
    for row, entry in enumerate(asked):
        said = found.instances[place[entry.name]] if entry.name in place else None
        if said is not None and said in number:
            labels[row], confidences[row] = number[said], found.probabilities[place[entry.name]]
    return answers(Votes(labels, confidences), questions)
