"""The recipes from the command line."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from resight.io.datasets.preflight import OUTSET, UNREADABLE, Outset
from resight.io.datasets.survey import Refused, Survey
from resight.progress import Progress


@pytest.mark.parametrize("name", ["vocabulary", "evidence"])
def test_a_recipe_is_run_and_its_report_told(name: str, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    asked = []

    def fitted(photos: Path, output: Path) -> Any:
        asked.append((photos, output))
        yield Progress("photos", 1, 1)
        yield Progress("fit", 1, 1, {"questions": 7})

    monkeypatch.setattr(f"resight.recipes.{name}.recipe.run", fitted)
    told = run("recipe", name, tmp_path, "-o", tmp_path / "out")
    assert told.status == 0
    assert told.out == f"wrote {tmp_path / 'out'}\nquestions  7\n"
    (report,) = run("recipe", name, tmp_path, "-o", tmp_path / "out", "--json").lines
    assert report == {"file": str(tmp_path / "out"), "questions": 7}
    assert asked == [(tmp_path, tmp_path / "out")] * 2


LEFT_OUT = ("broken.png: not an image",)
RECIPES: dict[str, tuple[tuple[str, ...], Any]] = {
    "vocabulary": ((), {"photos": 1}),
    "evidence": ((), {"fits": []}),
    "house": (("--teacher", "teacher.safetensors", "--work", "work"), {"steps": 9}),
    "museum": (("--work", "work"), {"rows": [], "baseline": None, "not_run": [], "photos": None}),
    "pairs": (("--work", "work"), {"config": "resnet50"}),
    "digits": ((), {"classes": [], "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "paper": 0.9}}),
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Progress(UNREADABLE, 1, 1, LEFT_OUT), "unreadable: broken.png: not an image"),
        (Progress(OUTSET, 0, 1, Outset(survey=Survey((Refused("closed", "cannot be listed"),)))), "error: closed: "),
    ],
    ids=["photo", "folder"],
)
def test_what_could_not_be_read_is_told_and_makes_the_status_1(
    step: Progress, said: str, name: str, run: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    options, report = RECIPES[name]
    monkeypatch.setattr(
        f"resight.recipes.{name}.recipe.run", lambda *_, **__: iter([step, Progress("end", 1, 1, report)])
    )
    told = run("recipe", name, "photos", *options)
    assert (told.status, told.err.startswith(said)) == (1, True)
    listed = run("recipe", name, "photos", *options, "--json")
    assert listed.status == 1
    assert report.items() <= listed.lines[0].items()
    assert [listed.lines[0].get(key) for key in ("unreadable", "refused")] in (
        [list(LEFT_OUT), None],
        [None, [{"place": "closed", "reason": "cannot be listed"}]],
    )


def _house(tmp_path: Path, *more: object) -> tuple[object, ...]:
    teacher = ("--teacher", tmp_path / "teacher.safetensors", "--work", tmp_path / "work", "-o", tmp_path / "house")
    return ("recipe", "house", tmp_path / "one", tmp_path / "two", *teacher, *more)


def test_the_house_recipe_is_run_with_its_settings(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def trained(photos: list[Path], work: Path, output: Path, *, teacher: Path, config: Any, stop: Any) -> Any:
        assert (photos, work) == ([tmp_path / "one", tmp_path / "two"], tmp_path / "work")
        assert (teacher, output) == (tmp_path / "teacher.safetensors", tmp_path / "house")
        assert (config.epochs, config.rate, config.seed) == (7, 0.5, 0)
        assert not stop()
        yield Progress("model", 1, 1, {"steps": 9})

    monkeypatch.setattr("resight.recipes.house.recipe.run", trained)
    told = run(*_house(tmp_path, "--set", "epochs=7", "--set", "rate=0.5"))
    assert told.out == f"wrote {tmp_path / 'house'}\nsteps  9\n"


def test_a_misspelt_setting_is_refused_with_the_nearest(run: Any, tmp_path: Path) -> None:
    told = run(*_house(tmp_path, "--set", "epoch=7"))
    assert told.status == 1
    assert "there is no setting 'epoch'; did you mean 'epochs'?" in told.err


def test_a_stopped_training_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def stopped(*photos: Any, stop: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        yield Progress("stopped", 3, 9, {"checkpoint": "work/stable/checkpoint.pt"})

    monkeypatch.setattr("resight.recipes.house.recipe.run", stopped)
    told = run(*_house(tmp_path))
    assert told.status == 130
    assert told.out == ""
    assert "stopped; work/stable/checkpoint.pt is where the same command goes on" in told.err


def test_a_folder_that_is_missing_is_refused(run: Any, tmp_path: Path) -> None:
    told = run("recipe", "evidence", tmp_path / "nowhere", "-o", tmp_path / "out")
    assert told.status == 1
    assert told.err.startswith("error: ")
    assert "nowhere" in told.err


NORMALISED = {"name": "network", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
CONFIG: dict[str, Any] = {"normalisation": NORMALISED}
CBT = {"name": "CBT", "meaning": "the test is no better", "advice": ["mine harder pairs", "augment"]}


def _row(name: str, hits: int, **more: Any) -> dict[str, Any]:
    estimate = {"value": hits / 8, "low": 0.25, "high": 0.875, "n": 8}
    paper = {"network": "AlexNet", "CLICIDE": "N/A", "GaRoFou_I": "89.67"}
    return {
        "row": name,
        "p_at_1": estimate,
        "map": estimate,
        "micro_ap": estimate,
        "paper": paper,
        "verdicts": [],
        **CONFIG,
        **more,
    }


PHOTOS = {
    "references": 20,
    "instances": 16,
    "instances_with_one_photo": 12,
    "queries": 9,
    "excluded_queries": 1,
    "leaks": [{"query": "q.jpg", "reference": "r.jpg", "kind": "content"}],
    "unreadable": ["query/broken.png: not an image"],
}
MISSING = {"row": "alexnet-conv", "reason": "no weights of alexnet were given", "paper": _row("", 0)["paper"]}


def test_the_museums_table_stands_beside_the_papers(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    against = {"row": "first", "only_this": 3, "only_that": 1, "p": 0.625}
    rows = [_row("first", 4), _row("second", 6, against=against, verdicts=[CBT])]
    report = {"rows": rows, "baseline": "first", "not_run": [MISSING], "photos": PHOTOS}

    def ran(data: Path, work: Path, *, rows: Any, weights: Path, baseline: str, settings: Any, stop: Any) -> Any:
        assert (data, work, weights, baseline) == (tmp_path / "data", tmp_path / "work", tmp_path / "weights", "first")
        assert (list(rows), list(settings)) == (["first", "second"], ["epochs=2"])
        yield Progress("rows", 2, 2, report)

    monkeypatch.setattr("resight.recipes.museum.recipe.run", ran)
    asked = ("recipe", "museum", tmp_path / "data", "--work", tmp_path / "work", "--weights", tmp_path / "weights")
    asked += ("--row", "first", "--row", "second", "--baseline", "first", "--set", "epochs=2")
    told = run(*asked)
    assert told.status == 0
    lines = [line.split() for line in told.out.splitlines()]
    assert lines[0][:2] == ["row", "P@1"]
    assert lines[1] == ["first", "50.00", "25.00", "to", "87.50", "50.00", "50.00", "AlexNet", "N/A", "89.67"]
    assert lines[2][:2] + lines[2][5:] == [
        "second",
        "75.00",
        "75.00",
        "75.00",
        "3",
        "1",
        "0.62",
        "CBT",
        "AlexNet",
        "N/A",
        "89.67",
    ]
    assert lines[3] == ["alexnet-conv", "not", "run", "AlexNet", "N/A", "89.67"]
    assert told.out.splitlines()[-1] == "not run: alexnet-conv: no weights of alexnet were given"
    assert "12 instances with one photo: where pairs are learned, their positives are its views" in told.err
    assert "1 of 9 queries show nothing that is known" in told.err
    assert "queries that are photos of a reference, too: 1; they count" in told.err
    assert "second: CBT: the test is no better; try: mine harder pairs; augment" in told.err
    assert "their normalisation is: network" in told.err
    (found,) = run(*asked, "--json").lines
    assert found == report


def test_a_table_of_which_nothing_was_run_lists_what_was_not(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    report = {"rows": [], "baseline": None, "not_run": [MISSING], "photos": None}
    monkeypatch.setattr("resight.recipes.museum.recipe.run", lambda *_, **__: iter([Progress("rows", 0, 1, report)]))
    told = run("recipe", "museum", tmp_path, "--work", tmp_path)
    assert told.status == 0
    assert told.out.splitlines()[1].split()[:3] == ["alexnet-conv", "not", "run"]


def test_the_pairs_recipe_is_run_with_its_config(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def ran(data: Path, work: Path, *, config: str, weights: Any, settings: Any, stop: Any) -> Any:
        assert (data, work, weights) == (tmp_path / "tiny", tmp_path / "work", None)
        assert (config, list(settings)) == ("reduced-resnet18", ["epochs=2"])
        leak = {"query": "a.jpg", "reference": "b.jpg", "kind": "content"}
        photos = {"tested": 9, "left_out": ["a.png: not an image", "b.png: not an image"]}
        found = {"config": config, "guess": 0.25, "photos": photos}
        yield Progress("tested", 1, 1, {**found, "leaks": [leak], "verdicts": [CBT]})

    monkeypatch.setattr("resight.recipes.pairs.recipe.run", ran)
    asked = ("recipe", "pairs", tmp_path / "tiny", "--work", tmp_path / "work", "--config", "reduced-resnet18")
    told = run(*asked, "--set", "epochs=2")
    assert told.out == "config  reduced-resnet18\nguess   0.25\nphotos\n  tested    9\n  left out  2\n"
    assert "note: CBT: the test is no better; try: mine harder pairs; augment" in told.err


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
        yield Progress("report", 1, 1, DIGITS)

    monkeypatch.setattr("resight.recipes.digits.recipe.run", ran)
    asked = ("recipe", "digits", tmp_path / "mnist", "--photos", tmp_path / "photos", "-o", tmp_path / "out")
    told = run(*asked, "--set", "epochs=2")
    lines = [line.split() for line in told.out.splitlines()]
    assert lines[1] == ["0", "98.76", "98.00", "to", "99.00", "99.59"]
    assert lines[2] == ["all", "98.76", "98.00", "to", "99.00", "98.73"]
    assert lines[5] == ["filters", *["0.250"] * 5, "1.23"]
    assert told.out.splitlines()[-1] == f"wrote {tmp_path / 'out' / 'digits.html'}"
    (found,) = run(*asked, "--set", "epochs=2", "--json").lines
    assert found == {"report": str(tmp_path / "out" / "digits.html"), **DIGITS}


def test_a_stopped_digits_recipe_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    stopped = Progress("stopped", 0, 1, {"stopped": "out"})
    monkeypatch.setattr("resight.recipes.digits.recipe.run", lambda *_, **__: iter([stopped]))
    told = run("recipe", "digits", tmp_path, "-o", tmp_path / "out")
    assert (told.status, told.out) == (130, "")
    assert "stopped; out is where the same command goes on" in told.err


def test_the_digits_recipe_says_where_the_four_files_go(run: Any, tmp_path: Path) -> None:
    told = run("recipe", "digits", tmp_path / "nowhere", "-o", tmp_path / "out")
    assert told.status == 1
    assert "wanted train-images-idx3-ubyte.gz" in told.err
    assert "download the four and put them there" in told.err


@pytest.mark.parametrize("name", ["museum", "pairs"])
def test_a_stopped_recipe_says_how_to_go_on(name: str, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    stopped = Progress("stopped", 0, 1, {"stopped": "work"})
    monkeypatch.setattr(f"resight.recipes.{name}.recipe.run", lambda *_, **__: iter([stopped]))
    told = run("recipe", name, tmp_path, "--work", tmp_path)
    assert told.status == 130
    assert told.out == ""
    assert "stopped; work is where the same command goes on" in told.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("museum", "--row", "alexnet-con"), "there is no row 'alexnet-con'; did you mean 'alexnet-conv'?"),
        (("museum", "--set", "epoch=1"), "there is no setting 'epoch'; did you mean 'epochs'?"),
        (("pairs", "--config", "vgg"), "there is no config 'vgg'; did you mean 'vgg16'?"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(asked: Any, said: str, run: Any, tmp_path: Path) -> None:
    name, *more = asked
    told = run("recipe", name, tmp_path, "--work", tmp_path, *more)
    assert told.status == 1
    assert said in told.err
