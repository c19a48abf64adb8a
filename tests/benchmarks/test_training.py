"""The training benchmark: both steps are timed in turn, and the loop's time is accounted for."""

from __future__ import annotations

import argparse

import pytest
import training


def test_both_steps_are_timed_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "PHOTOS", 8)
    report = training.main(argparse.Namespace(steps=2, batch=2, side=32, quick=False))
    assert [len(seconds) for seconds in report.data["seconds"].values()] == [2, 2]
    assert min(min(seconds) for seconds in report.data["seconds"].values()) > 0
    assert "### A step of 2 photos in two views of 32 pixels" in report.markdown
    (shares,) = [line for line in report.markdown.splitlines() if line.startswith("The loop's time: ")]
    percents = [float(part.split("%")[0]) for part in shares.removeprefix("The loop's time: ").split(", ")]
    assert sum(percents) == pytest.approx(100, abs=0.2)
    assert len(percents) == 3
