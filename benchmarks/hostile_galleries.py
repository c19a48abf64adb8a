"""Ask damaged galleries: a refusal, the undisturbed answer, or a fault that the check finds; else the exit status is 1.

    python benchmarks/hostile_galleries.py --count 500

Each is a gallery of three drawn things, from which a fourth was removed, with one thing changed by its seed: bytes of
the file, or absurd contents under sound checksums, written through SQLite (`gallery_changes.py`). It is opened, told
about, asked, explained and checked. An answer that is not that of the undisturbed gallery, and of which nothing is
said, counts as an exception.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.gallery_changes import CHANGES
from PIL import Image, ImageDraw
from running.hostile import Input
from running.seeded import launch, seeded

from resight.errors import GalleryError, ResightError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index, recalibrate
from resight.indexing.inspection import inspect
from resight.progress import finished
from resight.recognition.recogniser import Recogniser

THINGS: Final = 4
PRELOAD: Final = (
    "resight.recognition.recogniser",
    "resight.indexing.inspection",
    "resight.features.cnn_extractor",
    "openvino",
    "hostile_galleries",
)


def drawn(seed: int) -> Image.Image:
    """A thing that is like no other: rectangles and ellipses of many colours."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (480, 320), tuple(rng.integers(150, 256, 3).tolist()))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, width, height = rng.integers((0, 0, 8, 8), (440, 280, 90, 90)).tolist()
        shape = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        shape((x, y, x + width, y + height), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return picture


def undisturbed(folder: Path) -> Path:
    """A gallery of ``THINGS`` things, from which the last one was removed."""
    for number in range(THINGS):
        place = folder / "photos" / f"thing {number}"
        place.mkdir(parents=True)
        drawn(number).save(place / "photo.png")
    index(folder / "photos", folder / "whole.gallery")
    with open_gallery(folder / "whole.gallery", write=True) as gallery:
        gallery.remove(ids=[THINGS])
    finished(recalibrate(folder / "whole.gallery"))
    return folder / "whole.gallery"


def make(whole: Path, path: Path, seed: int) -> str:
    """A copy of a whole gallery with one thing changed, and what that is."""
    shutil.copy(whole, path)
    return [*CHANGES.values()][seed % len(CHANGES)](path, np.random.default_rng(seed))


def answers(path: str) -> tuple[list[Any], str | None]:
    """What a gallery answers of a turned photo of each second thing, and why; and what it says of its last run."""
    told: list[Any] = []
    with Recogniser.open(path) as recogniser:
        unfinished = recogniser.info()["unfinished"]
        for number in range(0, THINGS, 2):
            answer = recogniser.recognise(_query(number))
            told.append(answer.to_dict())
        told.append(answer.explain("difference", test_faithfulness=False).to_dict())
    return told, unfinished


@cache
def _query(number: int) -> Image.Image:
    return drawn(number).rotate(7, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128)).resize((420, 280))


def ask(path: str, wanted: str) -> str:
    """Ask and check a gallery; raises GalleryError where it says that it is damaged, and ValueError where it should."""
    try:
        told, unfinished = answers(path)
    except ResightError:
        finished(inspect(path))
        raise
    faults = finished(inspect(path))
    if faults:
        raise GalleryError(faults[0].fault)
    found = json.dumps(told)
    if found != wanted and unfinished is None:
        raise ValueError(f"an answer that differs, and nothing was said: {found:.500} in place of {wanted:.500}")
    return unfinished or "as undisturbed"


def inputs(scratch: Path, seeds: range) -> Iterator[Input]:
    """Damaged galleries, and what the undisturbed one answers."""
    whole = undisturbed(scratch)
    wanted = json.dumps(answers(str(whole))[0])

    def made(folder: Path, seed: int) -> tuple[str, tuple[str, str]]:
        folder.mkdir()
        return make(whole, folder / "known.gallery", seed), (str(folder / "known.gallery"), wanted)

    return seeded([*CHANGES], made, scratch, seeds, what="galleries")


if __name__ == "__main__":
    launch(__doc__ or "", ask, inputs, count=500, what="galleries", refusal=ResightError, preload=PRELOAD)
