"""Tables of pairs as people write them, and those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.datasets.pair_table import read_pairs


@pytest.mark.parametrize(
    "text",
    [
        "first,second\na.jpg,sub/b.jpg\n",
        "\ufefffirst;second;note\r\na.jpg;sub/b.jpg;x\r\n",
        "second\tfirst\nsub/b.jpg\ta.jpg",
    ],
)
def test_pairs_are_read_beside_their_table(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(text.encode())
    [pair] = read_pairs(file)
    assert (pair.first, pair.second) == ("a.jpg", "sub/b.jpg")
    assert pair.files == (tmp_path / "a.jpg", tmp_path / "sub" / "b.jpg")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\n1,2\n", "has a, b; wanted the columns first and second"),
        (b"first,second\na.jpg,\n", "line 2: a photo is missing"),
        (b"first,second\na.jpg\n", "line 2: a photo is missing"),
        (b"first,second\n", "has no pairs"),
        (b"", "has no columns"),
        (b"first,second\n\xff\xfe,b\n", "it is not UTF-8"),
    ],
)
def test_what_is_no_table_of_pairs_is_refused(data: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(data)
    with pytest.raises(DatasetError, match=said):
        read_pairs(file)


def test_a_table_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.csv cannot be read \(No such file"):
        read_pairs(tmp_path / "none.csv")
