"""A photo's way from ``recognise`` to its answer: how many rooms it enters, and how often it climbs.

The way is that of the calls, as ``sys.setprofile`` sees them: rooms in the order in which they are first entered. A
climb is a step into a room on a higher floor; a room's floor is one above the highest that it may import.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import resight
from tests.galleries import Photos, quick, write
from tests.test_architecture import PACKAGE, ROOMS


def floor(room: str) -> int:
    """One above the highest of the rooms that this one may import."""
    return 1 + max((floor(below) for below in ROOMS[room].split()), default=0)


def test_a_photo_climbs_five_times_at_most(known_photos: Photos, tmp_path: Path) -> None:
    folder = write(tmp_path / "photos", {name: known_photos[name] for name in ("astronaut", "coffee")})
    way: dict[str, None] = {}

    def enter(frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and file.is_relative_to(PACKAGE) and (room := file.relative_to(PACKAGE).parts[0]) in ROOMS:
            way.setdefault(room)

    with quick():
        resight.index(folder, tmp_path / "photos.gallery")
        with resight.open(tmp_path / "photos.gallery") as gallery:
            before = sys.getprofile()
            sys.setprofile(enter)
            try:
                told = gallery.recognise(next(folder.rglob("*.*"))).to_dict()
            finally:
                sys.setprofile(before)
    assert told["instance"]
    assert {"io", "features", "search", "verification", "calibration", "recognition", "results"} <= way.keys()
    assert sum(floor(room) > floor(last) for last, room in pairwise(way)) <= 5
    assert len(way) <= 12
