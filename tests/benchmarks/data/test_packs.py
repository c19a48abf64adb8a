"""The shared packs as the benchmarks see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from data.packs import pack, photo_of, shared, short

from resight.errors import DatasetError
from tests.benchmarks.conftest import Lay

Plain = Callable[[int, int, int], npt.NDArray[np.uint8]]


def test_a_missing_folder_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESIGHT_SHARED", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match=r"nowhere.*set RESIGHT_SHARED"):
        shared()


def test_a_pack_has_references_and_queries_by_names_of_its_own(lay: Lay, plain: Plain) -> None:
    lay("small", [
        ("a/1.png", plain(255, 0, 0), "red", "reference", ""),
        ("a/2.png", plain(250, 0, 0), "red", "reference", ""),
        ("b/1.png", plain(0, 0, 255), "blue", "reference", ""),
        ("q/1.png", plain(240, 0, 0), "red|blue", "query", "a/2.png"),
        ("q/2.png", plain(0, 0, 240), "blue", "query", "b/1.png"),
        ("d/1.png", plain(0, 255, 0), "green", "distractor", ""),
        ("t/1.png", plain(0, 255, 0), "green", "train", ""),
    ])  # fmt: skip
    small = pack("small")
    assert small.instances == {"a/1.png": "red", "a/2.png": "red", "b/1.png": "blue"}
    assert [entry.name for entry in small.queries] == ["q/1.png", "q/2.png", "d/1.png"]
    assert small.queries[0].ignore == ("a/2.png",)
    assert [small.answers(entry) for entry in small.queries] == [True, False, False]
    assert (photo_of(small.queries[0]).image == plain(240, 0, 0)).all()


def test_a_thinner_pack_keeps_both_kinds_of_queries(lay: Lay, plain: Plain) -> None:
    photo = plain(1, 2, 3)
    known = [(f"q{number}", photo, "a", "query", "") for number in range(7)]
    unknown = [(f"d{number}", photo, "", "distractor", "") for number in range(4)]
    lay("small", [("r", photo, "a", "reference", ""), *unknown, *known])
    thin = pack("small").thinned(3)
    assert [entry.name for entry in thin.queries] == ["q0", "q3", "q6", "d0", "d3"]
    assert {entry.name for entry in pack("small").thinned(1).queries} == {row[0] for row in (*known, *unknown)}


def test_all_against_all_is_another_pack(lay: Lay, plain: Plain) -> None:
    photo = plain(1, 2, 3)
    lay(
        "small",
        [("r", photo, "a", "reference", ""), ("q", photo, "a", "query", ""), ("d", photo, "", "distractor", "")],
    )
    everything = pack("small").all_against_all()
    assert everything.name == "small-all"
    assert [entry.name for entry in everything.references] == ["r", "q"]
    assert everything.queries == everything.references


@pytest.mark.parametrize("name", ["/somewhere/data/small/images.parquet/a/1.png", "a/1.png"])
def test_a_short_name_says_nothing_of_the_machine(name: str) -> None:
    assert short(name) == "a/1.png"
