"""The recipe asks the paper's four networks, and lays its tables beside what came of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resight.interpretation import report
from resight.progress import Interrupted, finished
from resight.recipes.places import recipe
from tests.jobs import job

OUTCOME = SimpleNamespace(
    models=[SimpleNamespace(name="simple"), SimpleNamespace(name="house")],
    sizes=[SimpleNamespace(model="simple", kind="D_cam", dimensions=16, first=16, share=7)],
    accuracy=lambda model: SimpleNamespace(value=0.75),
)


def test_its_tables_stand_beside_the_paper_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def studied(data: Path, work: Path, models: Any, **options: Any) -> Any:
        assert models == ("vgg11", "resnet18", "simple", "simpler", "house")
        assert (work, options["config"]) == (tmp_path / "work", "cpu")
        return job(result=OUTCOME)

    monkeypatch.setattr(recipe, "study", studied)
    monkeypatch.setattr(report, "write", lambda outcome, output: {"report": "page"})
    monkeypatch.setattr(report, "summary", lambda outcome: {"photos": 3})
    found = finished(recipe.run(tmp_path, tmp_path, preset="cpu", networks=("house",)))
    assert not isinstance(found, Interrupted)
    assert found["files"]["report"] == "page"
    lines = (tmp_path / "paper.csv").read_text().splitlines()
    assert lines[1:] == ["simple,0.2500,0.0069,16,324,16,50,7,40"]
