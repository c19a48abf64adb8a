"""Each form is found by what lies there, or is named; whatever is none of them is folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.datasets.dataset import discover
from resight.io.formats.opening import FORMATS, open_dataset

from .conftest import Lay

EXAMPLES = {
    "gldv2": {"recognition_solution_v2.1.csv": "id,landmarks,Usage\n", "train.csv": "id,landmark_id\nabc,1\n"},
    "met": {"MET_database.json": '[{"id": 1, "path": "a.jpg"}]'},
    "places": {"coordinates.csv": "file_name,lat,lon\na.jpg,50,14\n"},
    "ukbench": {"ukbench00000.jpg": ""},
}


@pytest.mark.parametrize("form", EXAMPLES)
def test_a_form_is_found_by_what_lies_there(lay: Lay, form: str) -> None:
    root = lay("a.jpg", "train/a/b/c/abc.jpg", **EXAMPLES[form])
    assert open_dataset(root).entries == FORMATS[form].read(root).entries
    assert [name for name, one in FORMATS.items() if one.lies_in(root)] == [form]


def test_folders_and_tables_are_none_of_them(lay: Lay) -> None:
    root = lay("reference/a/1.jpg", "query/a/2.jpg")
    assert open_dataset(root) == discover(root)
    assert not any(one.lies_in(root) for one in FORMATS.values())


def test_the_form_that_is_named_is_read(lay: Lay) -> None:
    root = lay("a/1.jpg", **{"coordinates.csv": "file_name,lat,lon\na/1.jpg,50,14\n"})
    assert open_dataset(root, format="folders").entries[0].labels == ("a",)
    assert open_dataset(root, format="places").entries[0].labels == ("a/1.jpg",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "gldv3"}, "no format 'gldv3'; did you mean 'gldv2'.*wanted one of folders, gldv2"),
        ({"frame_gap": 5}, "a frame gap is one of places, not of folders"),
        ({"format": "met"}, "has no MET_database.json"),
    ],
)
def test_what_does_not_fit_is_refused(lay: Lay, options: dict[str, str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        open_dataset(lay("a/1.jpg"), **options)  # type: ignore[arg-type]


def test_forms_are_of_one_folder(lay: Lay, tmp_path: Path) -> None:
    root = lay("a.jpg", **EXAMPLES["met"])
    with pytest.raises(DatasetError, match="2 folders are given, one of them the Met"):
        open_dataset([root, root])
    with pytest.raises(DatasetError, match="is no folder"):
        open_dataset(tmp_path / "no", format="met")
