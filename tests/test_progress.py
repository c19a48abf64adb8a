"""One step of long work."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from resight.progress import Progress, finished


def test_a_step_says_where_it_stands_and_is_not_changed() -> None:
    step = Progress("photos", 3, 16)
    assert (step.stage, step.done, step.total, step.report, step.remark) == ("photos", 3, 16, None, "")
    with pytest.raises(FrozenInstanceError):
        step.done = 4  # type: ignore[misc]


def test_work_is_done_to_its_end_and_watched() -> None:
    steps = [Progress("photos", 1, 2, "half"), Progress("photos", 2, 2, "whole")]
    watched: list[Progress] = []
    assert finished(iter(steps), watched.append) == "whole"
    assert watched == steps
    assert finished(iter(steps)) == "whole"
    assert finished([]) is None
