"""Where names stand beside lines, and that pictures are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data.disturbances import DISTURBANCES
from PIL import Image
from running.pictures import STYLES, apart, draw_curves, draw_reliability

from resight.metrics.interval import wilson
from resight.metrics.reliability import ReliabilityRow


@pytest.mark.parametrize("values", [[0.1, 0.5, 0.9], [0.9, 0.1, 0.5]])
def test_names_that_are_apart_stay_where_they_are(values: list[float]) -> None:
    assert apart(values, gap=0.1).tolist() == pytest.approx(values)


def test_two_names_in_one_place_part_evenly() -> None:
    assert apart([0.5, 0.5], gap=0.2).tolist() == pytest.approx([0.4, 0.6])


def test_names_keep_their_order_their_distance_and_the_frame(rng: np.random.Generator) -> None:
    for _ in range(200):
        values = rng.random(4) ** rng.choice([0.1, 1, 5])
        heights = apart(values.tolist(), gap=0.12)
        order = np.argsort(values)
        assert (np.diff(heights[order]) >= 0.12 - 1e-9).all()
        assert heights.min() >= -1e-9
        assert heights.max() <= 1 + 1e-9


def test_curves_are_drawn_for_every_pack_and_disturbance(tmp_path: Path, rng: np.random.Generator) -> None:
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    curves = {name: {f"system {i}": rng.random(4).tolist() for i in range(len(STYLES))} for name in DISTURBANCES}
    sizes = []
    for packs in ({"one": curves}, {"one": curves, "two": curves}):
        draw_curves(packs, tmp_path / "new" / "curves.png")
        with Image.open(tmp_path / "new" / "curves.png") as picture:
            sizes.append(picture.size)
    assert sizes[0][0] == sizes[1][0]
    assert sizes[1][1] > 1.8 * sizes[0][1]


def test_reliability_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    rows = [ReliabilityRow(0.0, 0.2, 0.1, wilson(1, 20)), ReliabilityRow(0.8, 1.0, 0.9, wilson(20, 20))]
    draw_reliability({"one": rows, "two": rows[:1]}, tmp_path / "reliability.png")
    with Image.open(tmp_path / "reliability.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5
