"""The stress benchmark from photos to tables, with a system that is quick."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import stress
from data.disturbances import DISTURBANCES
from data.packs import pack
from running.command import Report
from systems.contestants import Contestant

from tests.benchmarks.conftest import Lay

pytestmark = pytest.mark.usefixtures("few_rounds")

Plain = Callable[[int, int, int], npt.NDArray[np.uint8]]

SOME = ("crop", "dark")
"""Disturbances that are tried; the others are tested for themselves."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stress") / "cache"


@pytest.fixture(scope="module")
def report(lay_once: Lay, plain: Plain, mean_colour: Contestant, cache: Path, few_rounds: None) -> Iterator[Report]:
    lay_once("museum", [
        ("red", plain(250, 0, 0), "red", "reference", ""),
        ("blue", plain(0, 0, 250), "blue", "reference", ""),
        ("reddish", plain(240, 0, 10), "red", "query", ""),
        ("bluish", plain(10, 0, 240), "blue", "query", ""),
        ("green", plain(0, 250, 0), "", "distractor", ""),
    ])  # fmt: skip
    options = {"packs": ["museum"], "quick": False, "cache": cache, "save": None, "beside": ["twin"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stress, "DISTURBANCES", {name: DISTURBANCES[name] for name in SOME})
        patch.setattr(stress, "SYSTEMS", {"resight": mean_colour, "twin": mean_colour})
        yield stress.main(argparse.Namespace(**options))


def test_every_photo_is_asked_in_every_condition(report: Report) -> None:
    lines = report.markdown.splitlines()
    conditions = 1 + sum(len(DISTURBANCES[name].strengths) for name in SOME)
    assert lines[0] == "### museum: µAP of 3 queries"
    assert lines[2] == "| the photo | resight | twin |"
    assert len(lines) == 4 + conditions
    flawless = "1.000 (.439–1.000)"  # Wilson's lower end of 3 of 3 is 3 / (3 + 1.959964²)
    assert lines[4] == f"| as it is | {flawless} | {flawless} |"
    assert any(line.startswith("| cropped to a part of its area: 1/8 | 1.000") for line in lines)
    assert any(line.startswith("| noisy, in a part of the light: 1/16 |") for line in lines)
    rows = json.loads(json.dumps(report.data, allow_nan=False))["packs"]["museum"]["twin"]
    assert len(rows) == conditions
    assert {len(row["answers"]) for row in rows} == {3}
    assert rows[0]["disturbance"] is None


def test_the_disturbance_is_what_the_system_sees(report: Report) -> None:
    """In a sixteenth of the light red is nearly black, and further from the reference than in a quarter."""
    rows = {(row["disturbance"], row["strength"]): row["answers"][0] for row in report.data["packs"]["museum"]["twin"]}
    confidences = [
        rows[place]["confidence"] for place in ((None, None), ("dark", 1 / 4), ("dark", 1 / 8), ("dark", 1 / 16))
    ]
    assert confidences == sorted(confidences, reverse=True)
    assert len(set(confidences)) == 4


def test_curves_begin_with_the_photo_as_it_is(report: Report, cache: Path) -> None:
    results = {"twin": stress._answers("twin", pack("museum"), cache)}
    curves = stress._curves(results)
    assert list(curves) == list(SOME)
    for name, lines in curves.items():
        assert len(lines["twin"]) == 1 + len(DISTURBANCES[name].strengths)
        assert lines["twin"][0] == 1.0
