"""The benchmark of examples on a small pack: every query is asked once, and drawn or judged."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

import examples as benchmark
from resight.calibration.samples import QueryKind
from resight.verification.comparison import LOCAL
from tests.benchmarks.conftest import Lay
from tests.calibration.test_teaching import asked
from tests.galleries import Photos, quick, seen_again


@pytest.fixture
def small(lay: Lay, known_photos: Photos) -> None:
    """Two known things, a photo of each, and two of neither."""
    known = [(f"{name}.png", known_photos[name], name, "reference", "") for name in ("coffee", "page")]
    queries = [(f"{name} again.png", seen_again(known_photos[name], 1), name) for name in ("coffee", "page")]
    others = [(f"{name}.png", known_photos[name], "", "distractor", "") for name in ("moon", "rocket")]
    lay("groceries", [*known, *((*one, "query", "") for one in queries), *others])


@pytest.mark.usefixtures("small")
def test_each_query_is_an_example_or_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "COUNTS", (2,))
    monkeypatch.setattr(benchmark, "LEFT", 2)
    options = argparse.Namespace(packs=["groceries"], quick=False, draws=2, cache=tmp_path)
    with quick("classical"):
        report = benchmark.main(options)
    assert [len(one["taught"]) for one in report.data["draws"].values()] == [2, 2]
    lines = report.markdown.splitlines()
    assert lines[0] == "### groceries: 2 photos of known things, 2 of unknown ones"
    assert [line.split(" | ")[:2] for line in lines[4:6]] == [["| photo", "2"], ["| thing", "2"]]


def test_what_examples_teach_is_judged_on_others(rng: np.random.Generator) -> None:
    """Real photos that differ from the simulated ones in one way: the others become likelier."""
    simulated = asked(rng, [QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW] * 100)
    queries = asked(rng, [QueryKind.EXAMPLE, QueryKind.UNKNOWN] * 60, shift=-1.5)
    things = np.array([f"thing {row}" for row in range(120)])
    of = benchmark.Asked(LOCAL, simulated, queries, things, 100)
    drawn = benchmark._drawn(of, np.arange(120), 60, 1)
    ((before, after),) = zip(drawn["untaught"], drawn["taught"], strict=True)
    error, loss = (benchmark.FIGURES.index(name) for name in ("calibration error", "log loss"))
    assert after[loss] < before[loss]
    assert after[error] < before[error]
    assert drawn["worths"][0] >= 1
