"""The curves of a run, over stops and kills."""

from __future__ import annotations

import errno
import math
from itertools import takewhile
from pathlib import Path

import pytest
import torch
from torch import nn

from resight.errors import TrainingError
from resight.nn.loop import checkpoint
from resight.nn.loop.events import Epoch, Event
from resight.nn.loop.loop import CHECKPOINT, train
from resight.training import history as histories
from resight.training.history import HISTORY, History
from tests.nn.toy_task import PLAN, Toy


class JudgedTask(Toy):
    """A toy whose yardstick is the length of its weights."""

    def yardstick(self, module: nn.Module) -> float:
        return float(torch.stack([leaf.detach().norm() for leaf in module.parameters()]).sum())


def _followed(folder: Path, epochs: int, *, until: type[Event] | None = None) -> tuple[History, list[str]]:
    """The history of a run, and what it complains of; killed before an event of that kind is noted."""
    task, history = JudgedTask(), histories.opened(folder)
    task.scores = lambda _: 0.5
    history.begin(task)
    events = train(task, PLAN(epochs), folder)
    if until is not None:
        events = takewhile(lambda event: not isinstance(event, until), events)
    return history, [
        each.trouble
        for each in histories.noted(events, task, history, folder)
        if isinstance(each, Epoch) and each.trouble
    ]


def _figures(history: History) -> tuple[object, ...]:
    return history.score, history.yardstick, history.yardsticks, history.scores, history.steps


def _epoch(rate: float, score: float | None = 0.5) -> dict[str, object]:
    return {"loss": 1.0, "rate": rate, "score": score, "cosine": 0.0, "seconds": {}}


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    kept = History(0.25, [], {"1": _epoch(1.0)})
    kept.stepped(1, {"a": 1.0, "b": 0.5}, 0.1)
    kept.save(tmp_path)
    assert histories.opened(tmp_path) == kept
    assert kept.start == 1.5
    assert kept.scores == (0.25, 0.5)
    assert kept.cosine == 0.0


def test_steps_that_a_kill_undid_are_forgotten() -> None:
    kept = History()
    for step in (1, 2, 3, 4, 3):
        kept.stepped(step, {"loss": float(step)}, 1.0)
    assert [step for step, _, _ in kept.steps] == [1, 2, 3]


def test_time_is_added_up_over_epochs() -> None:
    spent = ({"waiting": 1.0, "learning": 4.0}, {"waiting": 0.0, "learning": 5.0})
    kept = History(epochs={str(number): _epoch(1.0) | {"seconds": each} for number, each in enumerate(spent, 1)})
    assert kept.seconds == {"waiting": 1.0, "learning": 9.0}
    assert kept.waiting == 0.1
    assert History().waiting == 0


def test_a_decay_is_where_the_rate_begins_to_fall() -> None:
    rates = (0.5, 1.0, 1.0, 0.7, 0.4, 0.4, 0.1)
    kept = History(steps=[(number, 1.0, rate) for number, rate in enumerate(rates, 1)])
    assert kept.decays() == (3, 6)


def test_what_cannot_be_written_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    History(0.25).save(tmp_path)

    def full(path: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        History(0.5).save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [HISTORY]
    assert histories.opened(tmp_path).score == 0.25


def test_below_a_file_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert histories.opened(tmp_path / "file" / "mine.training").steps == []


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / HISTORY).mkdir()
    with pytest.raises(TrainingError, match=r"is no history of a training run .*: remove it"):
        histories.opened(tmp_path)


def test_nothing_told_is_no_loss_and_no_score(tmp_path: Path) -> None:
    empty = histories.opened(tmp_path)
    assert math.isnan(empty.start)
    assert empty.cosine is None
    assert (empty.means, empty.scores, empty.decays()) == ((), (), ())


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"steps": [[1]]}', '{"other": 1, "steps": []}', '{"epochs": [1], "steps": []}']
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / HISTORY).write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match="remove it; only curves are lost"):
        histories.opened(tmp_path)


def test_a_kill_between_checkpoint_and_curves_loses_no_epoch(tmp_path: Path) -> None:
    straight, _ = _followed(tmp_path / "straight", 3)
    _followed(tmp_path / "killed", 3, until=Epoch)
    assert checkpoint.load(tmp_path / "killed" / CHECKPOINT)["step"] == 3
    assert histories.opened(tmp_path / "killed").epochs == {}
    resumed, _ = _followed(tmp_path / "killed", 3)
    assert _figures(resumed) == _figures(straight)
    assert resumed.means == pytest.approx(straight.means, rel=1e-12)
    assert [epoch["rate"] for epoch in resumed.epochs.values()] == [epoch["rate"] for epoch in straight.epochs.values()]


def test_curves_that_are_gone_begin_again_with_what_training_started_from(tmp_path: Path) -> None:
    straight, _ = _followed(tmp_path / "straight", 3)
    _followed(tmp_path / "removed", 2)
    (tmp_path / "removed" / HISTORY).unlink()
    resumed, _ = _followed(tmp_path / "removed", 3)
    assert (resumed.score, resumed.yardstick) == (straight.score, straight.yardstick)
    assert resumed.yardsticks == straight.yardsticks[2:]


def test_epochs_that_a_checkpoint_of_before_does_not_know_are_forgotten(tmp_path: Path) -> None:
    straight, _ = _followed(tmp_path, 1)
    kept = (tmp_path / CHECKPOINT).read_bytes()
    _followed(tmp_path, 3)
    (tmp_path / CHECKPOINT).write_bytes(kept)
    assert _figures(_followed(tmp_path, 1)[0])[2:4] == _figures(straight)[2:4]


def test_a_full_disk_is_told_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: History, folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(History, "save", full)
    history, complaints = _followed(tmp_path, 2)
    assert len(history.yardsticks) == 2
    assert set(complaints) == {
        "the curves are not saved (No space left on device); training goes on, and tries again after the next epoch"
    }
