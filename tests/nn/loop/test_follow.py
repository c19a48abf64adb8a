"""A training as steps of long work: what stands beside each step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resight.nn.loop.events import Epoch, Event, RunEnd, StepReport
from resight.nn.loop.follow import follow
from resight.progress import Progress
from tests.jobs import told
from tests.nn.toy_task import Toy

MODULE = Toy().module
ENDED = RunEnd("done", 3, 3, Path("checkpoint.pt"), None, 2, MODULE)
EVENTS: tuple[Event, ...] = (
    StepReport(1, 3, {"labels": 0.5}, 1.0),
    Epoch(1, 2, {"labels": 0.5}, 1.0, 0.25, 0.25, {}, MODULE),
    StepReport(2, 3, {"labels": 0.5, "size": 0.25}, 0.125),
    Epoch(2, 2, {"labels": 0.5}, 1.0, None, 0.25, {}, MODULE, trouble="the curves are not saved"),
    StepReport(3, 3, {"labels": 0.5}, 0.001),
    ENDED,
)


def test_a_step_has_its_losses_its_rate_and_the_last_validation() -> None:
    steps, ended = told(follow(iter(EVENTS), "training", score="P@1"))
    assert ended is ENDED
    assert [(step.stage, step.done, step.total) for step in steps] == [("training", done, 3) for done in (1, 2, 3)]
    assert [step.remark for step in steps] == [
        "loss 0.500, rate × 1",
        "loss 0.500 labels + 0.250 size, rate × 0.12, P@1 0.250",
        "loss 0.500, rate × 0.001; the curves are not saved",
    ]


def test_more_is_told_of_some_events() -> None:
    def tell(event: Event) -> Iterator[Progress]:
        if isinstance(event, Epoch):
            yield Progress("epochs", event.number, event.total)

    steps, _ = told(follow(iter(EVENTS), "training", tell=tell))
    assert [(step.stage, step.done) for step in steps if step.stage == "epochs"] == [("epochs", 1), ("epochs", 2)]
    assert len(steps) == 5


def test_a_loop_that_does_not_end_is_an_error() -> None:
    with pytest.raises(AssertionError, match="a loop ends with RunEnd"):
        told(follow(iter(EVENTS[:2]), "training"))
