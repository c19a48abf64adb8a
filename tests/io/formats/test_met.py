"""The Met: its lists in JSON, with queries of other museums as distractors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.formats.met import is_met, met

from .conftest import Lay, noted, seen

DATABASE = [{"id": 11, "path": "MET/11/0.jpg"}, {"id": 12, "path": "MET/12/0.jpg"}]
TEST = [{"path": "test_met/a.jpg", "MET_id": 11}, {"path": "test_other/b.jpg", "museum": "Prado"}]
VAL = [{"path": "val_met/c.jpg", "MET_id": 12}]
PHOTOS = ("MET/11/0.jpg", "MET/12/0.jpg", "test_met/a.jpg", "test_other/b.jpg", "val_met/c.jpg")


@pytest.fixture
def root(lay: Lay) -> Path:
    lists = {"MET_database": DATABASE, "testset": TEST, "valset": VAL}
    texts = {f"ground_truth/{name}.json": json.dumps(items) for name, items in lists.items()}
    return lay(*(f"images/{name}" for name in PHOTOS), **texts)


def test_queries_of_other_museums_are_distractors(root: Path) -> None:
    assert is_met(root)
    found = met(root)
    assert seen(found, root) == [
        ("images/MET/11/0.jpg", "reference", ("11",)),
        ("images/MET/12/0.jpg", "reference", ("12",)),
        ("images/test_met/a.jpg", "query", ("11",)),
        ("images/test_other/b.jpg", "distractor", ()),
        ("images/val_met/c.jpg", "val", ("12",)),
    ]
    assert noted(found) == {"key of testset.json, not used": 1, "list to choose settings by, not asked": 1}


def test_without_a_test_set_the_validation_set_is_asked(root: Path) -> None:
    (root / "ground_truth" / "testset.json").unlink()
    assert [entry.split for entry in met(root).entries] == ["reference", "reference", "query"]


def test_all_queries_may_be_distractors(root: Path) -> None:
    (root / "ground_truth" / "testset.json").write_text(json.dumps(TEST[1:]))
    assert [entry.split for entry in met(root).of("query", "distractor")] == ["distractor"]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([{"id": 11}], "no list of objects with a path"),
        ([{"id": True, "path": "MET/11/0.jpg"}], "True where id was wanted"),
        ([{"id": 1, "path": "../0.jpg"}], "leads out of the folder"),
        ({}, "no list of objects"),
    ],
)
def test_lists_that_are_none_are_refused(root: Path, items: object, message: str) -> None:
    (root / "ground_truth" / "MET_database.json").write_text(json.dumps(items))
    with pytest.raises(DatasetError, match=message):
        met(root)


def test_half_a_list_is_refused(root: Path) -> None:
    (root / "ground_truth" / "MET_database.json").write_text('[{"id": 1')
    with pytest.raises(DatasetError, match="is no JSON"):
        met(root)
