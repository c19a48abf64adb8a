"""Inputs of seeds are made, asked about and removed one after the other; a fault among them is the exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from running.seeded import launch, seeded

from resight.errors import ModelError


def _ask(path: str) -> str:
    """Refuses the input of seed 4, and fails at that of seed 5."""
    said = Path(path).read_text(encoding="utf-8")
    if said == "4":
        raise ModelError("no model")
    return {"3": "taken"}[said]


def _made(folder: Path, seed: int) -> tuple[str, tuple[str]]:
    folder.mkdir()
    (folder / "said").write_text(str(seed), encoding="utf-8")
    return "written", (str(folder / "said"),)


def _inputs(scratch: Path, seeds: range) -> Any:
    return seeded(["even", "odd"], _made, scratch, seeds, what="files")


def test_an_input_is_there_until_the_next_is_asked_for(tmp_path: Path) -> None:
    found = []
    for kind, name, (path,) in _inputs(tmp_path, range(3, 6)):
        found.append((kind, name))
        assert [*tmp_path.rglob("said")] == [Path(path)]
    assert found == [("odd", "seed 3, written"), ("even", "seed 4, written"), ("odd", "seed 5, written")]
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("count", "status"), [(2, None), (3, 1)])
def test_the_exit_status_is_1_where_there_is_a_fault(
    count: int, status: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["files", "--seed", "3", "--count", str(count)])
    ended = None
    try:
        launch("Files.", _ask, _inputs, count=9, what="files", refusal=ModelError, preload=())
    except SystemExit as end:
        ended = end.code
    assert ended == status
    told = capsys.readouterr().out
    assert f"| all | {count} | 1 | 1 | {count - 2} | 0 | 0 |" in told
    assert ("- odd, seed 5, written: raised." in told) == (count == 3)
