"""The recipe of places from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.commands.test_interpret import REPORT
from tests.jobs import job


def test_the_recipe_names_its_report(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def ran(data: Path, output: Path, **options: Any) -> Any:
        assert (data, output, options["preset"]) == (tmp_path, tmp_path / "out", "cpu")
        return job(result=REPORT)

    monkeypatch.setattr("resight.recipes.places.recipe.run", ran)
    told = run("recipe", "places", tmp_path, "-o", tmp_path / "out", "--preset", "cpu")
    assert told.out.splitlines()[-1] == "wrote out/interpretation.html"
