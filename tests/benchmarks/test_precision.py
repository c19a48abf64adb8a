"""The benchmark of forms from photos to tables."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import precision as benchmark
import pytest
from data import forms

from resight.io.model_card import ModelCard
from resight.metrics.interval import Estimate
from resight.nn.backbones.house import house
from resight.training import model_conversion
from resight.types import Preprocess

pytestmark = pytest.mark.usefixtures("few_rounds")


def _model(folder: Path, seed: int) -> Path:
    network = house((4, 4, 4, 4, 4, 8), (1, 1, 1), rng=np.random.default_rng(seed))
    card = ModelCard("tiny", "house", "context", 8, 16, Preprocess(long_side=64))
    model_conversion.package(network, folder, card=card, trainable=False)
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Float32 and a form that is the same network, and one that is another altogether."""
    seeds = {forms.WHOLE: 0, forms.HALF: 0, forms.STEPPED: 7}
    made = {name: _model(tmp_path / f"form{number}", seed) for number, (name, seed) in enumerate(seeds.items())}
    monkeypatch.setattr(forms, "made", lambda model, file, cache: made)
    return made


@pytest.mark.usefixtures("packs")
def test_each_form_is_measured_and_compared_with_float32(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "ROUNDS", 5)
    arguments = argparse.Namespace(model=folders[forms.WHOLE], weights=None, cache=tmp_path, quick=False)
    report = benchmark.main(arguments)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.markdown.splitlines() if "|" in line]
    assert rows[2][:2] == ["museum", "float32"]
    assert rows[2][2].startswith("1.0000 (")
    changes = {row[0]: row for row in rows[-len(folders) :]}
    assert changes["float32"][3:] == ["–"] * 3 + ["yes"]
    assert changes["float16"][3:] == [".0000 (.0000 to .0000)"] * 3 + ["yes"]
    assert "int8, all: not measured, since nncf is not installed." in report.markdown
    data = json.loads(json.dumps(report.data, allow_nan=False))
    assert data["may_ship"][forms.HALF]
    assert data["ukbench-250"]["float32"]["figures"]["n_s_score"]["value"] == 4.0
    assert {form: len(times) for form, times in data["milliseconds"].items()} == dict.fromkeys(folders, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(benchmark, "global_encoder")  # what was described is not described again
        assert benchmark.main(arguments).data["packs"] == report.data["packs"]


@pytest.mark.parametrize(("values", "may"), [((0.0, -0.0049), True), ((0.3, -0.005), False), ((-0.2, 0.2), False)])
def test_a_form_ships_that_loses_less_than_half_a_point(values: tuple[float, ...], may: bool) -> None:
    assert benchmark.ships([Estimate(value, value - 1, value + 1, 9) for value in values]) is may
