"""TensorBoard's files hold what the loop told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from resight.errors import MissingExtra
from resight.nn.loop.events import Epoch, StepReport
from resight.nn.loop.tensorboard import recorded
from tests.nn.toy_task import Toy, worked

pytest.importorskip("tensorboard", reason='needs TensorBoard: pip install "resight[train]"')


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorBoard's own, on import
def test_curves_are_what_the_events_said(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    task = Toy()
    task.scores = {1: 0.5, 2: 0.75}.get  # type: ignore[assignment]
    events = worked(task, 2, tmp_path / "run")
    assert list(recorded(events, tmp_path / "board")) == events
    board = EventAccumulator(str(tmp_path / "board")).Reload()
    steps = [event for event in events if isinstance(event, StepReport)]
    for name in ("labels", "size"):
        found = [(point.step, point.value) for point in board.Scalars(f"loss/{name}")]
        assert found == [(step.done, pytest.approx(step.losses[name], rel=1e-6)) for step in steps]
    assert [point.value for point in board.Scalars("rate")] == pytest.approx([step.rate for step in steps])
    assert [(point.step, point.value) for point in board.Scalars("validation/P@1")] == [(3, 0.5), (6, 0.75)]
    first = next(event for event in events if isinstance(event, Epoch))
    assert board.Scalars("seconds/learning")[0].value == pytest.approx(first.seconds["learning"], rel=1e-6)


def test_without_tensorboard_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtra, match=r'recording curves needs tensorboard: pip install "resight\[train\]"'):
        list(recorded([], tmp_path))
