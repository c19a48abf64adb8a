"""The benchmark of mirrored photos on a small pack: who is asked how, and what is counted."""

from __future__ import annotations

import argparse
from pathlib import Path

import mirrored as benchmark
import pytest

from tests.benchmarks.conftest import Lay
from tests.galleries import Photos, quick, seen_again


@pytest.fixture
def small(lay: Lay, known_photos: Photos) -> None:
    """Two known things, a photo of one, and one of neither."""
    known = [(f"{name}.png", known_photos[name], name, "reference", "") for name in ("coffee", "page")]
    asked = [(f"{name} again.png", seen_again(known_photos[name], 1), name) for name in ("coffee", "moon")]
    splits = ("query", "distractor")
    lay("groceries", [*known, *((*one, split, "") for one, split in zip(asked, splits, strict=True))])


@pytest.mark.usefixtures("small")
def test_both_ways_round_name_what_one_does_not(tmp_path: Path) -> None:
    with quick():
        report = benchmark.main(argparse.Namespace(packs=["groceries"], quick=False, cache=tmp_path))
    cup, moon = report.data["packs"]["groceries"]
    assert (cup["known"], moon["known"]) == (True, False)
    assert cup["names"] == ["coffee", "coffee", None, "coffee"]
    assert cup["flips"] == [False, False, False, True]
    assert moon["names"] == [None] * 4
    lines = report.markdown.splitlines()
    assert lines[0] == "### groceries: 1 photos of known things, 1 of others"
    assert lines[-1].startswith("| flipped | both ways round | 1.000 (")
    assert "| 1 of 1 |" in lines[-1]
    assert lines[-2].startswith("| flipped | plainly | .000 (")
