"""Revisited Oxford and Paris: what is right, and what is left out, in each setting."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import DatasetError
from resight.io.formats.revisited import is_revisited, revisited

from .conftest import Lay, noted, seen

TRUTH = {
    "imlist": ["all_souls_1", "all_souls_2", "oxford_3", "oxford_4"],
    "qimlist": ["q_a", "q_b"],
    "gnd": [
        {"bbx": [10.0, 20.0, 60.0, 50.0], "easy": [0], "hard": [1], "junk": [2]},
        {"bbx": [0.0, 0.0, 80.0, 60.0], "easy": np.array([3]), "hard": [], "junk": []},
    ],
}


def write(root: Path, truth: Any) -> None:
    (root / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(truth, 2))


@pytest.fixture
def root(lay: Lay) -> Path:
    root = lay(*(f"jpg/{name}.jpg" for key in ("imlist", "qimlist") for name in TRUTH[key]))
    write(root, TRUTH)
    return root


def asked(root: Path, setting: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    entries = revisited(root, setting=setting).of("query", "distractor")
    return [(entry.labels, tuple(Path(name).stem for name in entry.ignore)) for entry in entries]


def test_each_photo_is_a_thing_and_each_setting_has_its_own_junk(root: Path) -> None:
    assert is_revisited(root)
    assert seen(revisited(root), root)[:2] == [
        ("jpg/all_souls_1.jpg", "reference", ("all_souls_1",)),
        ("jpg/all_souls_2.jpg", "reference", ("all_souls_2",)),
    ]
    assert asked(root, "easy") == [(("all_souls_1",), ("oxford_3", "all_souls_2")), (("oxford_4",), ())]
    assert asked(root, "medium") == [(("all_souls_1", "all_souls_2"), ("oxford_3",)), (("oxford_4",), ())]
    assert asked(root, "hard") == [(("all_souls_2",), ("oxford_3", "all_souls_1")), ((), ("oxford_4",))]


def test_a_query_without_a_right_answer_is_told_and_asked(root: Path) -> None:
    found = revisited(root, setting="hard")
    assert noted(found)["query without a right answer (hard), asked as unknown"] == 1
    assert found.of("distractor")[0].name.endswith("q_b.jpg")


def test_a_query_is_what_lies_in_its_box(root: Path) -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[20:50, 10:60] = 255
    Image.fromarray(pixels).save(root / "jpg" / "q_a.jpg", quality=95)
    entry = revisited(root).of("query")[0]
    photo = entry.photo(long_side=20)
    assert photo.size == (50, 30)
    assert photo.image.shape == (30, 50, 3)
    assert photo.image.mean() > 250


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gnd": TRUTH["gnd"][:1]}, "has 2 queries and 1 of gnd"),
        ({"imlist": None}, "has no lists as imlist"),
        ({"imlist": ["../a", "b", "c", "d"]}, "names '../a'"),
        ({"gnd": [{"easy": [9]}, {}]}, "numbers a photo 9 for the query q_a: wanted 0 to 3"),
        ({"gnd": [{"bbx": [5, 5, 1, 1]}, {}]}, "has the box"),
    ],
)
def test_ground_truth_that_is_none_is_refused(root: Path, change: dict[str, Any], message: str) -> None:
    write(root, {**TRUTH, **change})
    with pytest.raises(DatasetError, match=message):
        revisited(root)


def test_missing_photos_of_the_database_are_told_and_nobodys_answer(root: Path) -> None:
    (root / "jpg" / "all_souls_1.jpg").unlink()
    found = revisited(root)
    assert found.of("query")[0].labels == ("all_souls_2",)
    assert "names 1 photos that are not there, such as jpg/all_souls_1.jpg" in found.survey.refused[0].reason


def test_old_ground_truth_has_only_ok_and_junk(root: Path) -> None:
    write(root, {**TRUTH, "gnd": [{"ok": [0, 1], "junk": [2]}, {"ok": [3], "junk": []}]})
    assert asked(root, "medium") == [(("all_souls_1", "all_souls_2"), ("oxford_3",)), (("oxford_4",), ())]
