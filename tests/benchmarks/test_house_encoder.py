"""The house encoder's benchmark from photos to tables, with two small networks that nobody trained."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import house_encoder as benchmark
import numpy as np
import pytest

from resight.io.model_card import ModelCard
from resight.nn.backbones.house import house
from resight.training import model_conversion
from resight.types import Preprocess

pytestmark = pytest.mark.usefixtures("few_rounds")


def _model(folder: Path, seed: int) -> Path:
    network = house((4, 4, 4, 4, 4, 8), (1, 1, 1), rng=np.random.default_rng(seed))
    model_conversion.package(
        network, folder, card=ModelCard("tiny", "house", "context", 8, 16, Preprocess(long_side=64))
    )
    return folder


@pytest.mark.usefixtures("packs")
def test_both_encoders_are_asked_compared_and_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = _model(tmp_path / "resnet", 1)
    monkeypatch.setattr("systems.peers.resnet_model", lambda folder, long_side: other)
    monkeypatch.setattr(benchmark, "ROUNDS", 3)
    arguments = argparse.Namespace(model=_model(tmp_path / "house", 0), cache=tmp_path / "cache", quick=False)
    report = benchmark.main(arguments)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.markdown.splitlines() if "|" in line]
    museum, peer = rows[2:4]
    assert museum[:2] == ["museum", "house"]
    assert museum[2].startswith("1.000 (")
    assert peer[1] == "ResNet-50 v2"
    assert peer[-1] == ""
    data = json.loads(json.dumps(report.data, allow_nan=False))
    assert data["ukbench-250"]["house"]["figures"]["n_s_score"]["value"] == 4.0
    assert {name: len(times) for name, times in data["milliseconds"].items()} == {"house": 3, "ResNet-50 v2": 3}
    assert rows[-1][0] == "ResNet-50 v2"
    assert rows[-1][-1] == "1.0"
    again = benchmark.main(arguments)
    assert again.data["packs"] == report.data["packs"]
