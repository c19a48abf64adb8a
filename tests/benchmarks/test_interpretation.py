"""The benchmark of interpretation times both sides in turns, and tells what it could not measure by leaving it out."""

from __future__ import annotations

import argparse
from pathlib import Path

import interpretation
import pytest


def test_maps_and_points_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    for name, small in {"PAPER": ("simpler",), "BATCH": 2, "SIDE": 64, "ROWS": 30}.items():
        monkeypatch.setattr(interpretation, name, small)
    monkeypatch.setattr(interpretation, "_objects", lambda turns: None)
    monkeypatch.setattr(interpretation, "_redraw", lambda: 3.0)
    report = interpretation.main(argparse.Namespace(turns=2, quick=False, cache=tmp_path))
    assert report.data["objects"] is None
    assert report.data["maps"]["simpler"]["ratio"] > 0
    assert "| simpler |" in report.markdown
    assert "takes 3.0 ms" in report.markdown
