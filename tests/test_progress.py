"""Long work: its steps, its result, and steps passed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest

from resight.indexing.index_report import PhotosAdded
from resight.io.datasets.preflight import PhotosLeftOut
from resight.progress import Progress, finished, relayed
from tests.jobs import job, told

STEPS = [Progress("photos", 1, 2), Progress("photos", 2, 2)]


def test_a_step_says_where_it_stands_and_is_not_changed() -> None:
    step = Progress("photos", 3, 16)
    assert (step.stage, step.done, step.total, step.remark) == ("photos", 3, 16, "")
    with pytest.raises(FrozenInstanceError):
        step.done = 4  # type: ignore[misc]


def test_a_step_is_printed_as_a_line() -> None:
    assert str(Progress("calibration", 1, 18)) == "calibration: 1 of 18"
    assert str(Progress("epochs", 2, 1200, "loss 0.31")) == "epochs: 2 of 1,200, loss 0.31"
    assert str(PhotosAdded(stage="photos", done=3, total=16, added=2)) == "photos: 3 of 16"
    assert str(PhotosLeftOut.of(["a.jpg: no photo"], 9)) == "unreadable photos: 1 of 9"


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
