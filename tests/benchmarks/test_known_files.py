"""The benchmark of known files, on a small pack: each is named by its file and by a copy, and two names are told."""

from __future__ import annotations

import argparse
from pathlib import Path

import known_files as benchmark
import pytest
from data.packs import Pack

from tests.galleries import quick


def test_files_and_copies_get_their_names(museum: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "pack", lambda name: museum)
    monkeypatch.setattr(benchmark, "COPIES", 3)
    monkeypatch.setattr(benchmark, "PAIRS", 2)
    arguments = argparse.Namespace(packs=["museum"], quick=False, cache=tmp_path)
    with quick():
        report = benchmark.main(arguments)
        again = benchmark.main(arguments)
    answers = report.data["files"]["museum"]
    assert len(answers) == len(museum.references)
    assert all(one["file"] for one in answers.values())
    copies = [one["copy"] for one in answers.values() if one["copy"] is not None]
    assert copies == [True] * 2
    assert report.data["two names"] == {"told": 2, "named": 2}
    assert again == report
