"""The benchmark of near twins on a small shelf: what is compared, and what is counted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import near_twins as benchmark
import numpy as np
import pytest

from resight.types import SpatialVerification
from tests.benchmarks.conftest import Lay
from tests.galleries import Photos, quick

PRODUCTS = ("Oat-Red", "Oat-Green", "Rye-Red")


@pytest.fixture
def shelf(lay: Lay, known_photos: Photos, tmp_path: Path) -> None:
    """Two products of one brand, which differ in a block of colour, and one of another; a photo of each."""
    parquet = pytest.importorskip("pyarrow.parquet", reason='needs pyarrow: pip install "resight[data]"')
    red, green = (_coloured(known_photos["page"], colour) for colour in ((200, 30, 30), (30, 160, 30)))
    fronts = dict(zip(PRODUCTS, (red, green, np.ascontiguousarray(known_photos["coffee"][:300, :400])), strict=True))
    known = [(f"{name}.png", front, name, "reference", "") for name, front in fronts.items() if name != "Oat-Green"]
    asked = [(f"{name} again.png", front[3:, 2:], name, "query", "") for name, front in fronts.items()]
    lay("groceries", [*known, *((name, np.ascontiguousarray(photo), *rest) for name, photo, *rest in asked)])
    path = tmp_path / "shared" / "data" / "groceries" / "images.parquet"
    table = parquet.read_table(path)
    parquet.write_table(table.append_column("label", [table["labels"].to_pylist()]), path)


def _coloured(photo: Any, colour: tuple[int, int, int]) -> Any:
    coloured = photo.copy()
    height, width = photo.shape[:2]
    coloured[height // 4 : 3 * height // 4, width // 5 : 4 * width // 5] = colour
    return coloured


@pytest.mark.usefixtures("shelf")
def test_products_are_laid_beside_themselves_and_their_twins() -> None:
    with quick():
        report = benchmark.main(argparse.Namespace(quick=False))
    found = {(one["photo"], one["reference"]): (one["kind"], one["share"]) for one in report.data["compared"]}
    assert {pair: kind for pair, (kind, _) in found.items()} == {
        ("Oat-Red again.png", "Oat-Red"): benchmark.SAME,
        ("Oat-Green again.png", "Oat-Red"): benchmark.TWIN,
        ("Rye-Red again.png", "Rye-Red"): benchmark.SAME,
    }
    assert found["Oat-Red again.png", "Oat-Red"][1] < 0.1
    assert found["Oat-Green again.png", "Oat-Red"][1] > benchmark.TELLING
    same, twin = report.markdown.splitlines()[-2:]
    assert same.startswith("| its own product | 2 | .000")
    assert twin.startswith("| another product of its brand | 1 | 1.000")


def test_the_nearest_twin_is_chosen() -> None:
    def check(count: int) -> SpatialVerification:
        return SpatialVerification(float(count), np.zeros((count, 2), np.int64), None, np.ones(count))

    checks = {"Oat-Red": check(9), "Oat-Green": check(2), "Oat-Blue": check(5)}
    assert benchmark._chosen("Oat-Red", checks) == ["Oat-Red", "Oat-Blue"]
    assert benchmark._chosen("Oat-White", checks) == ["Oat-Red"]
    assert benchmark._chosen("Rye-Red", {}) == []
