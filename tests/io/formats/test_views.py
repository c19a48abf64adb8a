"""UKBench: four in a row of each object, all known and all asked, each without itself."""

from __future__ import annotations

import pytest

from resight.errors import DatasetError
from resight.io.formats.views import is_ukbench, ukbench

from .conftest import Lay, noted, seen


def test_four_in_a_row(lay: Lay) -> None:
    root = lay(*(f"full/ukbench{number:05d}.jpg" for number in range(7)), "full/other.jpg")
    assert is_ukbench(root)
    found = ukbench(root)
    assert seen(found, root)[3:5] == [
        ("full/ukbench00003.jpg", "reference", ("0000",)),
        ("full/ukbench00004.jpg", "reference", ("0001",)),
    ]
    assert len(found.of("query")) == 7
    assert all(entry.ignore == (entry.name,) for entry in found.of("query"))
    assert noted(found) == {
        "photo that is not called ukbench and a number of five digits, not read": 1,
        "object without 4 views, for which the N-S score is not defined": 1,
    }


def test_a_table_says_more(lay: Lay) -> None:
    assert not is_ukbench(lay("ukbench00000.jpg", **{"metadata.csv": "file_name\n"}))


def test_other_names_are_refused(lay: Lay) -> None:
    with pytest.raises(DatasetError, match=r"no photo called ukbench00000\.jpg"):
        ukbench(lay("1.jpg"))
