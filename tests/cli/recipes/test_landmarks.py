"""The landmarks recipe from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from resight.progress import Interrupted, Progress
from resight.recipes.landmarks import recipe
from tests.jobs import job

CELL = {"whitened": True, "row": "identity", "k": 7, "value": 0.7, "low": 0.6, "high": 0.8, "n": 9, "thesis": 0.8106}
REPORT: dict[str, Any] = {
    "photos": {"references": 5, "instances": 3, "queries": 4, "unanswerable": 1},
    "page": "work/landmarks.html",
    "audit": {"valid": True, "findings": []},
    "encoders": [
        {
            "name": "net",
            "unreadable": [],
            "few_photos": "",
            "clipped": "k = 17: the gallery has 9 photos, and all of them vote.",
            "further": [
                {**CELL, "name": "first", "gain": None, "p": None},
                {**CELL, "name": "verified", "gain": {"value": 0.1, "low": 0.05, "high": 0.2}, "p": 0.012},
            ],
            "tables": {"5.1": [CELL, {**CELL, "value": 0.5}]},
            "orderings": [
                {"claim": "a above b", "thesis": 0.1, "here": {**CELL, "value": 0.2}, "p": 0.01, "verdict": "holds"}
            ],
        }
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def run(data: Any, work: Any, **options: Any) -> Any:
        asked.append((str(data), str(work), options["encoders"], options["format"], options["further"]))
        return job(Progress("tables", 1, 1), result=REPORT)

    monkeypatch.setattr(recipe, "run", run)
    return asked


def test_the_best_of_each_table_and_the_orderings_are_told(run: Any, asked: list[Any]) -> None:
    told = run("recipe", "landmarks", "set", "--work", "work", "-e", "net", "--format", "met", "--further")
    assert told.status == 0
    assert asked == [("set", "work", ["net"], "met", True)]
    lines = told.out.splitlines()
    best = ["net", "5.1", "identity,", "whitened,", "k", "=", "7", "0.700", "0.600", "to", "0.800", "0.8106"]
    assert lines[1].split() == best
    assert lines[4].endswith("0.01  holds")
    assert lines[-2].split()[1:] == [
        "verified",
        "0.700",
        "0.600",
        "to",
        "0.800",
        "+0.100",
        "(+0.050",
        "to",
        "+0.200)",
        "0.012",
    ]
    assert "note: net: k = 17: the gallery has 9 photos" in told.err
    assert lines[-1] == "wrote work/landmarks.html"
    assert "note: 1 of 4 queries have no answer here" in told.err


def test_tables_that_are_not_valid_are_called_so(run: Any, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    finding = {"kind": "content", "what": "a query that is known", "names": ["q (r)"], "fails": True}
    monkeypatch.setitem(REPORT, "audit", {"valid": False, "findings": [finding]})
    told = run("recipe", "landmarks", "set", "--work", "work")
    assert told.out.startswith("NOT VALID: ")
    assert "audit: a query that is known: q (r)" in told.err


def test_json_is_the_recipe_s_own(run: Any, asked: list[Any]) -> None:
    assert run("recipe", "landmarks", "set", "--work", "work", "--json").lines[0]["encoders"] == REPORT["encoders"]


def test_photos_that_cannot_be_read_make_the_status_1(
    run: Any, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REPORT["encoders"][0], "unreadable", [{"photo": "bad.jpg", "reason": "no photo"}])
    told = run("recipe", "landmarks", "set", "--work", "work")
    assert told.status == 1
    assert "unreadable: bad.jpg: no photo" in told.err


def test_an_interruption_is_none_of_its_results(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(recipe, "run", lambda *_, **__: job(result=Interrupted(tmp_path)))
    assert run("recipe", "landmarks", "set", "--work", "work").status != 0
