"""The benchmark of maps on a small museum: what is counted as a hit, and that all three tables come out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import explain as benchmark
import numpy as np
import pytest
from explain import Scene
from timing import map_costs

from resight.explain.faithfulness import faithfulness
from resight.types import Array
from tests.benchmarks.conftest import Lay
from tests.galleries import Photos, quick

SQUARE = np.array([(10, 10), (29, 10), (29, 29), (10, 29)], np.float64)


def _scene(width: int = 60, height: int = 40) -> Scene:
    return Scene(np.zeros((height, width, 3), np.uint8), "a", SQUARE)


def test_a_point_lies_on_the_thing_or_does_not() -> None:
    scene = _scene()
    assert scene.holds((10, 10))
    assert scene.holds((20, 15))
    assert not scene.holds((31, 15))
    assert scene.share() == pytest.approx(400 / 2400)


@pytest.mark.parametrize(("row", "column", "hit"), [(3, 3, True), (2, 2, True), (1, 2, False), (5, 9, False)])
def test_the_brightest_spot_hits_where_it_lies_on_the_photo(row: int, column: int, hit: bool) -> None:
    weights = np.zeros((8, 12))
    weights[row, column] = 1
    assert benchmark._hit(_scene(), weights) is hit


def test_an_empty_map_hits_nothing() -> None:
    assert not benchmark._hit(_scene(), np.zeros((8, 12)))
    assert not benchmark._hit(_scene(), np.full((8, 12), -1.0))


@pytest.fixture
def museum(lay: Lay, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four things; two photos of them on a wall, with their corners, as the packs write them."""
    parquet = pytest.importorskip("pyarrow.parquet", reason='needs pyarrow: pip install "resight[data]"')
    names = ("coffee", "chelsea", "page", "astronaut")
    rows = [(f"{name}.png", _small(known_photos[name]), name, "reference", "") for name in names]
    walls = {name: _hung(known_photos[name]) for name in names[:2]}
    lay("museum", [*rows, *((f"w-{name}.png", photo, name, "query", "") for name, (photo, _) in walls.items())])
    path = tmp_path / "shared" / "data" / "museum" / "images.parquet"
    table = parquet.read_table(path)
    marked = [None] * 4 + [[corners.tolist()] for _, corners in walls.values()]
    for column, values in {
        "corners": marked,
        "width": [100] * 6,
        "orig_width": [200] * 6,
        "subset": ["bbdd"] * 4 + ["qsd1_w3"] * 2,
    }.items():
        table = table.append_column(column, [values])
    parquet.write_table(table, path)
    lay("photos", [("moon.png", _small(known_photos["moon"]), "", "", "")])
    monkeypatch.setattr(benchmark, "PASTED", 2)
    monkeypatch.setattr(map_costs, "ROUNDS", 1)
    monkeypatch.setattr(benchmark, "LEAST", 0.001)
    monkeypatch.setitem(faithfulness.__kwdefaults__, "steps", 3)


def _small(photo: Array) -> Any:
    from resight.io.images import fit, resize

    return resize(np.ascontiguousarray(photo), fit((photo.shape[1], photo.shape[0]), 200))


def _hung(photo: Array) -> tuple[Any, Array]:
    """A photo on the right of a grey wall, and its corners at twice the size, as they were marked."""
    small = _small(photo)
    height, width = small.shape[:2]
    wall = np.full((height + 20, 2 * width + 30, 3), 140, np.uint8)
    wall[10 : 10 + height, width + 20 : 2 * width + 20] = small
    left, right = width + 20, 2 * width + 20
    return wall, 2 * np.array([(left, 10), (right, 10), (right, 10 + height), (left, 10 + height)])


@pytest.mark.usefixtures("museum", "few_rounds")
def test_maps_are_pointed_hidden_and_timed() -> None:
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    with quick():
        report = benchmark.main(argparse.Namespace(quick=False))
    data = json.loads(json.dumps(report.data, allow_nan=False))
    hung = data["pointing"]["museum, corners marked"]
    assert hung["votes"] == [1, 1]
    assert hung["centre"] == [0, 0]
    assert 0.3 < hung["random"][0] < 0.5
    assert len(data["pointing"]["pasted small on clutter"]["similarity"]) == 2
    assert len(data["gaps"]) == 2
    assert all(0 <= gap < 0.2 for gap in data["gaps"])
    assert {len(each) for each in data["deletion"].values()} in (
        {1},
        {2},
    )  # a photo no better than its blur is left out
    assert all(min(times) > 0 for each in data["milliseconds"].values() for times in each.values())
    assert "| a map of random values | similarity, 14 × 14 × 512 |" in report.markdown
    assert "| an answer | answer.explain('votes', test_faithfulness=False) |" in report.markdown
