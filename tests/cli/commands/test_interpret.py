"""``resight interpret`` from the command line: what it tells, and what it refuses without a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resight.progress import Interrupted
from tests.jobs import job

REPORT = {
    "control": "No sign of the camera.",
    "errors": [{"model": "simple", "seed": 0, "error": 0.25, "low": 0.2, "high": 0.3}],
    "consistency": ["simple and house: they differ."],
    "notes": ["3 photos are smaller."],
    "files": {"report": "out/interpretation.html"},
}


def test_it_tells_the_control_first(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def studied(photos: Path, work: Path, models: Any, **options: Any) -> Any:
        assert (photos, work, list(models)) == (tmp_path / "in", tmp_path / "out" / "work", ["simple", "house"])
        assert (options["config"], list(options["settings"])) == ("cpu", ["epochs=2"])
        return job(result=object())

    monkeypatch.setattr("resight.interpretation.study.study", studied)
    monkeypatch.setattr("resight.interpretation.report.write", lambda outcome, output: REPORT["files"])
    monkeypatch.setattr("resight.interpretation.report.summary", lambda outcome: REPORT)
    asked = ("interpret", tmp_path / "in", "-m", "simple", "-m", "house", "-o", tmp_path / "out", "--set", "epochs=2")
    told = run(*asked)
    lines = told.out.splitlines()
    assert lines[0] == REPORT["control"]
    [row] = [line.split() for line in lines if line.startswith("simple  ")]
    assert row == ["simple", "0", "0.250", "0.200", "to", "0.300"]
    assert lines[-1] == "wrote out/interpretation.html"
    assert "note: 3 photos are smaller." in told.err
    (found,) = run(*asked, "--json").lines
    assert found == REPORT


def test_one_place_is_refused_in_a_line(run: Any, tmp_path: Path, known_photos: Any) -> None:
    from resight.io import images

    for number in range(4):
        file = tmp_path / "in" / "Delft" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(images.encode(known_photos["coffee"][:40, :40], ".png"))
    told = run("interpret", tmp_path / "in", "-m", "simple", "-o", tmp_path / "out")
    assert told.status == 1
    assert "only 'Delft' of the places" in told.err
    assert "Traceback" not in told.err


def test_a_stopped_study_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "resight.interpretation.study.study", lambda *given, **options: job(result=Interrupted(tmp_path / "work"))
    )
    told = run("interpret", tmp_path, "-m", "simple")
    assert told.status == 130
    assert "where the same command goes on" in told.err
