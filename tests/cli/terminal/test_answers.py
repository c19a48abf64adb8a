"""Answers in order, whatever one of the photos is, and how they read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from resight.cli.terminal.answers import answers, put_answer, put_answer_json, verdict
from resight.cli.terminal.queries import Query
from resight.errors import PhotoError
from resight.results import Match, Recognition

SEEN = Recognition(
    *("", "coffee", 0.987, "tea", 0.9),
    (Match("k/coffee.jpg", "coffee", 4.3, 0.987), Match("k/t.jpg", "tea", -3, 0.003)),
    unknown_probability=0.01,
)


class Recogniser:
    """Answers names, and cannot read those called "bad"."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def recognise_many(self, photos: Iterable[str], **options: Any) -> Iterator[Recognition | PhotoError]:
        self.asked.append(options)
        for photo in photos:
            bad = photo.startswith("bad")
            yield PhotoError(photo) if bad else Recognition(f"path of {photo}", photo, 1.0, None, 1.0, (), 0.0)


@pytest.mark.parametrize(
    "sources", [["a", "b"], ["bad 1", "a", "bad 2", "bad 3", "b", "bad 4"], ["bad"], [], ["a"] * 3 + ["bad"] * 3]
)
def test_each_photo_has_an_answer_or_a_reason_in_order(sources: list[str]) -> None:
    asked = [Query(f"{number}.jpg", source) for number, source in enumerate(sources)]
    found = list(answers(Recogniser(), asked, k=3))  # type: ignore[arg-type]
    assert len(found) == len(sources)
    for query, answer in zip(asked, found, strict=True):
        if isinstance(answer, PhotoError):
            assert query.source == str(answer)
        else:
            assert (answer.photo, answer.instance) == (query.name, query.source)
            assert not query.source.startswith("bad")


def test_options_reach_the_library() -> None:
    recogniser = Recogniser()
    list(answers(recogniser, [Query("a", "a")], k=3, false_accept_rate=0.1))  # type: ignore[arg-type]
    assert recogniser.asked == [{"k": 3, "false_accept_rate": 0.1}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (SEEN, "coffee: 98.7 %, margin 90.0 %, runner-up tea"),
        (
            Recognition("", None, 0.2, "tea", 0.05, SEEN.matches, 0.6),
            "none of these; nearest is coffee with 20.0 %, margin 5.0 %, runner-up tea",
        ),
        (
            Recognition("", None, 0.4, "tea", 0.25, SEEN.matches, 0.4),
            "not sure enough to name it; perhaps coffee: 40.0 %, margin 25.0 %, runner-up tea",
        ),
        (
            Recognition("", "coffee", 0.9999, None, 0.9999, SEEN.matches[:1], 0.0001),
            "coffee: > 99.9 %, margin > 99.9 %",
        ),
        (Recognition("", None, 0.0, None, 0.0, (), 1.0), "none of these: nothing known resembles it"),
    ],
)
def test_the_verdict_in_words(answer: Recognition, words: str) -> None:
    assert verdict(answer) == words


def test_an_answer_has_its_candidates_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    put_answer(Recognition("q/[red]\n.jpg", "coffee", 0.987, "tea", 0.9, SEEN.matches, 0.01))
    assert capsys.readouterr().out.splitlines() == [
        "q/[red]\\n.jpg",
        "  coffee: 98.7 %, margin 90.0 %, runner-up tea",
        "  candidate  probability  points that agree  photo",
        "  coffee          98.7 %                  0  k/coffee.jpg",
        "  tea              0.3 %                  0  k/t.jpg",
        "",
    ]


def test_json_is_the_library_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    put_answer_json("q.jpg", SEEN)
    put_answer_json("bad.jpg", PhotoError("cannot read it"))
    seen, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert seen == SEEN.to_dict()
    assert bad == {"photo": "bad.jpg", "error": "cannot read it"}
