"""Progress: rates and times by a clock that the test holds, and nothing on standard output."""

from __future__ import annotations

import io
import re
import sys
from functools import partialmethod

import pytest

from resight.cli.terminal import meter
from resight.cli.terminal.meter import EVERY, Lines, Pace, duration
from resight.progress import Job, Progress
from tests.jobs import job


class Clock:
    """Shows the time it was set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_pace_is_that_of_this_stage_s_own_work(clock: Clock) -> None:
    """A run that goes on begins at 100 of 400: 4 more in 2 s are 2 per second, and 296 / 2 = 148 s are left."""
    pace = Pace(clock)
    assert pace("photos", 100, 400) == ""
    clock.now += 2
    assert pace("photos", 104, 400) == "2.0 per second, 2 min left"
    assert pace("calibration", 1, 10) == ""
    clock.now += 4
    assert pace("calibration", 3, 10) == "2.0 s each, 14 s left"
    assert pace("calibration", 11, 10) == "2.5 per second, 0 s left"


def test_a_step_without_work_or_time_has_no_pace(clock: Clock) -> None:
    pace = Pace(clock)
    assert [pace("photos", done, 0) for done in (0, 0, 1)] == ["", "", ""]


def test_lines_come_now_and_then(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(clock)
    for done in range(61):
        lines("photos", done, 61)
        clock.now += EVERY / 20
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "photos: 20 of 61, 1.3 per second, 31 s left",
        "photos: 40 of 61, 1.3 per second, 16 s left",
        "photos: 60 of 61, 1.3 per second, 1 s left",
    ]


def test_a_remark_stands_at_the_end(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(clock)
    clock.now += EVERY
    lines("training", 1, 61, "loss 3.2")
    clock.now += EVERY
    lines("training", 31, 61, "loss 2.9")
    assert capsys.readouterr().err.splitlines() == [
        "training: 1 of 61, loss 3.2",
        "training: 31 of 61, 2.0 per second, 15 s left, loss 2.9",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1.5 h"), (36000, "10.0 h")],
)
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def steps() -> Job[str]:
    yield Progress("photos", 0, 2)
    yield Progress("photos", 2, 2, remark="well")
    yield Progress("calibration", 1, 1)
    return "whole"


def test_the_result_counts_and_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert meter.follow(steps()) == "whole"
    assert capsys.readouterr() == ("", "")
    assert meter.follow(job(result=None)) is None


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error as a terminal that can be read; no fixture, for pytest takes standard error back after those."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return screen


def test_a_terminal_gets_a_bar_for_each_stage_and_data_stays_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = terminal(monkeypatch)
    with meter.meter() as update:
        update("photos", 0, 4)
        print('{"data": 1}')
        update("photos", 4, 4)
        update("calibration", 2, 3)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert re.search(r"photos\s.*4/4", shown)
    assert re.search(r"calibration\s.*2/3", shown)
    assert capsys.readouterr().out == '{"data": 1}\n'


def test_a_terminal_that_shows_the_answers_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with meter.meter(bar=False) as update:
        update("photos", 1, 4)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setenv("TERM", name)
    monkeypatch.setattr(meter, "WATCHED", 0.0)
    with meter.meter() as update:
        update("photos", 1, 4)
    assert screen.getvalue() == "photos: 1 of 4\n"


def test_a_narrow_terminal_gets_figures_in_place_of_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    with meter.meter() as update:
        update("calibration", 123, 1234)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert re.search(r"calibration\s+123/1234", shown)


def test_talk_that_nobody_can_hear_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)

    said: list[str] = []

    def full(text: str) -> int:
        said.append(text)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(screen, "write", full)
    meter.note("is anybody there?")
    assert "is anybody there?" in "".join(said)


def test_a_stage_that_is_done_gets_no_line_but_for_its_remark(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(clock)
    lines("photos", 0, 1)
    clock.now += 2 * EVERY
    lines("photos", 1, 1)
    lines("epochs", 1, 1, "loss 2.9")
    assert capsys.readouterr().err == "epochs: 1 of 1, loss 2.9\n"


def test_a_narrow_terminal_shows_all_figures(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(meter.Pace, "__init__", partialmethod(meter.Pace.__init__, clock))
    with meter.meter() as update:
        update("calibration", 0, 1234)
        clock.now += 10
        update("calibration", 100, 1234)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "calibration 100/1234 2 min left" in shown
    assert "…" not in shown
