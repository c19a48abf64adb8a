"""The tables of Ghosh et al. 2017: accuracies beside the paper's, and what each method got on pasted digits."""

from __future__ import annotations

from typing import Any

import pytest

from resight.cli.terminal.digits_table import tell_digits


def _estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.005}


def _report() -> dict[str, Any]:
    classes = [_estimate(0.9 + number / 200) | {"paper": 0.99} for number in range(10)]
    return {"accuracy": _estimate(0.9876) | {"paper": 0.9873}, "classes": classes}


def test_every_class_is_told_beside_the_paper_s(capsys: pytest.CaptureFixture[str]) -> None:
    tell_digits(_report())
    told = capsys.readouterr()
    head, *rows = told.out.splitlines()
    assert head.split() == ["class", "here", "95", "%", "interval", "paper"]
    assert [row.split()[0] for row in rows] == [*map(str, range(10)), "all"]
    assert rows[3].split() == ["3", "91.50", "90.50", "to", "92.00", "99.00"]
    assert rows[-1].split() == ["all", "98.76", "97.76", "to", "99.26", "98.73"]
    assert told.err == ""


def test_what_methods_got_follows_by_condition(capsys: pytest.CaptureFixture[str]) -> None:
    marks = {name: _estimate(0.5) for name in ("energy", "iou", "located", "right")}
    found = {"filters": marks | {"pointing": _estimate(0.925), "ms": 0.123}}
    tell_digits(_report() | {"localisation": {"on black": found, "on photos": {}}})
    lines = capsys.readouterr().out.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("on black"))
    assert lines[start - 1] == ""
    assert " ".join(lines[start].split()) == "on black pointing game heat in box IoU located read ms"
    assert lines[start + 1].split() == ["filters", "0.925", "0.500", "0.500", "0.500", "0.500", "0.12"]
    assert any(line.startswith("on photos") for line in lines[start + 2 :])
