"""The museum's table from the command line, beside the paper's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.jobs import job

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
        return job(result=report)

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
    monkeypatch.setattr("resight.recipes.museum.recipe.run", lambda *_, **__: job(result=report))
    told = run("recipe", "museum", tmp_path, "--work", tmp_path)
    assert told.status == 0
    assert told.out.splitlines()[1].split()[:3] == ["alexnet-conv", "not", "run"]
