"""The recipe of digits from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resight.progress import Interrupted
from tests.jobs import job

SHARE = {"value": 0.9876, "low": 0.98, "high": 0.99, "n": 100}
METHOD = {measure: {**SHARE, "value": 0.25} for measure in ("pointing", "energy", "iou", "located", "right")} | {
    "ms": 1.234
}
DIGITS = {
    "accuracy": {**SHARE, "paper": 0.9873},
    "classes": [{**SHARE, "paper": 0.9959}],
    "localisation": {"photos as they are": {"filters": METHOD}},
}


def test_the_digits_recipe_tells_table_2_and_what_the_maps_got(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def ran(data: Path, output: Path, *, photos: Path, settings: Any, stop: Any) -> Any:
        assert (data, output, photos) == (tmp_path / "mnist", tmp_path / "out", tmp_path / "photos")
        assert list(settings) == ["epochs=2"]
        return job(result=DIGITS)

    monkeypatch.setattr("resight.recipes.digits.recipe.run", ran)
    asked = ("recipe", "digits", tmp_path / "mnist", "--photos", tmp_path / "photos", "--work", tmp_path / "out")
    told = run(*asked, "--set", "epochs=2")
    lines = [line.split() for line in told.out.splitlines()]
    assert lines[1] == ["0", "98.76", "98.00", "to", "99.00", "99.59"]
    assert lines[2] == ["all", "98.76", "98.00", "to", "99.00", "98.73"]
    assert lines[5] == ["filters", *["0.250"] * 5, "1.23"]
    assert told.out.splitlines()[-1] == f"wrote {tmp_path / 'out' / 'digits.html'}"
    (found,) = run(*asked, "--set", "epochs=2", "--json").lines
    assert found == {"report": str(tmp_path / "out" / "digits.html"), **DIGITS}


def test_a_stopped_digits_recipe_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    stopped = Interrupted(Path("out"))
    monkeypatch.setattr("resight.recipes.digits.recipe.run", lambda *_, **__: job(result=stopped))
    told = run("recipe", "digits", tmp_path, "--work", tmp_path / "out")
    assert (told.status, told.out) == (130, "")
    assert "stopped; out is where the same command goes on" in told.err


def test_the_digits_recipe_says_where_the_four_files_go(run: Any, tmp_path: Path) -> None:
    told = run("recipe", "digits", tmp_path / "nowhere", "--work", tmp_path / "out")
    assert told.status == 1
    assert "wanted train-images-idx3-ubyte.gz" in told.err
    assert "download the four and put them there" in told.err
