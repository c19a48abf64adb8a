"""Sound checksums and absurd contents: the gallery does not answer, and the inspection says what is wrong where."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resight
from resight.errors import GalleryError
from resight.gallery.sqlite.packing import pack, unpack
from resight.indexing.index import index
from resight.indexing.inspection import Fault, inspect
from resight.progress import finished
from resight.search.describe import PhotoFeatures
from tests.galleries import Photos, quick, some, write

Change = Callable[[sqlite3.Connection], None]
NAMES = ("chelsea", "coffee", "page")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("resight.features.head.FEW", 3)
        yield


@pytest.fixture(scope="module")
def path(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of three things, by votes and by descriptors, only to be read."""
    folder = write(tmp_path_factory.mktemp("photos"), some(known_photos, *NAMES))
    index(folder, folder / "known.gallery", encoders=["classical", "vlad"])
    return folder / "known.gallery"


@pytest.fixture(scope="module")
def seen(path: Path, known_photos: Photos) -> PhotoFeatures:
    with resight.open(path) as recogniser:
        return recogniser.extract(known_photos["coffee"])


def packed(table: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the arrays of a table's rows, under a new checksum."""

    def apply(connection: sqlite3.Connection) -> None:
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name != "packed"]
        for *key, blob in connection.execute(f"SELECT {', '.join(columns)}, packed FROM {table}").fetchall():
            arrays: dict[str, Any] = {name: array.copy() for name, array in unpack(blob).items()}
            change(arrays)
            where = " AND ".join(f"{column} = ?" for column in columns)
            connection.execute(f"UPDATE {table} SET packed = ? WHERE {where}", (pack(arrays), *key))

    return apply


