"""What the speed benchmark does, and its tables, without the clock."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import speed
from running.command import Report
from timing import workload
from timing.jobs import STAGES, answered, indexed

from tests.benchmarks.conftest import Lay

Plain = Callable[[int, int, int], npt.NDArray[np.uint8]]
Calls = list[tuple[str, list[str], int]]

INDEXED = {
    "added": 20,
    "enrolling": 4.0,
    "calibrating": 2.5,
    "peak": 200_000_000,
    "bytes": {"features": 72_000.0, "thumbnails": 14_000.0, "file": 90_500.0},
}
ANSWERED = {
    "seconds": [0.1] * 95 + [0.3] * 5,
    "stages": [dict.fromkeys(STAGES, 0.02)] * 100,
    "peak": 150_000_000,
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, lay: Lay, plain: Plain) -> Calls:
    """What was done alone: the work, what it was given below the cache, and how many photos there were."""
    seen: Calls = []

    def alone(work: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        gallery = arguments[1] if work is indexed else arguments[0]
        given = arguments[0] if work is indexed else arguments[1]
        gallery.write_bytes(b"")
        seen.append(
            (gallery.parent.name, [path.parent.name for path in given], arguments[-1] if work is answered else 0)
        )
        return ANSWERED if work is answered else INDEXED

    photo = plain(1, 2, 3)
    references = [(f"r{number}", photo, "a", "reference", "") for number in range(3)]
    queries = [(f"q{number}", photo, "a", "query", "") for number in range(14)]
    lay("sf-buildings", [*references, *queries])
    lay("photos", references)
    monkeypatch.setattr(workload, "alone", alone)
    monkeypatch.setattr(workload, "OTHERS", ("photos",))
    monkeypatch.setattr("data.crowd.MEGAPIXELS", 0.01)
    return seen


def _run(tmp_path: Path, photos: int) -> Report:
    return speed.main(argparse.Namespace(quick=False, cache=tmp_path / "cache", photos=photos))


def test_a_pack_is_indexed_before_it_is_asked(calls: Calls, tmp_path: Path) -> None:
    _run(tmp_path, 0)
    assert [(gallery, len(given), warm) for gallery, given, warm in calls] == [
        ("sf-buildings", 1, 0),
        ("12-mp", 1, 0),
        ("sf-buildings", 14, 10),
        ("sf-buildings", 14, 10),
    ]


def test_a_large_gallery_is_filled_up_with_views(calls: Calls, tmp_path: Path) -> None:
    _run(tmp_path, 8)
    assert [gallery for gallery, _, _ in calls[4:]] == ["8", "8", "8", "grown"]
    views = (tmp_path / "cache").glob("views-*/*")
    assert {folder.name: len(list(folder.rglob("*.jpg"))) for folder in views} == {"5": 5, "added": 10}
    assert not list((tmp_path / "cache").glob("speed-*/grown"))


def test_what_was_timed_is_not_timed_again(calls: Calls, tmp_path: Path) -> None:
    first = _run(tmp_path, 0)
    done = len(calls)
    assert _run(tmp_path, 0) == first
    assert len(calls) == done


def test_tables_are_in_milliseconds_and_photos_a_second(calls: Calls, tmp_path: Path) -> None:
    markdown = _run(tmp_path, 0).markdown
    stages = " | ".join(["20.0"] * len(STAGES))
    assert f"| a pack | 100 | 100.0 | 110.0 | {stages} | 150 |" in markdown
    assert "| 12-megapixel JPEGs | 20 | 5.0 | 4.0 | 2.5 | 200 | 72.0 | 14.0 | 90.5 |" in markdown
