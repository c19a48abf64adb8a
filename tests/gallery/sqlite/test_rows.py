"""Names and values that SQL and JSON could trip over."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.rows import escape, from_json, id_list, to_json


@pytest.mark.parametrize(
    "name", ["plain", "naïve ☃ 猫", "a\nb\tc", 'it\'s "quoted"; DROP', "a\x00b", os.fsdecode(b"caf\xe9")]
)
def test_every_file_name_survives_sql(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    found = connection.execute("SELECT CAST(? AS TEXT) AS x, typeof(CAST(? AS TEXT))", (escape(name),) * 2).fetchone()
    connection.close()
    assert found == (name, "text")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(GalleryError, match="no Unicode text"):
        escape("\ud800")


def test_json_has_one_spelling() -> None:
    assert to_json({"b": [1, 2.5, None], "a": "é\udce9"}, "x") == to_json({"a": "é\udce9", "b": (1, 2.5, None)}, "x")
    assert from_json(to_json({"a": "é\udce9"}, "x")) == {"a": "é\udce9"}


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, object(), {1, 2}, b"bytes"])
def test_what_json_cannot_say_is_refused_by_name(value: Any) -> None:
    with pytest.raises(GalleryError, match=r"the metadata of photo 'x': .*; wanted what JSON can say"):
        to_json(value, "the metadata of photo 'x'")


@pytest.mark.parametrize("text", ["", "{", None, b"\xff", "[" * 100_000])
def test_damaged_json_is_a_damaged_gallery(text: Any) -> None:
    with pytest.raises(GalleryError, match="damaged"):
        from_json(text)


def test_ids_of_numpy_are_ids() -> None:
    assert id_list(np.array([3, 1])) == id_list([3, 1]) == "[3, 1]"
