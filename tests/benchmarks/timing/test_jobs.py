"""What is timed adds up, and is what everybody else gets."""

from __future__ import annotations

import time
from pathlib import Path

from data.packs import Pack
from systems.resight_default import Recognising
from timing.jobs import STAGES, answered, indexed

from resight.gallery.stores.opening import open_gallery
from resight.io.datasets.dataset import Entry
from resight.search.local_index import LocalIndex
from tests.galleries import quick


def _path(entry: Entry) -> Path:
    assert isinstance(entry.source, Path)
    return entry.source


def test_stages_are_those_of_an_answer(museum: Pack, recognising: Recognising) -> None:
    original = LocalIndex.propose
    photos = [_path(entry) for entry in museum.queries]
    with quick():
        began = time.perf_counter()
        found = answered(recognising.recogniser.gallery.path, photos, 2)
        took = time.perf_counter() - began
    assert len(found["seconds"]) == len(found["stages"]) == len(photos) - 2
    for row in found["stages"]:
        assert list(row) == list(STAGES)
        assert all(seconds > 0 for seconds in row.values())
    whole, parts = sum(found["seconds"]), sum(sum(row.values()) for row in found["stages"])
    assert whole + parts < took  # nothing is counted twice
    assert LocalIndex.propose is original


def test_indexing_is_timed_and_counted(museum: Pack, tmp_path: Path) -> None:
    with quick():
        found = indexed([museum.file], tmp_path / "new.gallery")
        again = indexed([museum.file], tmp_path / "new.gallery")
    assert found["added"] == len(museum.references)
    assert found["enrolling"] > 0
    assert found["calibrating"] > 0
    assert again["added"] == 0
    with open_gallery(tmp_path / "new.gallery") as gallery:
        assert found["bytes"].keys() == gallery.size_per_photo().keys()
        assert found["bytes"]["file"] * len(gallery) >= 50_000