def parameters(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the parameters of a calibration that has no checksum of them, as older ones have none."""

    def apply(connection: sqlite3.Connection) -> None:
        packed("calibration", lambda arrays: arrays.pop("crc32 of the parameters"))(connection)
        (text,) = connection.execute("SELECT parameters FROM calibration").fetchone()
        found = json.loads(text)
        change(found)
        connection.execute("UPDATE calibration SET parameters = ?", (json.dumps(found),))

    return apply


def sql(*statements: str) -> Change:
    def apply(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return apply


def scaled(**factors: float) -> Callable[[dict[str, Any]], object]:
    return lambda arrays: arrays.update(
        {name: arrays[name] * arrays[name].dtype.type(f) for name, f in factors.items()}
    )


ABSURD: Mapping[str, tuple[Change, str]] = {
    "no cells": (packed("features", lambda a: a.pop("cells")), "photo 1, .*its features are wrong: the arrays are"),
    "other points": (
        packed("features", lambda a: a.update(points=a["points"][:, :1])),
        "photo 1, .*features are wrong",
    ),
    "fewer codes": (packed("features", lambda a: a.update(values=a["values"][:-1])), "its features are wrong"),
    "shorter codes": (packed("features", lambda a: a.update(values=a["values"][:, :9])), "none of classical"),
    "cells out of range": (packed("features", lambda a: a["cells"].fill(65535)), "none of classical"),
    "no scale": (packed("features", scaled(scales=0)), "some scale"),
    "negative scales": (packed("features", scaled(scales=-1)), "some scale"),
    "endless angles": (packed("features", scaled(angles=np.inf)), "angle|not finite"),
    "an array of 0 dimensions": (packed("features", lambda a: a.update(cells=np.uint16(3))), "its features are wrong"),
    "photos without features": (sql("DELETE FROM features WHERE item = 2"), "photo 2, .*it has no features"),
    "descriptors of no number": (packed("descriptors", scaled(vector=np.nan)), "not finite"),
    "descriptors by another name": (packed("descriptors", lambda a: a.update(x=a.pop("vector"))), "wanted one of"),
    "a descriptor of another length": (
        sql("UPDATE descriptors SET packed = (SELECT packed FROM features) WHERE item = 2"),
        "descriptors of photo 2 are",
    ),
    "photos without descriptors": (sql("DELETE FROM descriptors WHERE item = 3"), "photo 3, .*it has no descriptor"),
    "a descriptor of nobody": (
        sql("INSERT INTO descriptors SELECT 9, encoder, packed FROM descriptors WHERE item = 1"),
        "belongs to no photo",
    ),
    "a descriptor of a text": (
        sql("UPDATE descriptors SET item = 'x' WHERE item = 2"),
        "photo 'x', which is no number",
    ),
    "no width": (sql("UPDATE items SET width = 0"), "photo 1 has .* 0 × "),
    "a width of text": (sql("UPDATE items SET width = 'wide' WHERE id = 3"), "photo 3 has .* 'wide' × "),
    "a width of another photo": (sql("UPDATE items SET width = width + 9 WHERE id = 2"), "a checksum differs"),
    "a nameless instance": (sql("UPDATE items SET instance = ''"), "the instance ''"),
    "an instance of a number": (sql("UPDATE items SET instance = x'00ff'"), "the instance b"),
    "about nothing": (sql("UPDATE items SET about = '[]'"), "no JSON object"),
    "ignored without a list": (sql("""UPDATE items SET about = '{"ignore": 5}'"""), "ignores 5"),
    "enrolled before the beginning": (sql("UPDATE items SET added = 0, changed = 0 WHERE id = 2"), "revision"),
    "a revision of text": (sql("UPDATE meta SET value = 'many' WHERE key = 'revision'"), "its revision is 'many'"),
    "a small image that is none": (
        sql("UPDATE thumbnails SET encoded = x'00'"),
        "photo 1, .*small image cannot be read",
    ),
    "no small image": (sql("DELETE FROM thumbnails WHERE item = 2"), "photo 2, .*small image cannot be read"),
    "a small image of another photo": (
        sql("UPDATE thumbnails SET encoded = (SELECT encoded FROM thumbnails WHERE item = 1)"),
        "small image or its size",
    ),
    "descriptors that are too long": (packed("descriptors", scaled(vector=2)), "photo 1, .*has the length 2"),
    "the calibration's whitening is gone": (sql("DELETE FROM whitening"), "is gone that its calibration was fitted"),
    "a whitening that is far away": (packed("whitening", scaled(mean=1e9)), "none of unit descriptors"),
    "a whitening that stretches too far": (packed("whitening", scaled(projection=2)), "none of unit descriptors"),
    "endless weights": (packed("calibration", scaled(weights=1e30)), "centre, spread and weights"),
    "a whitening of no number": (packed("whitening", scaled(mean=np.nan)), "not finite"),
    "a whitening of another shape": (packed("whitening", lambda a: a.update(mean=a["mean"][1:])), "its arrays are"),
    "a whitening of another name": (packed("whitening", lambda a: a.update(x=a["mean"])), "its arrays are"),
    "a whitening of nothing": (packed("whitening", scaled(projection=0)), "projects on nothing"),
    "weights of no number": (packed("calibration", scaled(weights=np.nan)), r"not \d+ finite numbers|not finite"),
    "a weight too few": (
        packed("calibration", lambda a: a.update(weights=a["weights"][1:])),
        "centre, spread and weights",
    ),
    "spreads below 0": (packed("calibration", scaled(spread=-1)), "a spread is not above 0"),
    "improbable impostors": (packed("calibration", lambda a: a["impostors"].fill(2)), "no probability"),
    "other parameters": (sql("UPDATE calibration SET parameters = '{}'"), "a checksum differs"),
    "no columns": (parameters(lambda p: p.pop("columns")), "it weighs None"),
    "counts of text": (parameters(lambda p: p.update(photos="nine")), "it counts"),
    "strangers that there were not": (parameters(lambda p: p.update(strangers=10**6)), "fewer than it says"),
    "whitenings of text": (parameters(lambda p: p.update(whitened="old")), "the whitenings 'old'"),
    "no encoder": (sql("DELETE FROM encoders"), "it has no encoder"),
    "an encoder of a number": (sql("UPDATE encoders SET description = '5'"), "no JSON object"),
    "one encoder more": (
        sql("INSERT INTO encoders SELECT 9, 'x', name, kind, description FROM encoders WHERE id = 1"),
        "nothing makes",
    ),
}
"""Statements or changes, and what is said of them."""


def no_questions(candidates: int) -> dict[str, Any]:
    """No question at all, with room for many candidates in each."""
    alone = {name: np.zeros(0, np.int64) for name in ("ids", "kinds", "tokens", "answers")}
    shape = (0, candidates)
    return {
        **alone,
        "evidence": np.zeros((*shape, 1)),
        "present": np.zeros(shape, bool),
        "candidates": np.zeros(shape, np.int64),
    }


def changed(path: Path, folder: Path, change: Change) -> Path:
    copy = Path(shutil.copy(path, folder / "absurd.gallery"))
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        change(connection)
    return copy


def answer(path: Path, seen: PhotoFeatures) -> None:
    """Ask a gallery, with a look at all of its photos."""
    with resight.open(path) as recogniser:
        for id in recogniser.index.items:
            recogniser.index.local(id)
        recogniser.answer("", seen)


def faults(path: Path) -> list[Fault]:
    found: list[Fault] = finished(inspect(path))
    return found


def test_a_whole_gallery_has_no_fault(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_contents_are_not_answered_from(path: Path, seen: PhotoFeatures, tmp_path: Path, name: str) -> None:
    change, words = ABSURD[name]
    copy = changed(path, tmp_path, change)
    with pytest.raises(GalleryError, match=words):
        answer(copy, seen)
    assert faults(copy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            packed(
                "whitening", lambda a: a.update({key: np.repeat(a[key], 2, -1) for key in ("projection", "variances")})
            ),
            "not upright",
        ),
        (packed("features", lambda a: a.update(cells=a["cells"][::-1])), "in other cells"),
        (packed("calibration", lambda a: a.update(evidence=a["evidence"][1:])), "questions .* rests on"),
        (packed("calibration", lambda a: a["answers"].fill(99)), "no such answer"),
        (packed("calibration", lambda a: a.update(no_questions(10**12))), "questions .* rests on"),
    ],
)
def test_what_only_a_close_look_tells_is_found(path: Path, tmp_path: Path, change: Change, words: str) -> None:
    found = faults(changed(path, tmp_path, change))
    assert any(re.search(words, fault.fault) for fault in found)


def test_one_damage_is_told_once(path: Path, tmp_path: Path) -> None:
    flip = sql(
        "UPDATE features SET packed = CAST(substr(packed, 1, length(packed) - 1) || x'00' AS BLOB) WHERE item = 2"
    )
    (fault,) = faults(changed(path, tmp_path, flip))
    assert (fault.id, "features of photo 2: " in fault.fault) == (2, True)


def test_each_photo_that_is_wrong_is_named_and_no_other(path: Path, tmp_path: Path) -> None:
    copy = changed(path, tmp_path, sql("UPDATE thumbnails SET encoded = x'00' WHERE item <> 2"))
    found = faults(copy)
    assert [fault.id for fault in found] == [1, 3]
    assert all(str(fault.photo) in fault.fault and f"--id {fault.id}` forgets it" in fault.fault for fault in found)
    assert [fault.to_dict()["photo"] for fault in found] == [fault.photo for fault in found]
