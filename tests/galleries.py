"""What the tests of the assembly share: photos on disk, and a quick extractor."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.calibration import self_queries
from resight.calibration.simulated_views import ViewDifficulty, view
from resight.features import encoder
from resight.features.encoder import DEFAULT
from resight.features.sift import RootSift
from resight.features.sift_extractor import SiftExtractor
from resight.features.vocabulary import load
from resight.indexing import index as indexing
from resight.indexing.index import index
from resight.io import images
from resight.recognition.recogniser import Recogniser
from resight.results import Detections
from resight.types import Preprocess
from resight.verification.polygons import iou
from tests.remembering import Memory, RememberingExtractor, digest

Photos = Mapping[str, npt.NDArray[np.uint8]]
Shelf = tuple[npt.NDArray[np.uint8], list[tuple[str, npt.NDArray[Any]]]]
"""A photo, and the name and outline of each known thing in it."""

ON_SHELF = ("astronaut", "camera", "chelsea", "coffee", "page")
"""What is known of a shelf."""

PLACED = (("coffee", (40, 30), 300, 0.0), ("coffee", (515, 370), 220, 0.8), ("chelsea", (480, 30), 250, -0.4))
"""Name, upper left corner, width and turn of what stands before the grass; two of one thing, and a neighbour."""

MILD = ViewDifficulty(pan=25, tilt=20, small=0.6, filled=0, covered=0)
"""Views that a person would not think about twice."""


@contextmanager
def quick(*encoders: str) -> Iterator[None]:
    """Photos are seen small, with few features, and one view of each is asked: six times as fast, nearly as good.

    New galleries are made by these ``encoders`` where a test names none.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "DEFAULT", encoders or DEFAULT)
        patch.setattr(encoder, "point_extractor", _small_once)
        patch.setattr(self_queries, "FEW", 1)
        yield


@cache
def small_extractor() -> SiftExtractor:
    return SiftExtractor(RootSift(load(), features=300), Preprocess(long_side=320))


@cache
def _small_once() -> SiftExtractor:
    return RememberingExtractor(small_extractor().sift, small_extractor().preprocess)


def write(folder: Path, photos: Photos) -> Path:
    """Write FOLDER/NAME/whole.png for each photo; a "/" in a name makes deeper folders. Gives the folder."""
    for name, photo in photos.items():
        path = folder / name / "whole.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES.get(digest(photo), partial(_png, photo)))
    return folder


FILES: Final = Memory(100)
"""Files of photos that were written before."""


def _png(photo: npt.NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(photo).save(content, "png", compress_level=1)
    return content.getvalue()


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


def opened(folder: Path, *encoders: str) -> Iterator[Recogniser]:
    """The quick recogniser of a folder of photos, beside it."""
    with quick():  # no longer: other tests of this process see photos as people do
        path = folder.parent / f"{'-'.join(encoders)}.gallery"
        index(folder, path, encoders=encoders)
        recogniser = Recogniser.open(path)
    with recogniser:
        yield recogniser


def shelf_of(photos: Photos) -> Shelf:
    """PLACED before grass, 800 × 640 pixels, and a stranger, the moon."""
    scene = images.resize(photos["grass"], (800, 640))
    outlines = []
    for name, *place in PLACED:
        scene, outline = pasted(photos[name], scene, *place)
        outlines.append((name, outline))
    return pasted(photos["moon"], scene, (60, 330), 260, 0.2)[0], outlines


def pasted(
    photo: npt.NDArray[np.uint8], scene: npt.NDArray[np.uint8], at: tuple[int, int], width: int, turn: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """The scene with the photo on it, and its outline from its upper left corner clockwise."""
    height = width * photo.shape[0] / photo.shape[1]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    rotated = (corners - corners.mean(axis=0)) @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    outline = rotated - rotated.min(axis=0) + at
    source = np.array([(0, 0), photo.shape[1::-1], (0, 0), (0, 0)], np.float32)
    source[1:] = (photo.shape[1], 0), (photo.shape[1], photo.shape[0]), (0, photo.shape[0])
    pose, size = cv2.getPerspectiveTransform(source, outline.astype(np.float32)), scene.shape[1::-1]
    soft = cv2.GaussianBlur(photo, (0, 0), max(0.3, 0.4 * photo.shape[1] / width))
    cover = cv2.warpPerspective(np.ones(photo.shape[:2], np.float32), pose, size)[..., None]
    laid = cv2.warpPerspective(soft, pose, size) * cover + scene * (1 - cover)
    return np.rint(laid).astype(np.uint8), outline


def ious(found: Detections, outlines: list[tuple[str, npt.NDArray[Any]]]) -> list[float]:
    """Of every outline with the nearest finding of its name."""
    return [max([iou(one.outline, outline) for one in found.found if one.instance == name], default=0.0)
            for name, outline in outlines]  # fmt: skip
