"""One step of long work."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from resight.progress import Progress


def test_a_step_says_where_it_stands_and_is_not_changed() -> None:
    step = Progress("photos", 3, 16)
    assert (step.stage, step.done, step.total, step.report, step.remark) == ("photos", 3, 16, None, "")
    with pytest.raises(FrozenInstanceError):
        step.done = 4  # type: ignore[misc]
