"""A run's course beside its checkpoint, whole also where the run was interrupted."""

from __future__ import annotations

from pathlib import Path

from resight.nn import course
from resight.nn.loop import train

from .toy_task import PLAN, Toy


def _followed(folder: Path, epochs: int) -> None:
    task = Toy()
    task.scores = lambda epoch: 0.1 * epoch
    for _ in course.kept(train(task, PLAN(epochs), folder), folder, before=0.05):
        pass


def test_the_course_begins_before_the_first_step(tmp_path: Path) -> None:
    _followed(tmp_path, 2)
    found = course.read(tmp_path)
    assert found.scores == (0.05, 0.1, 0.2)
    assert len(found.losses) == 2
    assert found.start > 0


def test_a_run_that_is_gone_on_with_has_the_course_of_one_that_was_not(tmp_path: Path) -> None:
    _followed(tmp_path / "straight", 3)
    _followed(tmp_path / "resumed", 2)
    task = Toy()
    task.scores = lambda epoch: 0.1 * (epoch + 2)
    for _ in course.kept(train(task, PLAN(3), tmp_path / "resumed"), tmp_path / "resumed", before=9.0):
        pass
    straight, resumed = (course.read(tmp_path / name) for name in ("straight", "resumed"))
    assert resumed.losses == straight.losses
    assert resumed.start == straight.start
    assert [round(score, 6) for score in resumed.scores] == [round(score, 6) for score in straight.scores]
