"""The benchmark of confidence on builds that only pretend: what is asked of both, and what the tables say."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import confidence as benchmark
import numpy as np
import pytest
from data import plain_photos
from data.packs import Pack
from data.sister_sets import FILE, Question, SisterSet
from parts import of_plain, of_sisters, of_time
from running.command import Report

from resight.metrics import interval

ONCE = ["index", "evaluate", "recognise", *["index", "recognise"] * 2, *["seconds"] * of_time.TURNS]
"""What is asked of a build, in order."""


class Pretending:
    """A build that names all photos as their files lie, or none; ``asked`` are its requests."""

    tree = Path("tree")

    def __init__(self, name: str, pack: Pack, *, names: bool) -> None:
        self.name = self.digest = name
        self.pack, self.names = pack, names
        self.asked: list[str] = []

    def ask(self, do: str, **arguments: Any) -> Any:
        self.asked.append(do)
        if do == "recognise":
            return [self._answer(Path(photo)) for photo in arguments["photos"]]
        if do == "seconds":
            return [0.2 if self.names else 0.1] * (len(arguments["photos"]) - arguments["warm"])
        return [{"answers": [*map(self._row, self.pack.queries)]} for _ in arguments.get("settings", ())]

    def _answer(self, photo: Path) -> dict[str, Any]:
        return {"instance": photo.parent.name if self.names else None, "either": []}

    def _row(self, query: Any) -> dict[str, Any]:
        known = bool(query.labels)
        named = self.names and known
        return {"photo": query.name, "probability": 0.9 if named else 0.1, "right": known, "named": named}

    def benchmark(self, script: str, arguments: Sequence[str]) -> None:
        kinds = ("its own product", "another product of its brand")
        path = Path(arguments[arguments.index("--json") + 1])
        rows = [{"photo": "a", "reference": "a", "kind": kind, "share": 0.3} for kind in kinds]
        path.write_text(json.dumps({"compared": rows}))


@pytest.fixture(scope="module")
def pretending(museum: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Pretending]]:
    """A former build that names nothing, and one that names everything."""
    both = [Pretending("former", museum, names=False), Pretending("now", museum, names=True)]
    sisters = [Question(f"asked/{name}/1.png", name, name != "Eve", FILE) for name in ("Ada", "Eve")]
    drawn = [SisterSet(tmp_path_factory.mktemp("sisters"), "card", tuple(sisters))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "builds", lambda former: both if former else both[1:])
        patch.setattr(benchmark, "pack", lambda name: museum)
        patch.setattr(of_sisters, "sister_sets", lambda *_: drawn)
        patch.setattr(of_plain, "ordinary_galleries", lambda folder: {"one thing": folder})
        patch.setattr(plain_photos, "PLAIN", {"white": plain_photos.white})
        for function in (interval.bootstrap, interval.bootstrap_difference):
            patch.setitem(function.__kwdefaults__, "rounds", 20)
        yield both


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def report(pretending: list[Pretending], cache: Path) -> Report:
    return run(cache, former=Path("tree"))


def run(cache: Path, *, former: Path | None, parts: Sequence[str] = benchmark.PARTS) -> Report:
    options = argparse.Namespace(former=former, packs=["museum"], parts=parts, quick=False, cache=cache)
    return benchmark.main(options)


def test_both_builds_are_asked_the_same_and_once(pretending: list[Pretending], report: Report, cache: Path) -> None:
    former, now = pretending
    assert former.asked == now.asked == ONCE
    count = len(now.asked)
    run(cache, former=Path("tree"), parts=benchmark.PARTS[1:])
    assert len(now.asked) == count  # what is finished is not asked again


def test_tables_show_both_and_the_difference(report: Report) -> None:
    lines = report.markdown.splitlines()
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:] for line in lines if line.startswith("| ")}
    assert "### museum: 5 queries of known things, 2 of others" in lines
    assert rows["measure"] == ["former", "now", "now − former |"]
    assert [cell.split()[0] for cell in rows["named rightly, of known"]] == [".000", "1.000", "+1.000"]
    # Of seven that are said to be right at .1, five are.
    assert [cell.split()[0] for cell in rows["ECE at one half"][:2]] == [".614", ".100"]
    assert [cell.split()[0] for cell in rows["museum"]] == ["6", ".000", "1.000", "6", ".031"]
    assert rows["one thing"] == ["4", "0", "4 (white 4) |"]
    assert [cell.split()[0] for cell in rows["**unknown, all**"]] == ["1", "1.000", ".000", "0", "1.000"]
    assert "Now / former: 2.000 (2.000–2.000)." in lines
    assert [cell.split()[0] for cell in rows["another product of its brand"]][:3] == ["1", "1.000", "1.000"]


def test_a_build_alone_has_one_column(pretending: list[Pretending], tmp_path: Path) -> None:
    report = run(tmp_path, former=None, parts=["plain", "files"])
    assert "| known | asked | now: named |" in report.markdown
    assert "| pack | n | now |" in report.markdown
    assert report.data["plain"] == {"one thing": {"now": ["plain"] * 4}}
    assert set(report.data) == {"plain", "files"}


def test_a_quick_run_asks_few_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, museum: Pack) -> None:
    monkeypatch.setattr(benchmark, "pack", lambda name: museum)
    monkeypatch.setattr(benchmark, "written", lambda pack, file: pack)
    asked = benchmark._asked("museum", tmp_path)
    assert len(asked.queries) == 3
    assert asked.name == "museum, few queries"
    assert np.isin([entry.name for entry in asked.queries], [entry.name for entry in museum.queries]).all()
