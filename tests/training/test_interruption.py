"""Steps that may be stopped: steps pass, their result comes back, and an end is asked for between them."""

from __future__ import annotations

import pytest

from resight.progress import Job, Progress, finished
from resight.training.interruption import StopRequested, until_stopped


def _steps(begun: list[int]) -> Job[str]:
    for done in (1, 2, 3):
        begun.append(done)
        yield Progress("steps", done, 3)
    return "result"


def test_steps_pass_and_their_result_comes_back() -> None:
    begun: list[int] = []
    assert finished(until_stopped(_steps(begun), lambda: False)) == "result"
    assert begun == [1, 2, 3]


def test_no_step_begins_once_an_end_is_asked_for() -> None:
    begun: list[int] = []
    with pytest.raises(StopRequested):
        finished(until_stopped(_steps(begun), lambda: len(begun) == 2))
    assert begun == [1, 2]


def test_what_is_done_is_given() -> None:
    begun: list[int] = []
    assert finished(until_stopped(_steps(begun), lambda: len(begun) == 3)) == "result"
    assert begun == [1, 2, 3]
