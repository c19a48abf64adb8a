"""Damaged model folders end in a ModelError or a descriptor; what is damaged follows from the seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile_models import CHANGES, PRELOAD, ask, inputs, make, rehash
from running.hostile import Tried, tried

from resight.errors import ModelError
from resight.features.encoder import HOUSE
from resight.io import model_folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Tried]:
    """One folder of each kind."""
    scratch = tmp_path_factory.mktemp("hostile")
    return [*tried(ask, inputs(scratch, range(7, 7 + len(CHANGES))), refusal=ModelError, preload=PRELOAD)]


def test_none_of_them_is_a_fault(found: list[Tried]) -> None:
    assert [one.kind for one in found] == [*CHANGES]
    assert [one.fault for one in found] == len(CHANGES) * [""], [one.said for one in found]
    assert {one.answer for one in found} == {"taken", "refused"}


def test_equal_seeds_make_equal_folders(tmp_path: Path) -> None:
    for seed in range(len(CHANGES) - 1):  # in the last a file may be a link
        assert make(tmp_path / f"{seed}a", seed) == make(tmp_path / f"{seed}b", seed)
        first, second = ({path.name: path.read_bytes() for path in (tmp_path / f"{seed}{x}").iterdir()} for x in "ab")
        assert first == second
        shipped = {path.name: path.read_bytes() for path in HOUSE.iterdir()}
        assert first != shipped


def test_what_is_untouched_is_taken() -> None:
    assert ask(str(HOUSE)) == "512 numbers"


def test_hashes_are_made_right_again(tmp_path: Path) -> None:
    make(tmp_path / "model", 4)
    (tmp_path / "model" / model_folder.METRICS).write_text("{}", encoding="utf-8")
    rehash(tmp_path / "model")
    assert model_folder.load(tmp_path / "model").metrics == {}
    (tmp_path / "model" / model_folder.CARD).write_text(json.dumps({"sha256": None}), encoding="utf-8")
    rehash(tmp_path / "model")
