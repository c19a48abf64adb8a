"""A training run as it goes."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from resight.cli.terminal import curves
from resight.progress import Job, Progress
from resight.training.history import EpochDone
from tests.jobs import job

EPOCHS = [
    EpochDone(stage="epochs", done=number, total=15, epoch=number, loss=1 / number, rate=1.0, score=0.25)
    for number in range(1, 16)
]


def _steps() -> Job[str]:
    for epoch in EPOCHS:
        yield Progress("training", epoch.done, 15, remark="loss 1.0")
        yield epoch
    return "outcome"


def test_elsewhere_each_epoch_is_a_line_of_one_width(capsys: pytest.CaptureFixture[str]) -> None:
    assert curves.watched(_steps()) == "outcome"
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert told.out == ""
    assert lines[1] == "epoch      2  loss  0.500  rate ×   1.00  P@1  0.250"
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == 15


def test_what_was_not_validated_has_no_score() -> None:
    assert curves.cells(replace(EPOCHS[0], score=None))[-1] == "–"


def test_a_remark_on_an_epoch_is_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    curves.watched(job(replace(EPOCHS[0], remark="the curves are not saved"), result=None))
    assert capsys.readouterr().err.splitlines()[-1] == "the curves are not saved"


def test_on_a_terminal_a_table_shows_the_last_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _terminal(monkeypatch)
    assert curves.watched(_steps()) == "outcome"
    last = screen.getvalue().rpartition("P@1")[2]
    assert [f" {number} " in last for number in (1, 3, 4, 15)] == [False, False, True, True]
    assert "0.067" in last


def test_a_terminal_to_which_nothing_is_told_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _terminal(monkeypatch)
    assert curves.watched(job(result=None)) is None
    assert screen.getvalue() == ""


def _terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return screen
