"""A build's finished work: what it has been asked is not asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from data.packs import Pack
from systems.asked import Asked
from systems.builds import Build
from systems.pack_measures import settings


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a build is asked to do, which answers to photos with their names."""
    done: list[str] = []

    def ask(self: Build, do: str, **arguments: Any) -> Any:
        done.append(do)
        if do == "evaluate":
            answer = {"probability": 0.5, "right": True, "named": False}
            names = ("coffee", "page")
            rows = [{"photo": f"/packs/museum/images.parquet/{name}", **answer} for name in names]
            return [{"answers": rows} for _ in arguments["settings"]]
        return arguments.get("photos")

    monkeypatch.setattr(Build, "ask", ask)
    return done


def test_what_was_asked_is_kept(requests: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        asked = Asked(Build("now", tmp_path), tmp_path / "work")
        gallery = asked.gallery("toys", [tmp_path])
        assert gallery == tmp_path / "work" / "toys.gallery"
        assert asked.recognise("toys", gallery, [Path("a.png")]) == ["a.png"]
    assert asked.recognise("games", gallery, [Path("b.png")]) == ["b.png"]
    assert requests == ["index", "recognise", "recognise"]


def test_a_pack_is_indexed_and_evaluated_at_every_setting(
    requests: list[str], tmp_path: Path, museum: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Entry:
        def __init__(self, name: str) -> None:
            self.name = name

    class Few:
        name, file, queries = "few", tmp_path, (Entry("page"), Entry("coffee"))

        def answers(self, query: Entry) -> bool:
            return query.name == "page"

    few: Any = Few()
    stated = Asked(Build("now", tmp_path), tmp_path / "work").stated(few)
    assert len(stated) == len(settings())
    assert [one.answerable.tolist() for one in stated] == [[True, False]] * len(settings())
    assert requests == ["index", "evaluate"]
