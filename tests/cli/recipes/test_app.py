"""What all recipes have in common: they are followed, they tell what they left out, and they stop in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.datasets.survey import RefusedPlace, Survey
from resight.progress import Interrupted, Progress
from tests.jobs import job


@pytest.mark.parametrize("name", ["vocabulary", "evidence"])
def test_a_recipe_is_run_and_its_report_told(name: str, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    asked = []

    def fitted(photos: Path, output: Path, *config: Any) -> Any:
        asked.append((photos, output))
        return job(Progress("photos", 1, 1), result={"questions": 7})

    monkeypatch.setattr(f"resight.recipes.{name}.recipe.run", fitted)
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


LEFT_OUT = ("broken.png: not an image",)
RECIPES: dict[str, tuple[tuple[str, ...], Any]] = {
    "vocabulary": ((), {"photos": 1}),
    "evidence": ((), {"fits": []}),
    "house": (("--teacher", "teacher.safetensors", "--work", "work"), {"steps": 9}),
    "museum": (("--work", "work"), {"rows": [], "baseline": None, "not_run": [], "photos": None}),
    "pairs": (("--work", "work"), {"config": "resnet50", "forms": [], "ensembles": {}, "left_out": []}),
    "verifier": ((), {"same": 9}),
    "digits": ((), {"classes": [], "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "paper": 0.9}}),
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(
    ("step", "said"),
    [
        (PhotosLeftOut.of(LEFT_OUT, 1), "unreadable: broken.png: not an image"),
        (DatasetRead.of(Outset(survey=Survey((RefusedPlace("closed", "cannot be listed"),))), 1), "error: closed: "),
    ],
    ids=["photo", "folder"],
)
def test_what_could_not_be_read_is_told_and_makes_the_status_1(
    step: Progress, said: str, name: str, run: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    options, report = RECIPES[name]
    monkeypatch.setattr(f"resight.recipes.{name}.recipe.run", lambda *_, **__: job(step, result=report))
    told = run("recipe", name, "photos", *options)
    assert (told.status, told.err.startswith(said)) == (1, True)
    listed = run("recipe", name, "photos", *options, "--json")
    assert listed.status == 1
    assert report.items() <= listed.lines[0].items()
    assert [listed.lines[0].get(key) for key in ("unreadable", "refused")] in (
        [list(LEFT_OUT), None],
        [None, [{"place": "closed", "reason": "cannot be listed"}]],
    )


@pytest.mark.parametrize("name", ["museum", "pairs"])
def test_a_stopped_recipe_says_how_to_go_on(name: str, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    stopped = Interrupted(Path("work"))
    monkeypatch.setattr(f"resight.recipes.{name}.recipe.run", lambda *_, **__: job(result=stopped))
    told = run("recipe", name, tmp_path, "--work", tmp_path)
    assert told.status == 130
    assert told.out == ""
    assert "stopped; work is where the same command goes on" in told.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("museum", "--row", "alexnet-con"), "there is no row 'alexnet-con'; did you mean 'alexnet-conv'?"),
        (("museum", "--set", "epoch=1"), "there is no setting 'epoch'; did you mean 'epochs'?"),
        (("pairs", "--preset", "vgg"), "there is no preset 'vgg'; did you mean 'vgg16'?"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(asked: Any, said: str, run: Any, tmp_path: Path) -> None:
    name, *more = asked
    told = run("recipe", name, tmp_path, "--work", tmp_path, *more)
    assert told.status == 1
    assert said in told.err
