"""Sets of sisters of one design: some are known by one photo each, all are asked about, the same ways."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from data.crowd import suffix, write
from data.disturbances import shrink
from data.sister_designs import DESIGNS
from data.table_views import HARD, MILD, on_table, studio

from resight.io import images
from resight.types import Image

SMALLEST, LARGEST = 3, 10
"""Sisters in a set."""

FILE, ENCODED, RESIZED, MILD_VIEW, HARD_VIEW = "the file", "encoded again", "resized", "mild view", "hard view"
WAYS: Final = (FILE, ENCODED, RESIZED, MILD_VIEW, HARD_VIEW)
"""How a sister is asked about: by the file that makes her known, or would, by two copies of it, and by views of her."""

VIEWS: Final = 2
"""Of each kind, of each sister."""

SHOPS: Final = 0.4
"""Share of sets whose references are photos as shops show them; of the others, they are the print itself."""

TRUTH: Final = "truth.csv"


@dataclass(frozen=True, slots=True)
class Question:
    """One photo of a sister.

    Attributes
    ----------
    photo : path, from the folder of the set.
    sister : who it shows.
    known : whether she is.
    way : one of WAYS.
    """

    photo: str
    sister: str
    known: bool
    way: str


@dataclass(frozen=True, slots=True)
class SisterSet:
    """A set that lies in a ``folder``, of a ``design``: FOLDER/known/SISTER/… is to be indexed, and then asked."""

    folder: Path
    design: str
    questions: tuple[Question, ...]

    @property
    def known(self) -> Path:
        return self.folder / "known"


def sister_sets(folder: Path, seeds: Iterable[int]) -> Iterator[SisterSet]:
    """The set of each seed below ``folder``, drawn where it is not there yet; the designs take turns."""
    designs = list(DESIGNS)
    for seed in seeds:
        design = designs[seed % len(designs)]
        place = folder / f"{seed:04d}-{design}"
        if not (place / TRUTH).exists():  # written last
            _draw(place, design, np.random.default_rng([seed, 14]))
        yield SisterSet(place, design, tuple(_read(place / TRUTH)))


def _draw(folder: Path, design: str, rng: np.random.Generator) -> None:
    count = int(rng.integers(SMALLEST, LARGEST + 1))
    unknown = max(1, count // 3)
    as_in_shops = rng.random() < SHOPS
    sisters = [(name, np.asarray(picture)) for name, picture in DESIGNS[design](rng, count).items()]
    questions = []
    for place, number in enumerate(rng.permutation(count)):
        name, picture = sisters[number]
        slug = name.lower().replace(" ", "-")
        shown = studio(picture, rng) if as_in_shops else picture
        file = images.encode(shown, ".jpg" if as_in_shops else ".png", quality=92)
        if known := place >= unknown:
            write(folder / "known" / name / f"{slug}{suffix(file)}", file)
        for number, (way, data) in enumerate(_photos(file, shown, picture, rng)):
            photo = f"asked/{slug} {number} {way}{suffix(data)}"
            write(folder / photo, data)
            questions.append(Question(photo, name, known, way))
    _write_truth(folder / TRUTH, questions)


def _photos(file: bytes, shown: Image, picture: Image, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """What asks about a sister, with the way: the ``file`` as she is ``shown`` in it, and views of her ``picture``."""
    yield FILE, file
    yield ENCODED, images.encode(shown, ".jpg", quality=int(rng.integers(70, 92)))
    yield RESIZED, images.encode(shrink(shown, float(rng.uniform(0.45, 0.8)), rng), ".jpg", quality=88)
    for _ in range(VIEWS):
        yield MILD_VIEW, on_table(picture, MILD, rng)
        yield HARD_VIEW, on_table(picture, HARD, rng)


def _write_truth(path: Path, questions: Sequence[Question]) -> None:
    """The questions as a table, at once: a set with a table is whole."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(field.name for field in fields(Question))
        rows.writerows((*astuple(one)[:2], int(one.known), one.way) for one in questions)
    partial.replace(path)


def _read(path: Path) -> Iterator[Question]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Question(row["photo"], row["sister"], row["known"] == "1", row["way"])
