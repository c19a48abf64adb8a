"""Heeding: steps pass, their result comes back, and an end is asked for between them."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from resight.progress import Progress
from resight.training.interruption import Interrupted, until_stopped


def _steps(begun: list[int]) -> Generator[Progress, None, str]:
    for done in (1, 2, 3):
        begun.append(done)
        yield Progress("steps", done, 3)
    return "result"


def _followed(steps: Generator[Progress, None, str]) -> tuple[list[int], str]:
    seen = []
    while True:
        try:
            seen.append(next(steps).done)
        except StopIteration as end:
            return seen, end.value


def test_steps_pass_and_their_result_comes_back() -> None:
    assert _followed(until_stopped(_steps([]), lambda: False)) == ([1, 2, 3], "result")


def test_no_step_begins_once_an_end_is_asked_for() -> None:
    begun: list[int] = []
    with pytest.raises(Interrupted):
        _followed(until_stopped(_steps(begun), lambda: len(begun) == 2))
    assert begun == [1, 2]


def test_what_is_done_is_given() -> None:
    begun: list[int] = []
    assert _followed(until_stopped(_steps(begun), lambda: len(begun) == 3)) == ([1, 2, 3], "result")
