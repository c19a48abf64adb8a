"""Tuning a gallery from the command line: what is chosen is told in three lines, and shown by info."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_choice_is_told_and_shown(run: Any, gallery: Path) -> None:
    told = run("tune", gallery)
    assert told.status == 0
    what, why, takes = told.out.splitlines()
    assert what == f"{gallery}: kept the default: 5 photos compared, whitened, top score"
    assert "fewer than 20 things" in why
    assert takes.startswith(f"{gallery}: an answer takes ")
    (facts,) = run("info", gallery, "--json").lines
    assert [f"{gallery}: {line}" for line in facts["gallery"]["search"]["chosen"]] == told.out.splitlines()
    (report,) = run("tune", gallery, "--reset", "--json").lines
    assert (report["is_default"], report["reason"]) == (True, [])
    assert run("tune", gallery, "--reset").out.startswith(f"{gallery}: back to the default: 5 photos compared")


def test_wrong_usage_is_refused(run: Any, gallery: Path, tmp_path: Path) -> None:
    slow = run("tune", gallery, "--latency", "0")
    assert slow.status == 2
    missing = run("tune", tmp_path / "nowhere.gallery")
    assert missing.status == 1
    assert missing.err.startswith("error: ")
