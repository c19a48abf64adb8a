"""A paper's table: figures of this run and of the paper, and what was not run by reason."""

from __future__ import annotations

from typing import Any

import pytest

from resight.cli.terminal.paper_table import normalised, tell_table

PAPER = {"network": "AlexNet", "CLICIDE": "72.73", "GaRoFou_I": "85.33"}


def _missing(name: str, reason: str) -> dict[str, Any]:
    return {"row": name, "reason": reason, "paper": PAPER}


def test_rows_that_were_not_run_are_listed_once_for_each_reason(capsys: pytest.CaptureFixture[str]) -> None:
    missing = [_missing("a", "no weights"), _missing("b", "no weights"), _missing("c", "not ours")]
    tell_table({"rows": [], "baseline": None, "not_run": missing, "photos": None})
    *table, first, second = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table] == ["row", "a", "b", "c"]
    assert all(line.split()[-2:] == ["72.73", "85.33"] for line in table[1:])
    assert first == "not run: a, b: no weights"
    assert second == "not run: c: not ours"


def test_a_single_row_is_compared_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    estimate = {"value": 1 / 3, "low": 0.1, "high": 0.7, "n": 3}
    figures = {"p_at_1": estimate, "map": estimate, "micro_ap": estimate}
    row = {"row": "a", **figures, "paper": PAPER, "verdicts": []}
    tell_table({"rows": [row], "baseline": "a", "not_run": [], "photos": None})
    told = capsys.readouterr()
    _, line = told.out.splitlines()
    assert "MAP is of standard average precision" in told.err
    assert line.split() == ["a", "33.33", "10.00", "to", "70.00", "33.33", "33.33", "AlexNet", "72.73", "85.33"]


def test_rows_that_no_photo_is_kept_from_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    estimate = {"value": 1 / 3, "low": 0.1, "high": 0.7, "n": 3}
    figures = {"p_at_1": estimate, "map": estimate, "micro_ap": estimate}
    rows = [
        {"row": name, **figures, "paper": PAPER, "verdicts": [], "validated_on": count}
        for name, count in {"pretrained": None, "blind": 0, "judged": 2}.items()
    ]
    tell_table({"rows": rows, "baseline": None, "not_run": [], "photos": None})
    [line] = [line for line in capsys.readouterr().err.splitlines() if "CBT is not judged" in line]
    assert line.endswith("to judge by: blind")


def test_photos_that_judge_nothing_since_they_are_learned_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    estimate = {"value": 1 / 3, "low": 0.1, "high": 0.7, "n": 3}
    figures = {"p_at_1": estimate, "map": estimate, "micro_ap": estimate}
    leak = {"query": "a.jpg", "reference": "b.jpg", "kind": "content"}
    rows = [
        {"row": name, **figures, "paper": PAPER, "verdicts": [], "held_out_leaks": leaks}
        for name, leaks in {"clean": [], "leaking": [leak, leak]}.items()
    ]
    tell_table({"rows": rows, "baseline": None, "not_run": [], "photos": None})
    [line] = [line for line in capsys.readouterr().err.splitlines() if "learned, too" in line]
    assert line == "note: leaking: photos that would judge CBT and are learned, too, do not: 2"


def test_the_share_of_time_spent_waiting_is_told_of_what_learned(capsys: pytest.CaptureFixture[str]) -> None:
    estimate = {"value": 1 / 3, "low": 0.1, "high": 0.7, "n": 3}
    figures = {"p_at_1": estimate, "map": estimate, "micro_ap": estimate}
    rows = [
        {"row": name, **figures, "paper": PAPER, "verdicts": [], "waiting": share}
        for name, share in {"pretrained": None, "one": 0.25, "other": 0.0}.items()
    ]
    tell_table({"rows": rows, "baseline": None, "not_run": [], "photos": None})
    [line] = [line for line in capsys.readouterr().err.splitlines() if "waiting" in line]
    assert line.endswith("waiting for photos: one 25.0 %, other 0.0 %")


def test_a_normalisation_is_told_in_numbers() -> None:
    measured = {"name": "dataset", "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.61234]}
    assert normalised(measured) == "dataset, mean 0.100 0.200 0.300, deviation 0.400 0.500 0.612"
    assert normalised({"name": "image", "mean": None, "std": None}) == "image, by each photo's own mean and deviation"
