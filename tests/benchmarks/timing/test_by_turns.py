"""Networks are timed by turns."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from data.packs import Pack
from timing import by_turns


def test_each_photo_is_seen_by_all_before_the_next(museum: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def extractor(folder: Path) -> Any:
        run = SimpleNamespace(run=lambda images: seen.append(f"{folder} {images.shape[0]}"))
        return SimpleNamespace(backbone=run, preprocess=None)

    monkeypatch.setattr(by_turns, "extractor", extractor)
    monkeypatch.setattr(by_turns, "prepare", lambda photo, preprocess: photo.image)
    taken = by_turns.seconds({"one": Path("a"), "other": Path("b")}, museum.references[:3])
    assert seen == ["a 1", "b 1"] * 4  # the first round is not counted
    assert {name: len(each) for name, each in taken.items()} == {"one": 3, "other": 3}
    assert all(second >= 0 for each in taken.values() for second in each)
