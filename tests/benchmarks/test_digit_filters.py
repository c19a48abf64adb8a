"""The filter benchmark: both ways find the same errors, and neither is left out."""

from __future__ import annotations

import argparse
from pathlib import Path

import digit_filters
import numpy as np
import pytest

from resight.recipes.digits.mnist import Digits


def test_both_ways_find_the_same(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    digits = Digits(rng.integers(0, 256, (9, 28, 28), dtype=np.uint8), np.arange(9))
    monkeypatch.setattr(digit_filters, "shared", lambda: Path("nowhere"))
    monkeypatch.setattr(digit_filters.mnist, "read", lambda folder: (digits, digits))
    report = digit_filters.main(argparse.Namespace(quick=True))
    assert report.data["digits"] == 3
    assert set(report.data["seconds"]) == {"silenced maps", "whole network for each filter"}
    assert report.data["apart"] < 1e-4
    assert "### 16 filters of LeNet over 3 digits" in report.markdown
