"""Answers in order, whatever one of the photos is, and how they read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from resight.cli.terminal.answers import named, present, put_answer, put_answer_json
from resight.cli.terminal.pictures import Drawings
from resight.cli.terminal.queries import Query
from resight.errors import PhotoError
from resight.results import Match, Recognition

SEEN = Recognition(
    *("", "coffee", 0.987, "tea", 0.9),
    (Match("k/coffee.jpg", "coffee", 4.3, 0.987), Match("k/t.jpg", "tea", -3, 0.003)),
    unknown_probability=0.01,
)


@dataclass(frozen=True)
class Drawn:
    """What is drawn into a file, in words."""

    words: str

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.words, encoding="utf-8")


def answered(photos: Iterable[str]) -> Iterator[Recognition | PhotoError]:
    """Their names as answers; those called "bad" cannot be read."""
    for photo in photos:
        bad = photo.startswith("bad")
        yield PhotoError(photo) if bad else Recognition(f"path of {photo}", photo, 1.0, None, 1.0, (), 0.0)


@pytest.mark.parametrize(
    "sources", [["a", "b"], ["bad 1", "a", "bad 2", "bad 3", "b", "bad 4"], ["bad"], [], ["a"] * 3 + ["bad"] * 3]
)
def test_each_photo_has_an_answer_or_a_reason_in_order(sources: list[str]) -> None:
    asked = [Query(f"{number}.jpg", source) for number, source in enumerate(sources)]
    found = list(named(asked, answered(sources)))
    assert len(found) == len(sources)
    for query, answer in zip(asked, found, strict=True):
        if isinstance(answer, PhotoError):
            assert query.source == str(answer)
        else:
            assert (answer.photo, answer.instance) == (query.name, query.source)
            assert not query.source.startswith("bad")


def test_an_answer_has_its_candidates_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    put_answer(Recognition("q/[red]\n.jpg", "coffee", 0.987, "tea", 0.9, SEEN.matches, 0.01))
    assert capsys.readouterr().out.splitlines() == [
        "q/[red]\\n.jpg",
        "  coffee: 98.7 % sure, runner-up tea, margin 90.0 %",
        "  candidate  probability  points that agree  photo",
        "  coffee          98.7 %                  0  k/coffee.jpg",
        "  tea              0.3 %                  0  k/t.jpg",
        "",
    ]


def test_json_is_the_library_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    put_answer_json(SEEN)
    assert json.loads(capsys.readouterr().out) == SEEN.to_dict()


@pytest.mark.parametrize("json_too", [False, True])
def test_a_refusal_is_told_and_the_others_are_answered_and_drawn(
    json_too: bool, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = [Query(name, name) for name in ("a.jpg", "bad.jpg", "b.jpg")]
    drawings = Drawings.planned(tmp_path / "new", [query.name for query in asked])
    steps = []

    def put_one(answer: str, file: Path | None) -> Drawn:
        assert file is not None
        print(answer, file.name)
        return Drawn(answer)

    refused = present(
        asked,
        ["first", PhotoError("cannot read it"), "second"],
        put_one,
        drawings,
        update=lambda *step: steps.append(step),
        json=json_too,
    )
    told = capsys.readouterr()
    line = '{"photo": "bad.jpg", "error": "cannot read it"}\n' if json_too else ""
    assert (refused, told.err) == (1, "error: bad.jpg: cannot read it\n")
    assert told.out == f"first a.why.jpg\n{line}second b.why.jpg\n"
    assert steps == [("photos", done, 3) for done in range(4)]
    assert {path.name: path.read_text(encoding="utf-8") for path in drawings.drawn} == {
        "a.why.jpg": "first",
        "b.why.jpg": "second",
    }
