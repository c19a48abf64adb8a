"""The similarity network's benchmark: both loops are timed in turns, and drawing an epoch is told."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
import similarity_network


def test_both_loops_are_timed_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"CLASSES": 4, "PHOTOS": 8, "DIMENSIONS": 16, "BATCH": 4, "TURN": 2}.items():
        monkeypatch.setattr(similarity_network, name, small)
    report = similarity_network.main(argparse.Namespace(turns=3, quick=False, cache=tmp_path))
    assert [len(report.data[name]) for name in ("loop", "plain")] == [3, 3]
    assert np.all(np.array([report.data["loop"], report.data["plain"]]) > 0)
    assert "### An epoch of 240 pairs of 16 dimensions" in report.markdown
    assert report.data["drawing"]["megabytes"] < 1
