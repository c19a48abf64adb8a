"""The benchmark of imports: that each line can be imported, and how it is told."""

from __future__ import annotations

import argparse
import re

import imports as benchmark
import pytest


def test_every_line_is_timed_and_libraries_are_told_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(line: str) -> tuple[float, float]:
        return (0.5, 0.25) if "," in line or "resight" in line else (0.125, 0.0625)

    monkeypatch.setattr(benchmark, "seconds", seconds)
    report = benchmark.main(argparse.Namespace(quick=False))
    assert "| `resight --help` | 500 | 250 |" in report.markdown
    assert "| NumPy itself | 125 | 62 |" in report.markdown
    assert "| OpenCV | 375 | 188 |" in report.markdown
    assert {len(taken) for taken in report.data["seconds"].values()} == {benchmark.ROUNDS}


def test_what_commands_load_is_there() -> None:
    """So that a module that has moved is not timed as nothing."""
    for line in benchmark.COMMANDS.values():
        clock, processor = benchmark.seconds(line)
        assert clock > 0
        assert processor > 0
    assert all(re.fullmatch(r"[a-z.0-9]+", module) for module in benchmark.LIBRARIES.values())
