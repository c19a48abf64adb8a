"""The accuracy benchmark from photos to tables, with systems that are quick and wrong in known ways."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import accuracy
import numpy as np
import numpy.typing as npt
import pytest
from systems.contestants import Contestant

from tests.benchmarks.conftest import Lay

pytestmark = pytest.mark.usefixtures("few_rounds")

Plain = Callable[[int, int, int], npt.NDArray[np.uint8]]


@pytest.fixture
def arguments(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(packs=["museum"], quick=False, cache=tmp_path / "cache", beside=["backwards"])


@pytest.fixture
def colours(lay: Lay, plain: Plain) -> None:
    """Two colours known, two queries that show them, one that looks like the other, and one of neither."""
    lay("museum", [
        ("red", plain(250, 0, 0), "red", "reference", ""),
        ("blue", plain(0, 0, 250), "blue", "reference", ""),
        ("reddish", plain(240, 0, 10), "red", "query", ""),
        ("bluish", plain(10, 0, 240), "blue", "query", ""),
        ("faded", plain(140, 0, 120), "blue", "query", ""),
        ("green", plain(0, 250, 0), "", "distractor", ""),
    ])  # fmt: skip


@pytest.mark.usefixtures("colours")
def test_every_system_is_asked_and_compared(
    mean_colour: Contestant, arguments: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    backwards = replace(mean_colour, confidence=lambda ranking: -ranking.scores[0])
    monkeypatch.setattr(accuracy, "SYSTEMS", {"resight": mean_colour, "backwards": backwards})
    report = accuracy.main(arguments)
    title, _, head, _, ours, theirs = report.markdown.splitlines()
    assert title == "### museum: 2 things in 2 photos, 3 queries that show one of them and 1 that show none"
    assert head.startswith("| system | P@1 | µAP | AUROC |")
    assert ours.startswith("| resight | .667 (.208–.939) | .667 (")
    # The surest two, as sure as each other, are right; the other way round they come last, with precision 2 / 4.
    assert "| backwards | .667 (.208–.939) | .333 (" in theirs
    assert "| 0 / 0 | 1.000 | +.333 (" in theirs
    data = json.loads(json.dumps(report.data, allow_nan=False))["packs"]["museum"]
    assert [row["right"] for row in data["resight"]["answers"]] == [True, True, False, False]
    assert data["backwards"]["resight_against_it"]["p_at_1"] == {"only_first": 0, "only_second": 0, "p": 1.0}


@pytest.mark.usefixtures("colours")
def test_a_second_run_asks_nothing(
    mean_colour: Contestant, arguments: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "SYSTEMS", {"resight": mean_colour})
    first = accuracy.main(arguments)

    def refuse(*_: object) -> None:
        raise AssertionError("a photo was read again")

    monkeypatch.setattr("systems.bench.photo_of", refuse)
    assert accuracy.main(arguments) == first


@pytest.mark.parametrize(("p", "said"), [(0.0391, ".039"), (1.0, "1.000"), (0.001, ".001"), (1e-9, "<.001")])
def test_a_chance_is_never_nothing(p: float, said: str) -> None:
    assert accuracy._chance(p) == said


def test_ukbench_asks_all_against_all(
    lay: Lay, plain: Plain, mean_colour: Contestant, arguments: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two objects of four views; one view of each has the other's colour."""
    colours = [[(250, 0, 0)] * 3 + [(0, 0, 250)], [(0, 0, 250)] * 3 + [(250, 0, 0)]]
    views = [
        (f"{thing}{view}", plain(*colour), f"{thing}", "query" if view == 3 else "reference", "")
        for thing, row in enumerate(colours)
        for view, colour in enumerate(row)
    ]
    lay("ukbench-250", sorted(views, key=lambda row: row[3], reverse=True))
    monkeypatch.setattr(accuracy, "PHOTO_SYSTEMS", {"a": mean_colour, "b": mean_colour})
    arguments.packs = ["ukbench-250"]
    report = accuracy.main(arguments)
    # Six photos find three of theirs, two find one: 20 of 8.
    assert "ukbench-250-all: 8 photos known, 8 asked" in report.markdown
    assert "| a | 2.500 (2.500–2.500) |  |" in report.markdown
    assert "| b | 2.500 (2.500–2.500) | .000 (.000 to .000) |" in report.markdown
    assert sorted(report.data["packs"]["ukbench-250"]["a"]["right_of_four"].values()) == [1, 1, 3, 3, 3, 3, 3, 3]
