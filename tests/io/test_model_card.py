"""The card of a model: from JSON and back, every odd key, type and value named."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from resight.errors import ModelError
from resight.io.model_card import ModelCard, parse
from resight.types import Preprocess

CARD = ModelCard(
    name="small",
    architecture="resnet50v2",
    cut="stage2",
    channels=512,
    stride=8,
    preprocess=Preprocess(long_side=320, mean=(0.1, 0.2, 0.3), std=(0.5, 0.5, 0.5)),
    recipe="museum",
    config={"epochs": 3, "rates": [0.1, 0.2]},
    versions={"torch": "2.8"},
)


def _written(card: ModelCard = CARD) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(card)))


def test_a_card_survives_json() -> None:
    assert parse(_written(), "model.json") == CARD


def test_what_has_a_default_may_be_absent() -> None:
    needed = {key: _written()[key] for key in ("name", "architecture", "cut", "channels", "stride")}
    card = parse({**needed, "preprocess": {"long_side": 200}}, "model.json")
    assert card == ModelCard("small", "resnet50v2", "stage2", 512, 8, Preprocess(long_side=200))
    assert (card.precision, card.recipe, card.config) == ("f32", None, {})
    assert (card.offset, card.smallest) == (0.0, 1)


def test_parsing_leaves_its_input_alone() -> None:
    written = _written()
    parse(written, "model.json")
    assert written == _written()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agregate": "gem"}, r"ModelCard has no 'agregate'; did you mean 'aggregate'\?; wanted name, architecture"),
        ({"zebra": 1}, r"ModelCard has no 'zebra'; wanted name, architecture"),
        ({"preprocess": {"longside": 320}}, r"Preprocess has no 'longside'; did you mean 'long_side'\?"),
        ({"cut": None}, r"'cut' is None; wanted str"),
        ({"stride": "8"}, r"'stride' is '8'; wanted int"),
        ({"stride": 8.5}, r"'stride' is 8\.5; wanted int"),
        ({"stride": True}, r"'stride' is True; wanted int"),
        ({"stride": 0}, r"'stride' is 0; wanted at least 1"),
        ({"smallest": 0}, r"'smallest' is 0; wanted at least 1"),
        ({"offset": "31"}, r"'offset' is '31'; wanted float"),
        ({"offset": float("inf")}, r"'offset' is inf; wanted a finite number of pixels"),
        ({"channels": -1}, r"'channels' is -1; wanted at least 1"),
        ({"recipe": 3}, r"'recipe' is 3; wanted str \| None"),
        ({"aggregate": "gem"}, r"'aggregate' is 'gem'; wanted Mapping"),
        ({"preprocess": [320]}, r"'preprocess' is \[320\]; wanted Preprocess"),
        ({"preprocess": {"long_side": 0}}, r"'long_side' is 0; wanted at least 1 pixel"),
        ({"preprocess": {"enlarge": 1}}, r"'enlarge' is 1; wanted bool"),
        ({"preprocess": {"mean": [0.5]}}, r"'mean' is \(0\.5,\); wanted three finite numbers"),
        ({"preprocess": {"mean": 0.5}}, r"'mean' is 0\.5; wanted tuple"),
        ({"preprocess": {"mean": [0, 0, float("nan")]}}, r"'mean' is \(0, 0, nan\); wanted three finite numbers"),
        ({"preprocess": {"std": [1, 1, "1"]}}, r"'std' is \(1, 1, '1'\); wanted three finite numbers"),
        ({"preprocess": {"std": [1, 1, 0]}}, r"'std' is \(1, 1, 0\); wanted numbers above 0"),
    ],
)
def test_an_odd_card_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=f"model\\.json: {message}"):
        parse({**_written(), **changes}, "model.json")


@pytest.mark.parametrize("key", ["name", "architecture", "cut", "channels", "stride", "preprocess"])
def test_what_has_no_default_is_asked_for(key: str) -> None:
    written = _written()
    del written[key]
    with pytest.raises(ModelError, match=f"missing .*'{key}'"):
        parse(written, "model.json")
