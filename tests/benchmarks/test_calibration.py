"""The calibration benchmark from a small museum to its tables."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import calibration
import numpy as np
import pytest
from data.packs import Pack
from running.command import Report
from systems import resight_default
from systems.bench import Bench
from systems.contestants import Contestant
from systems.resight_default import Recognising

pytestmark = pytest.mark.usefixtures("few_rounds")

RATES = len(calibration.RATES)


@pytest.fixture(scope="module")
def report(
    museum: Pack, recognising: Recognising, few_rounds: None, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    def known(pack: Pack, folder: Path) -> Recognising:
        return recognising

    systems = {resight_default.NAME: Contestant(known, resight_default.confidence)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("systems.bench.digest", lambda *_, **__: "digest")
        patch.setattr(calibration, "pack", lambda name: museum)
        patch.setattr(calibration, "SYSTEMS", systems)
        cache = tmp_path_factory.mktemp("cache")
        return calibration.main(argparse.Namespace(packs=["museum"], quick=False, cache=cache, save=None))


def test_every_kind_of_photo_is_counted(report: Report, museum: Pack) -> None:
    promises = report.data["packs"]["museum"]["promises"]
    assert [(one["photos"], one["fitted_on"], one["shares"][0]["n"]) for one in promises] == [
        ("distractors", "the references", 2),
        ("references, their thing left out", "6 of these 6", 6),
        ("references, their thing left out", "the other half", 6),
        ("views, their thing left out", "the other half", 6),
        ("queries of known things", "the references", 5),
        ("… with the right name", "the references", 5),
    ]
    assert all(len(one["shares"]) == RATES for one in promises)
    named, right = promises[-2:]
    assert all(a["value"] >= b["value"] for a, b in zip(named["shares"], right["shares"], strict=True))


def test_what_a_threshold_was_fitted_on_keeps_its_rate(report: Report) -> None:
    fitted = report.data["packs"]["museum"]["promises"][1]
    assert all(
        share["value"] <= false_accept_rate
        for share, false_accept_rate in zip(fitted["shares"], calibration.RATES, strict=True)
    )


def test_probabilities_are_stated_at_the_pack_s_own_share(
    report: Report, museum: Pack, recognising: Recognising
) -> None:
    data = json.loads(json.dumps(report.data, allow_nan=False))["packs"]["museum"]
    assert data["unknown_share"] == pytest.approx(3 / 9)
    stated = {row["query"]: row["confidence"] for row in data["answers"]}
    for entry in museum.queries:
        answer = recognising.recogniser.recognise(entry.source, unknown_share=3 / 9)
        assert stated[entry.name] == pytest.approx(answer.probability)
    assert sum(row["correct"]["n"] for row in data["reliability"]) == len(museum.queries)
    assert 0 <= data["ece"]["low"] <= data["ece"]["high"] <= 1


def test_names_are_given_as_the_recogniser_gives_them(report: Report, museum: Pack, recognising: Recognising) -> None:
    known = [entry for entry in museum.queries if entry.labels]
    for rank, false_accept_rate in enumerate(calibration.RATES):
        named = [
            recognising.recogniser.recognise(entry.source, false_accept_rate=false_accept_rate).instance is not None
            for entry in known
        ]
        promise = report.data["packs"]["museum"]["promises"][4]
        assert promise["shares"][rank]["value"] == pytest.approx(np.mean(named))


def test_the_tables_are_markdown(report: Report) -> None:
    lines = report.markdown.splitlines()
    assert lines[0] == "### museum"
    assert lines[2] == "| photos | threshold fitted on | n | named at 2% | named at 5% |"
    assert "Stated at the pack's own share of unknown photos, .333: calibration error" in report.markdown
    assert "| probability | mean | right | n |" in report.markdown


def test_another_system_is_refused(
    museum: Pack, tmp_path: Path, mean_colour: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("systems.bench.digest", lambda *_, **__: "digest")
    monkeypatch.setattr(calibration, "SYSTEMS", {resight_default.NAME: mean_colour})
    monkeypatch.setattr(Bench, "rankings", lambda self: [])
    with pytest.raises(TypeError, match="wanted a Recognising"):
        calibration._calibrated(museum, tmp_path)
