"""Pickles of plain data come back as they were; whatever else is in one is refused by its name, and not run."""

from __future__ import annotations

import datetime
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.io.formats.plain_pickle import read_plain

PLAIN = {
    "imlist": ["a", "ü"],
    "gnd": [{"easy": np.array([3, 1]), "hard": np.arange(6, dtype=">i4").reshape(2, 3), "bbx": [1.5, 2, 3, 4]}],
    "more": (None, True, b"bytes", 1 << 70, np.float32(0.5), np.array(["x", "yz"]), np.array([[1, 2], None], object)),
    "empty": np.zeros((0, 4), bool),
}


def _written(path: Path, value: Any, protocol: int) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_come_back(tmp_path: Path, protocol: int) -> None:
    found = read_plain(_written(tmp_path / "p.pkl", PLAIN, protocol))
    np.testing.assert_equal(found, PLAIN)


class _Run:
    def __reduce__(self) -> Any:
        return print, ("ran",)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (_Run(), "builtins.print"),
        ({"gnd": [_Run()]}, "builtins.print"),
        (OrderedDict(), "collections.OrderedDict"),
        (datetime.date(2018, 1, 1), "datetime.date"),
        (np.random.default_rng(0), "numpy.random"),
        (len, "builtins.len"),
        ({1, 2}, "builtins.set"),
    ],
)
def test_anything_else_is_refused_by_name(
    tmp_path: Path, value: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DatasetError, match=f"holds {name}.*which is not read: wanted a pickle of lists"):
        read_plain(_written(tmp_path / "p.pkl", value, 2))
    assert capsys.readouterr().out == ""


class _Tampered:
    """An array whose own parts say another size than it has values."""

    def __reduce__(self) -> Any:
        builder, arguments, state = np.arange(3).__reduce__()  # type: ignore[misc]
        return builder, arguments, (state[0], (10**12,), *state[2:])  # type: ignore[index]


class _Persistent(pickle.Pickler):
    def persistent_id(self, value: Any) -> str | None:
        return "elsewhere" if value == "here" else None


def test_arrays_that_lie_and_references_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="an array of 1000000000000 has 3 values"):
        read_plain(_written(tmp_path / "p.pkl", _Tampered(), 2))
    with pytest.raises(DatasetError, match="array of"):
        read_plain(_written(tmp_path / "p.pkl", np.zeros(2, [("a", "i4")]), 2))
    with (tmp_path / "q.pkl").open("wb") as file:
        _Persistent(file).dump(["here"])
    with pytest.raises(DatasetError, match="reference to 'elsewhere'"):
        read_plain(tmp_path / "q.pkl")


def test_half_a_pickle_and_none_at_all_are_refused(tmp_path: Path) -> None:
    whole = pickle.dumps(PLAIN)
    for data in (whole[: len(whole) // 2], b"", b"not a pickle"):
        (tmp_path / "p.pkl").write_bytes(data)
        with pytest.raises(DatasetError, match=r"p\.pkl' is no pickle that can be read"):
            read_plain(tmp_path / "p.pkl")
