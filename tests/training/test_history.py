"""The curves of a run, over stops and kills."""

from __future__ import annotations

import errno
import math
from pathlib import Path

import pytest

from resight.errors import TrainingError
from resight.training import history as histories
from resight.training.history import HISTORY, History


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


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / HISTORY).mkdir()
    with pytest.raises(TrainingError, match=r"is no history of a training run .*: remove it"):
        histories.opened(tmp_path)


def test_nothing_told_is_no_loss_and_no_score(tmp_path: Path) -> None:
    empty = histories.opened(tmp_path)
    assert math.isnan(empty.start)
    assert empty.cosine is None
    assert (empty.means, empty.scores, empty.decays()) == ((), (), ())


@pytest.mark.parametrize("text", ["{", "[]", '{"steps": [[1]]}', '{"other": 1, "steps": []}'])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / HISTORY).write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match="remove it; only curves are lost"):
        histories.opened(tmp_path)
