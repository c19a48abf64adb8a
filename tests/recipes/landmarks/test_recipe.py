"""The recipe from photos to its page, by an encoder that sees nothing but colours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import DatasetError
from resight.evaluation import descriptor_cache
from resight.io.datasets.entries import Entry
from resight.io.images import Photo
from resight.progress import Interrupted, finished
from resight.recipes.landmarks import recipe
from resight.recipes.landmarks.verified import PairVerification

SEEN: list[Photo] = []


def colours(_: Any, photo: Photo, views: Any) -> np.ndarray:
    """The colours of the corners, the same at every scale but for a little."""
    SEEN.append(photo)
    height, width = photo.image.shape[:2]
    parts = photo.image.reshape(2, height // 2, 2, width // 2, 3).mean(axis=(1, 3)).ravel() - 100
    rows = np.stack([parts + scale for scale in range(len(views))])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descriptor_cache, "describe_views", colours)
        patch.setattr(descriptor_cache, "reading_side", lambda *_: 32)
        encoder = SimpleNamespace(name="colours", fingerprint="colours-1", source="", has_grid=False, background=None)
        patch.setattr(recipe, "global_encoder", lambda _: encoder)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight things with two photos each, a query of each, and three of none."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for thing in range(11):
        base = rng.integers(40, 215, (2, 2, 3))
        for number in range(3):
            noisy = base + rng.integers(-30, 30, (2, 2, 3))
            texture = rng.integers(-40, 40, (8, 8, 1)).repeat(4, 0).repeat(4, 1)  # else all would be near duplicates
            noisy = np.clip(noisy.repeat(16, 0).repeat(16, 1) + texture, 0, 255).astype(np.uint8)
            split = "query" if number == 2 else "reference"
            if thing >= 8 and number:
                continue
            place = folder / ("distractor" if thing >= 8 else split) / f"thing {thing}" / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noisy).save(place)
    return folder


@pytest.fixture(scope="module")
def report(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return finished(recipe.run(data, tmp_path_factory.mktemp("work"), encoders=["colours"], rounds=100))


def test_the_report_has_all_tables_and_orderings(report: Any) -> None:
    assert report["photos"] == {
        "references": 16, "instances": 8, "instances_with_one_photo": 0, "queries": 11, "unanswerable": 3, "groups": 11,
    }  # fmt: skip
    (encoder,) = report["encoders"]
    assert {number: len(cells) for number, cells in encoder["tables"].items()} == {
        "5.1": 48,
        "5.2": 70,
        "5.5": 60,
        "5.6": 48,
    }
    assert all(cell["low"] <= cell["value"] <= cell["high"] for cells in encoder["tables"].values() for cell in cells)
    assert len(encoder["orderings"]) == 10
    assert encoder["clipped"] == "k = 17, 23: the gallery has 16 photos, and all of them vote."
    assert json.loads((Path(report["page"]).parent / "landmarks.json").read_text())["photos"] == report["photos"]


def test_the_page_stands_alone(report: Any) -> None:
    page = Path(report["page"]).read_text(encoding="utf-8")
    for said in (
        "Table 5.1",
        "Table 5.2",
        "Table 5.5",
        "Table 5.6",
        "All sums",
        "Similarity matrices",
        "Nearest",
        "<svg",
    ):
        assert said in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_second_run_describes_nothing(data: Path, report: Any) -> None:
    before = len(SEEN)
    again = finished(recipe.run(data, Path(report["page"]).parent, encoders=["colours"], rounds=100))
    assert (len(SEEN), again) == (before, report)


def test_what_goes_beyond_the_tables(data: Path, report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of learned weights, views, expansion, verified pairs and the recogniser, beside the first."""

    def verified(self: PairVerification, query: Entry, known: Entry) -> float:
        return float(query.label == known.label)

    def answered(*_: Any, **__: Any) -> Iterator[Any]:
        yield from ()
        return SimpleNamespace(names=(), instances=(), probabilities=np.zeros(0))

    monkeypatch.setattr(PairVerification, "log_ratio", verified)
    monkeypatch.setattr(recipe, "recogniser", answered)
    work = Path(report["page"]).parent
    found = finished(recipe.run(data, work, encoders=["colours", "colours"], further=True, rounds=50))
    for encoder in found["encoders"]:
        names = [row["name"] for row in encoder["further"]]
        assert len(names) == 13
        assert names[-3:] == [
            "its 5 nearest, verified pair by pair",
            "all encoders here side by side",
            "the recogniser's default",
        ]
        assert encoder["further"][-3]["value"] == 1.0
        assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in encoder["further"])
    assert "Beyond the tables" in Path(found["page"]).read_text(encoding="utf-8")
    assert report["encoders"][0]["further"] == []
    assert encoder["further"][-1]["value"] == 0.0


def test_a_near_duplicate_makes_the_tables_not_valid(data: Path, tmp_path: Path) -> None:
    for split in ("reference", "query"):
        shutil.copytree(data / split, tmp_path / "set" / split)
    with Image.open(data / "reference" / "thing 1" / "0.png") as photo:
        photo.save(tmp_path / "set" / "query" / "thing 1" / "again.jpg", quality=95)
    found = finished(recipe.run(tmp_path / "set", tmp_path / "work", encoders=["colours"], rounds=20))
    kinds = {one["kind"]: one["names"] for one in found["audit"]["findings"]}
    assert not found["audit"]["valid"]
    assert any("again.jpg" in name for name in kinds["near duplicate"])


def test_a_query_that_is_known_makes_the_tables_not_valid(data: Path, tmp_path: Path, report: Any) -> None:
    assert report["audit"] == {"valid": True, "findings": []}
    for split in ("reference", "query"):
        shutil.copytree(data / split, tmp_path / "set" / split)
    shutil.copy(data / "reference" / "thing 1" / "0.png", tmp_path / "set" / "query" / "thing 1" / "again.png")
    found = finished(recipe.run(tmp_path / "set", tmp_path / "work", encoders=["colours"], rounds=20))
    assert not found["audit"]["valid"]
    assert [(one["kind"], len(one["names"])) for one in found["audit"]["findings"]] == [("content", 1)]
    assert "NOT VALID" in Path(found["page"]).read_text(encoding="utf-8")


def test_it_ends_where_somebody_asks_for_an_end(data: Path, tmp_path: Path) -> None:
    assert finished(recipe.run(data, tmp_path, encoders=["colours"], stop=lambda: True)) == Interrupted(tmp_path)


def test_without_a_query_that_has_an_answer_it_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for split in ("reference", "distractor"):
        (tmp_path / "set" / split).symlink_to(data / split)
    with pytest.raises(DatasetError, match="none of 3 queries shows"):
        finished(recipe.run(tmp_path / "set", tmp_path / "work", encoders=["colours"]))
