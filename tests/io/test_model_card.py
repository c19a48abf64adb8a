"""The card of a model: from JSON and back, every odd key, type and value named."""

from __future__ import annotations

import json
from dataclasses import asdict
from inspect import Parameter, signature
from typing import Any

import pytest

from resight.errors import ModelError
from resight.features.aggregate import AGGREGATES
from resight.features.pullback import PULLBACKS
from resight.io import model_card
from resight.io.model_card import OPTIONS, ModelCard, parse
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
        ({"stride": 0}, r"'stride' is 0; wanted 1 to 256"),
        ({"smallest": 0}, r"'smallest' is 0; wanted 1 to 256"),
        ({"offset": "31"}, r"'offset' is '31'; wanted float"),
        ({"offset": float("inf")}, r"'offset' is inf; wanted a finite number of pixels"),
        ({"channels": -1}, r"'channels' is -1; wanted 1 to 65,536"),
        ({"recipe": 3}, r"'recipe' is 3; wanted str \| None"),
        ({"aggregate": "gem"}, r"'aggregate' is 'gem'; wanted Mapping"),
        ({"preprocess": [320]}, r"'preprocess' is \[320\]; wanted Preprocess"),
        ({"preprocess": {"long_side": 0}}, r"'long_side' is 0; wanted 1 to 8,192"),
        ({"preprocess": {"enlarge": 1}}, r"'enlarge' is 1; wanted bool"),
        ({"preprocess": {"mean": [0.5]}}, r"'mean' is \(0\.5,\); wanted three finite numbers"),
        ({"preprocess": {"mean": 0.5}}, r"'mean' is 0\.5; wanted tuple"),
        ({"preprocess": {"mean": [0, 0, float("nan")]}}, r"'mean' is \(0, 0, nan\); wanted three finite numbers"),
        ({"preprocess": {"std": [1, 1, "1"]}}, r"'std' is \(1, 1, '1'\); wanted three finite numbers"),
        ({"preprocess": {"std": [1, 1, 0]}}, r"'std' is \(1, 1, 0\); wanted numbers above 0"),
        ({"preprocess": {"std": [1, 1, 1e-300]}}, r"'std' is .*; wanted numbers above 0, 0\.001 at least"),
        ({"preprocess": {"mean": [10**400, 0, 0]}}, r"'mean' is .*; wanted three finite numbers"),
        ({"preprocess": {"long_side": 10**9}}, r"'long_side' is 1000000000; wanted 1 to 8,192"),
        ({"preprocess": {"resampling": "bicubi"}}, r"'resampling' is 'bicubi'; did you mean 'bicubic'\?; wanted area"),
        ({"stride": 10**400}, r"'stride' is 1000.*\.\.\..*000; wanted 1 to 256: correct it"),
        ({"smallest": 10**6}, r"'smallest' is 1000000; wanted 1 to 256"),
        ({"name": " "}, r"'name' is ' '; wanted a name"),
        ({"precision": "f23"}, r"'precision' is 'f23'; did you mean 'f32'\?; wanted f32, bf16"),
        ({"aggregate": {}}, r"'aggregate\.name' is None; wanted gem, mac, spoc"),
        ({"aggregate": {"name": "gme"}}, r"'aggregate\.name' is 'gme'; did you mean 'gem'\?"),
        ({"aggregate": {"name": ["gem"]}}, r"'aggregate\.name' is \['gem'\]; wanted gem"),
        ({"aggregate": {"name": "gem", "p": 0}}, r"'aggregate\.p' is 0; wanted a number from 0\.01 to 100"),
        ({"aggregate": {"name": "gem", "p": 1e9}}, r"'aggregate\.p' is 1000000000\.0; wanted a number from"),
        ({"aggregate": {"name": "gem", "p": float("nan")}}, r"'aggregate\.p' is nan; wanted a number from"),
        ({"aggregate": {"name": "gem", "p": True}}, r"'aggregate\.p' is True; wanted a number from"),
        ({"aggregate": {"name": "gem", "epss": 1}}, r"aggregate 'gem' has no option 'epss'; did you mean 'eps'\?"),
        ({"aggregate": {"name": "mac", "p": 3}}, r"aggregate 'mac' has no option 'p'; it has none: leave it out"),
        ({"head": {"name": "whiten"}}, r"'head\.name' is 'whiten'; wanted unit"),
    ],
)
def test_an_odd_card_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=f"model\\.json: {message}"):
        parse({**_written(), **changes}, "model.json")


def test_a_card_names_every_aggregate_that_needs_no_codebook() -> None:
    assert tuple(AGGREGATES) == model_card.AGGREGATES


@pytest.mark.parametrize("name", AGGREGATES)
def test_options_are_those_that_the_aggregates_have(name: str) -> None:
    """Of the function and of its closed form alike, which are given them by name."""
    functions = AGGREGATES[name], *PULLBACKS[name]
    for function in functions:
        taken = {key for key, it in signature(function).parameters.items() if it.default is not Parameter.empty}
        assert taken == OPTIONS.get(name, {}).keys()


@pytest.mark.parametrize("key", ["name", "architecture", "cut", "channels", "stride", "preprocess"])
def test_what_has_no_default_is_asked_for(key: str) -> None:
    written = _written()
    del written[key]
    with pytest.raises(ModelError, match=f"missing .*'{key}'"):
        parse(written, "model.json")
