"""Evaluating from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resight.cli.commands.evaluate import MEASURES
from resight.evaluation import evaluate as evaluation
from resight.io.datasets.preflight import DatasetRead, Outset
from resight.io.datasets.survey import RefusedPlace, Survey
from resight.progress import Job, Progress
from tests.cli.conftest import shape
from tests.jobs import job

REPORT: dict[str, Any] = {
    "micro_ap": {"value": 0.5, "low": 0.25, "high": 0.75, "n": 1200},
    "p_at_1": {"value": 1.0, "low": 0.9, "high": 1.0, "n": 1000},
    "unknown_share": 0.25,
    "threshold": None,
    "without_leaks": {"micro_ap": {"value": 0.4, "low": 0.25, "high": 0.75, "n": 1199}},
    "queries": 1200,
    "leaks": [{"query": "q\n.jpg", "reference": "r.jpg", "kind": "content"}],
    "unreadable": [{"photo": "bad.jpg", "reason": "cannot read it"}],
    "further": {},
    "undefined": {"auroc": "no query is unknown"},
    "audit": {"valid": False, "findings": [{"kind": "labels", "what": "two", "names": ["a (b)"], "fails": True}]},
    "retrieval": [],
    "votes": [],
    "answers": [],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the library was asked, which reports REPORT."""
    asked: list[Any] = []

    def evaluate(roots: Any, **options: Any) -> Job[Any]:
        asked.append((roots, options))
        return job(Progress("photos", 1, 1), result=SimpleNamespace(to_dict=lambda: REPORT))

    monkeypatch.setattr(evaluation, "iter_evaluate", evaluate)
    return asked


def test_measures_are_a_table_and_doubts_are_told_beside_it(run: Any, asked: list[Any]) -> None:
    told = run("evaluate", "museum")
    assert told.status == 1
    assert told.out.splitlines() == [
        "NOT VALID: what was asked was known, learned or fitted on; see the audit's findings",
        "measure                  value   95 % interval  photos  without leaks",
        "precision at 1           1.000  0.900 to 1.000   1,000",
        "micro average precision  0.500  0.250 to 0.750   1,200          0.400",
        "AUROC, known against unknown: not defined: no query is unknown",
    ]
    assert told.err.splitlines() == [
        "unreadable: bad.jpg: cannot read it",
        "leak: q\\n.jpg is the very file that is known as r.jpg",
        "audit: two: a (b)",
        "1 of 1,200 queries are photos of the gallery, as far as can be told: the figures are too good",
        "note: 25.0 % of photos are expected to be unknown, by default as many as among the queries and "
        "one of each kind; probabilities depend on it",
    ]


def test_what_a_data_set_lacks_makes_the_status_1(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outset = Outset(survey=Survey((RefusedPlace("set/metadata.csv, line 3", "no file_name"),)))

    def evaluate(*_: Any, **__: Any) -> Job[Any]:
        return job(DatasetRead.of(outset, 1), result=SimpleNamespace(to_dict=lambda: REPORT | {"unreadable": []}))

    monkeypatch.setattr(evaluation, "iter_evaluate", evaluate)
    told = run("evaluate", "museum")
    assert told.status == 1
    assert told.err.splitlines()[0] == "error: set/metadata.csv, line 3: no file_name"
    assert "\nmeasure " in told.out


def test_of_many_leaks_a_few_are_told(run: Any, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REPORT, "leaks", REPORT["leaks"] * 8)
    told = run("evaluate", "museum").err.splitlines()
    assert [line.split(" ")[0] for line in told] == ["unreadable:", *["leak:"] * 6, "audit:", "8", "note:"]
    assert told[-4] == "leak: and 3 more, which --json lists"


def test_json_is_the_library_s_own(run: Any, asked: list[Any]) -> None:
    assert run("evaluate", "museum", "--json").lines == [REPORT]


def test_options_reach_the_library(run: Any, asked: list[Any]) -> None:
    run("evaluate", "a", "b")
    rates = ("--far", "0.01", "--fdr", "0.02", "--unknown-share", "0.2")
    run("evaluate", "a", "-e", "vlad", *rates, "--format", "places", "--frame-gap", "9", "-g", "kept.gallery")
    keys = ("encoders", "false_accept_rate", "false_discovery_rate", "unknown_share", "format", "frame_gap")
    keys = (*keys, "gallery", "report")
    assert asked == [
        (["a", "b"], dict(zip(keys, (None, None, None, None, None, 0, None, None), strict=True))),
        (["a"], dict(zip(keys, (["vlad"], 0.01, 0.02, 0.2, "places", 9, Path("kept.gallery"), None), strict=True))),
    ]


def test_a_valid_evaluation_has_its_further_measures_and_rankings(
    run: Any, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    estimate = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 10}
    monkeypatch.setitem(REPORT, "audit", {"valid": True, "findings": []})
    monkeypatch.setitem(REPORT, "further", {"brier": estimate})
    monkeypatch.setitem(REPORT, "retrieval", [{"encoder": "net", "unanswerable": 2, "map": estimate}])
    told = run("evaluate", "museum").out
    assert "NOT VALID" not in told
    assert "Brier score  0.500  0.250 to 0.750      10" in told
    assert "ranking by net          value   95 % interval  queries" in told
    assert "2 queries without an answer in the gallery not among these" in told


def test_two_reports_are_compared(run: Any, tmp_path: Path) -> None:
    keys = ("photo", "right", "probability", "named", "answerable", "label")
    for name, right in (("a", 0), ("b", 1)):
        rows = [(f"q{n}", bool(right or n % 2), 0.5 + n / 100, True, True, None) for n in range(30)]
        answers = [dict(zip(keys, row, strict=True)) for row in rows]
        (tmp_path / f"{name}.json").write_text(json.dumps({"answers": answers}))
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    told = run("evaluate", "--compare", a, b)
    assert told.status == 0
    assert told.out.splitlines()[-1].startswith(f"{b} is better by micro_ap, by 0.")
    assert f"answered rightly by {a} alone: 0; by {b} alone: 15" in told.out
    assert run("evaluate", "--compare", a, b, "--json").lines[0]["only_second"] == 15


def test_what_cannot_be_compared_is_said(run: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    assert "is no JSON that can be read" in run("evaluate", "--compare", tmp_path / "a.json", tmp_path / "b.json").err
    assert "takes no data set" in run("evaluate", "museum", "--compare", tmp_path / "a", tmp_path / "b").err
    assert "wanted a data set" in run("evaluate").err


def test_a_real_data_set_is_measured(run: Any, museum: Path, golden: Any) -> None:
    told = run("evaluate", museum, "--json")
    assert told.status == 0
    (report,) = told.lines
    golden("evaluate", shape(report))
    assert MEASURES.keys() - {"either_right"} <= report.keys()
    assert report["p_at_1"]["value"] == 1
    assert len(report["answers"]) == 3
