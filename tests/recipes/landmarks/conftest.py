"""Descriptors of a made-up gallery, in which each thing has a direction of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.evaluation.questions import Questions
from resight.io.datasets.entries import Entry
from resight.metrics.resampling import Resamples
from resight.progress import finished
from resight.recipes.landmarks.measurement import Described, Measurements, measure

THINGS, PHOTOS, ASKED, UNKNOWN, LENGTH = 12, 3, 18, 6, 24


def entry(name: str, label: str | None, split: str = "reference", ignore: tuple[str, ...] = ()) -> Entry:
    return Entry(name, Path(), () if label is None else (label,), split, ignore)


@pytest.fixture(scope="session")
def photos() -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Three photos of each of twelve things, eighteen queries and six unknown ones; the first leaves a photo out."""
    known = tuple(entry(f"r{n:02d}", f"thing {n // PHOTOS}") for n in range(THINGS * PHOTOS))
    asked = [entry(f"q{n:02d}", f"thing {n % THINGS}", "query", ("r00",) if n == 0 else ()) for n in range(ASKED)]
    return known, (*asked, *(entry(f"u{n}", None, "distractor") for n in range(UNKNOWN)))


@pytest.fixture(scope="session")
def described() -> Described:
    """Descriptors at five scales, all with a common part that a whitening takes away."""
    rng = np.random.default_rng(0)
    centres, common = rng.normal(size=(THINGS, LENGTH)), 2 * rng.normal(size=LENGTH)

    def seen(things: list[int | None]) -> np.ndarray:
        bases = np.array([rng.normal(size=LENGTH) if thing is None else centres[thing] for thing in things])
        rows = bases[:, None] + common + 0.9 * rng.normal(size=(len(things), 5, LENGTH))
        return (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32)

    known = seen([n // PHOTOS for n in range(THINGS * PHOTOS)])
    return Described(known, seen([*(n % THINGS for n in range(ASKED)), *([None] * UNKNOWN)]))


@pytest.fixture(scope="session")
def questions(photos: tuple[tuple[Entry, ...], tuple[Entry, ...]]) -> Questions:
    return Questions.of(*photos)


@pytest.fixture(scope="session")
def resamples(questions: Questions) -> Resamples:
    return Resamples.of(questions.groups, rng=np.random.default_rng(0), rounds=200)


@pytest.fixture(scope="session")
def measured(described: Described, questions: Questions, resamples: Resamples) -> Measurements:
    return finished(measure(described, questions, resamples))
