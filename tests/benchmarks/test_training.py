"""The training benchmark: both steps are timed in turn, and the time of the loop alone is accounted for."""

from __future__ import annotations

import argparse
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import training
from data.packs import Pack

from resight.errors import DatasetError
from resight.nn.loop import loop, timer
from resight.nn.loop.timer import Timer
from resight.recipes.house.task import HouseTask


@pytest.fixture
def asked(museum: Pack, tmp_path: Path) -> argparse.Namespace:
    """Five steps of two photos each, of the thirteen that the museum has."""
    return argparse.Namespace(steps=2, batch=2, side=32, quick=False, photos=[museum.file], cache=tmp_path)


def _shares(report: Any) -> dict[str, float]:
    (said,) = [line for line in report.markdown.splitlines() if line.startswith("The loop's time, alone, over 5 steps")]
    parts = [part.rstrip(".").split("% ") for part in said.partition(": ")[2].split(", ")]
    return {name: float(percents) for percents, name in parts}


def test_both_steps_are_timed_in_turn(asked: argparse.Namespace) -> None:
    report = training.main(asked)
    assert [len(seconds) for seconds in report.data["seconds"].values()] == [2, 2]
    assert min(min(seconds) for seconds in report.data["seconds"].values()) > 0
    assert "### A step of 2 photos in two views of 32 pixels" in report.markdown
    shares = _shares(report)
    assert shares.keys() == {"waiting", "preparing", "learning"}
    assert sum(shares.values()) == pytest.approx(100, abs=0.2)


def test_photos_that_take_longer_to_load_than_to_learn_are_waited_for(
    asked: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the plain step, too, takes its time with them, hides none of it."""
    load, now, waits = HouseTask.load, itertools.count(), threading.Event()

    class Watched(Timer):
        @contextmanager
        def running(self, name: str) -> Iterator[None]:
            with super().running(name):
                if name == "waiting":
                    waits.set()
                yield

    def slow(*arguments: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            waits.wait(3)  # in vain only for what is loaded ahead of the last step
            waits.clear()
        for _ in range(10):
            next(now)
        return load(*arguments)

    # Time passes by one at each look at the clock, and by ten where a photo is loaded.
    monkeypatch.setattr(timer, "time", SimpleNamespace(perf_counter=lambda: float(next(now))))
    monkeypatch.setattr(loop, "Timer", Watched)
    monkeypatch.setattr(HouseTask, "load", slow)
    assert _shares(training.main(asked))["waiting"] > 50


def test_photos_and_maps_lie_on_the_disk(asked: argparse.Namespace) -> None:
    work = asked.cache / "training-10"
    training._laid(work, asked.photos, 10)
    task = training._task(work, asked, 5)
    for array in (task._photos, task._targets.maps):
        assert isinstance(array, np.memmap)
        assert len(array) == 10
    assert task._photos.std() > 20


def test_no_photo_is_shown_twice(asked: argparse.Namespace) -> None:
    asked.steps = 9
    with pytest.raises(DatasetError, match="13 photos are there; wanted 24, so that none is shown twice"):
        training.main(asked)
