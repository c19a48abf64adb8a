"""Hostile input ends as it should or is counted as what it is."""

from __future__ import annotations

import multiprocessing
import os
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from running import hostile
from running.hostile import Tried, summary, tried

from resight.errors import ModelError


def _ask(what: str) -> str:
    """Ends as it is told."""
    if what == "refused":
        raise ModelError("no model")
    if what == "raised":
        raise KeyError("name")
    if what == "warned":
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    if what == "crashed":
        os.abort()
    if what == "hung":
        time.sleep(60)
    return "a descriptor"


@pytest.fixture(scope="module")
def found() -> dict[str, Tried]:
    inputs = [("words", what, (what,)) for what in ("taken", "refused", "raised", "warned", "crashed", "hung")]
    ending = tried(_ask, inputs[:-1], refusal=ModelError)
    waiting = tried(_ask, inputs[-1:], refusal=ModelError, patience=1)
    return {one.name: one for one in (*ending, *waiting)}


def test_each_ends_as_it_does(found: dict[str, Tried]) -> None:
    assert {name: one.answer for name, one in found.items()} == {
        "taken": "taken",
        "refused": "refused",
        "raised": "raised",
        "warned": "raised",
        "crashed": "crashed",
        "hung": "hung",
    }
    said = {name: one.said for name, one in found.items()}
    assert (said["taken"], said["refused"]) == ("a descriptor", "no model")
    assert "KeyError: 'name'" in said["raised"]
    assert "RuntimeWarning: overflow" in said["warned"]
    assert said["crashed"] == "exit status -6"
    assert said["hung"].startswith("after 1 s:")


def _linger(path: str) -> None:
    """Does not end before it is written down that it is here."""
    end = time.monotonic() + 60
    while "_linger" not in Path(path).read_text() and time.monotonic() < end:
        time.sleep(0.01)


def test_where_a_process_hangs_is_written_down(tmp_path: Path) -> None:
    receiving, sending = multiprocessing.Pipe(duplex=False)
    hostile._asked(_linger, (str(tmp_path / "threads"),), ModelError, sending, (0.01, str(tmp_path / "threads")))
    assert receiving.recv()[0] == "taken"
    assert "in _linger" in hostile._hung(5, tmp_path / "threads")[1]
    assert hostile._hung(5, tmp_path / "none")[:2] == ("hung", "after 5 s:\nit had not begun")


def test_only_what_is_taken_or_refused_at_little_cost_is_no_fault(found: dict[str, Tried]) -> None:
    assert {name for name, one in found.items() if not one.fault} == {"taken", "refused"}
    assert 5e6 < found["taken"].peak < hostile.LARGEST
    dear: Any = {"kind": "words", "name": "one", "answer": "taken"}
    assert Tried(**dear, seconds=5.1).fault == "5.1 s"
    assert Tried(**dear, seconds=5.1, peak=600 * 2**20).fault == "5.1 s and 600 MB"


def test_the_summary_counts_kinds_and_names_faults(found: dict[str, Tried]) -> None:
    lines = summary([*found.values()]).splitlines()
    assert lines[0].startswith("| what was done to it | inputs | taken | refused | raised | crashed | hung |")
    assert lines[2].startswith("| words | 6 | 1 | 1 | 2 | 1 | 1 |")
    assert lines[3].startswith("| all | 6 | 1 | 1 | 2 | 1 | 1 |")
    assert "- words, crashed: crashed. exit status -6" in lines
