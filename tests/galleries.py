"""What the tests of the assembly share: photos on disk, and a quick extractor."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight import encoders, questions
from resight.classical import Classical
from resight.local.sift import RootSift
from resight.local.views import Difficulty, view
from resight.local.vocabulary import load
from resight.types import Preprocess

Photos = Mapping[str, npt.NDArray[np.uint8]]

MILD = Difficulty(pan=25, tilt=20, small=0.6, filled=0, covered=0)
"""Views that a person would not think about twice."""


@contextmanager
def quick() -> Iterator[None]:
    """Photos are seen small, with few features, and one view of each is asked: six times as fast, nearly as good."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "_extractor", _small)
        patch.setattr(questions, "_FEW", 1)
        yield


@cache
def _small() -> Classical:
    return Classical(RootSift(load(), features=300), Preprocess(long_side=320))


def write(folder: Path, photos: Photos) -> Path:
    """Write FOLDER/NAME/whole.png for each photo; a "/" in a name makes deeper folders. Gives the folder."""
    for name, photo in photos.items():
        path = folder / name / "whole.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(path, compress_level=1)
    return folder


def some(photos: Photos, *names: str) -> Photos:
    """The photos of these names."""
    return {name: photos[name] for name in names}


def seen_again(photo: npt.NDArray[np.uint8], seed: int) -> npt.NDArray[np.uint8]:
    """A mild view of a photo before a plain ground."""
    return view(photo, [], np.random.default_rng(seed), how=MILD)


def content(path: Path) -> dict[str, list[Any]]:
    """All rows of all tables by table, but for who made the file and when."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}
    rows["meta"] = [row for row in rows["meta"] if row[0] not in ("created", "created_by", "identity")]
    return rows
