"""The recipes from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resight.progress import Progress


@pytest.mark.parametrize("name", ["vocabulary", "evidence"])
def test_a_recipe_is_run_and_its_report_told(name: str, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    asked = []

    def fitted(photos: Path, output: Path) -> Any:
        asked.append((photos, output))
        yield Progress("photos", 1, 1)
        yield Progress("fit", 1, 1, {"questions": 7})

    monkeypatch.setattr(f"resight.recipes.{name}.run", fitted)
    told = run("recipe", name, tmp_path, "-o", tmp_path / "out")
    assert told.status == 0
    assert told.out == f"wrote {tmp_path / 'out'}\nquestions  7\n"
    (report,) = run("recipe", name, tmp_path, "-o", tmp_path / "out", "--json").lines
    assert report == {"file": str(tmp_path / "out"), "questions": 7}
    assert asked == [(tmp_path, tmp_path / "out")] * 2


def test_a_folder_that_is_missing_is_refused(run: Any, tmp_path: Path) -> None:
    told = run("recipe", "evidence", tmp_path / "nowhere", "-o", tmp_path / "out")
    assert told.status == 1
    assert told.err.startswith("error: ")
    assert "nowhere" in told.err
