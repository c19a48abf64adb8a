"""One step's gradient: what cannot be divided is refused, and what does not fit is told with what would."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import jointly
from resight.nn.loop.step import StepGradient
from tests.nn.toy_task import PLAN, Losses, Toy

ALONE = Worker(0, 1, torch.device("cpu"))


class Narrow(Losses):
    """Which has room for some rows, and notes how many it was given."""

    def __init__(self, room: int, **options: Any) -> None:
        super().__init__(**options)
        self.room, self.seen = room, list[int]()

    def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
        self.seen.append(len(rows))
        if len(rows) > self.room:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return super().forward(rows, labels)


def _advice(module: nn.Module, *, micro_batch: int = 0, **task: Any) -> str:
    toy = Toy(module)
    for name, value in task.items():
        setattr(toy, name, value)
    with pytest.raises(TrainingError) as told:
        StepGradient(toy, module, PLAN(1, micro_batch=micro_batch), ALONE)(toy.load(0, ALONE))
    return str(told.value)


@pytest.mark.parametrize(("room", "size"), [(7, 4), (3, 2), (1, 1)])
def test_what_fits_is_tried_and_told(room: int, size: int) -> None:
    told = _advice(Narrow(room, plain=True))
    assert told == (
        f"cpu has too little memory for a step of 8 images; {size} at a time would fit: set micro_batch={size}, which "
        "learns the same, and go on"
    )


def test_a_micro_batch_that_is_too_large_is_made_smaller() -> None:
    module = Narrow(2, plain=True)
    assert "; 1 at a time would fit: set micro_batch=1, " in _advice(module, micro_batch=6)
    assert module.seen == [6, 3, *[1] * 8]


def test_nothing_fits_where_one_does_not() -> None:
    assert "; not even one at a time would fit: make the views smaller" in _advice(Narrow(0, plain=True))


def test_what_cannot_be_divided_wants_a_smaller_batch() -> None:
    wanted = "; 4 would fit: make the batch smaller in that measure, or the views"
    assert _advice(Narrow(5)).endswith(wanted)  # its norms learn
    assert _advice(Narrow(5, plain=True), division=None).endswith(wanted)


@pytest.mark.parametrize(
    ("module", "division", "said"),
    [
        (Losses(plain=True), None, "these losses need the whole batch: leave micro_batch at 0"),
        (Losses(), jointly, r"the norm 'network\.1' learns from each batch"),
    ],
)
def test_micro_batches_that_would_learn_something_else_are_refused(module: Any, division: Any, said: str) -> None:
    task = Toy(module)
    task.division = division
    with pytest.raises(TrainingError, match=said):
        StepGradient(task, module.train(), PLAN(1, micro_batch=2), ALONE)


def test_another_error_is_told_as_it_is() -> None:
    class Broken(Losses):
        def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
            raise RuntimeError("shapes do not fit")

    module = Broken()
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        StepGradient(Toy(module), module, PLAN(1), ALONE)(Toy(module).load(0, ALONE))
