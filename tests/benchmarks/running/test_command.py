"""What the command lines have in common."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pytest
from running.command import Report, launch, parser

from resight.errors import DatasetError


def _launch(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[argparse.Namespace]:
    seen: list[argparse.Namespace] = []

    def work(namespace: argparse.Namespace) -> Report:
        seen.append(namespace)
        return Report("### table\n", {"figures": [0.5]})

    monkeypatch.setattr(sys, "argv", ["benchmark.py", *arguments])
    launch(parser("What it does.", packs=("one", "two")), work)
    return seen


def test_tables_go_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    [arguments] = _launch(monkeypatch, "--cache", str(tmp_path / "new" / "cache"))
    assert arguments.packs == ["one", "two"]
    assert capsys.readouterr().out.startswith("### table\n\n_")
    assert (tmp_path / "new" / "cache" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_or_to_files(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = tmp_path / "a.md", tmp_path / "a.json"
    options = ["--cache", str(tmp_path), "--output", str(files[0]), "--json", str(files[1]), "--packs", "two"]
    [arguments] = _launch(monkeypatch, *options)
    assert arguments.packs == ["two"]
    assert capsys.readouterr().out == ""
    assert files[0].read_text(encoding="utf-8").startswith("### table\n")
    written = json.loads(files[1].read_text(encoding="utf-8"))
    assert written["figures"] == [0.5]
    assert "numpy" in written["machine"]


def test_what_is_missing_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failing(namespace: argparse.Namespace) -> Report:
        raise DatasetError("the shared photo packs are missing")

    monkeypatch.setattr(sys, "argv", ["benchmark.py", "--cache", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"benchmark\.py: the shared photo packs are missing"):
        launch(parser("What it does."), failing)


def test_an_unknown_pack_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _launch(monkeypatch, "--packs", "three")
    assert "three" in capsys.readouterr().err
