"""Long work: its steps, its result, and steps passed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest

from resight.progress import Progress, finished, relayed
from tests.jobs import job, told

STEPS = [Progress("photos", 1, 2), Progress("photos", 2, 2)]


def test_a_step_says_where_it_stands_and_is_not_changed() -> None:
    step = Progress("photos", 3, 16)
    assert (step.stage, step.done, step.total, step.remark) == ("photos", 3, 16, "")
    with pytest.raises(FrozenInstanceError):
        step.done = 4  # type: ignore[misc]


def test_work_is_done_to_its_end_and_watched() -> None:
    watched: list[Progress] = []
    assert finished(job(*STEPS, result="whole"), watched.append) == "whole"
    assert watched == STEPS
    assert finished(job(*STEPS, result="whole")) == "whole"
    assert finished(job(result=None)) is None


def test_steps_are_passed_on_as_somebody_has_them() -> None:
    def relay(step: Progress) -> Iterator[Progress]:
        if step.done == 2:
            yield from (step, step)

    assert told(relayed(job(*STEPS, result="whole"), relay)) == ([STEPS[1], STEPS[1]], "whole")
