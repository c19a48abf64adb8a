"""Damaged galleries are refused, answer as undisturbed, or are found by the check; equal seeds damage equally."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from data.gallery_changes import CHANGES
from hostile_galleries import PRELOAD, answers, ask, make, undisturbed
from running.hostile import Tried, tried

from resight.calibration import self_queries
from resight.errors import ResightError


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(self_queries, "FEW", 1)
        return undisturbed(tmp_path_factory.mktemp("galleries"))


@pytest.fixture(scope="module")
def wanted(whole: Path) -> str:
    return json.dumps(answers(str(whole))[0])


def test_one_of_each_kind_is_no_fault(whole: Path, wanted: str, tmp_path: Path) -> None:
    inputs = []
    for seed, kind in enumerate(CHANGES):
        (tmp_path / kind).mkdir()
        said = make(whole, tmp_path / kind / "known.gallery", seed)
        inputs.append((kind, said, (str(tmp_path / kind / "known.gallery"), wanted)))
    found: list[Tried] = [*tried(ask, inputs, refusal=ResightError, preload=PRELOAD)]
    assert [one.kind for one in found] == [*CHANGES]
    assert [one.fault for one in found] == len(CHANGES) * [""], [one.said for one in found]


def test_the_undisturbed_one_answers_as_it_did(whole: Path, wanted: str) -> None:
    assert ask(str(whole), wanted) == "as undisturbed"


def test_an_answer_that_differs_unsaid_is_an_exception(whole: Path, wanted: str, tmp_path: Path) -> None:
    """A name that is another text is one that nobody can tell from the right one."""
    path = shutil.copy(whole, tmp_path / "renamed.gallery")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE items SET instance = 'another' WHERE id = 1")
    with pytest.raises(ValueError, match="an answer that differs, and nothing was said"):
        ask(str(path), wanted)


def test_equal_seeds_make_equal_changes(whole: Path, tmp_path: Path) -> None:
    for seed in range(3 * len(CHANGES)):
        (tmp_path / f"{seed}").mkdir()
        first, second = (tmp_path / f"{seed}" / name for name in ("a.gallery", "b.gallery"))
        assert make(whole, first, seed) == make(whole, second, seed)
        assert first.read_bytes() == second.read_bytes()
