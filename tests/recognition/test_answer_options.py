"""Options of an answer: in range, the same everywhere, and spelled out in signatures."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any, Unpack, get_type_hints

import pytest

from resight.recognition.answer_options import AnswerKeywords, AnswerOptions, spelled_out
from resight.recognition.recogniser import Recogniser

FIELDS = fields(AnswerOptions)


def test_the_keywords_are_the_fields() -> None:
    assert get_type_hints(AnswerKeywords) == {field.name: get_type_hints(AnswerOptions)[field.name] for field in FIELDS}


@pytest.mark.parametrize(("wrong", "said"), [({"k": 0}, "k is 0"), ({"false_accept_rate": 2.0}, "2.0")])
def test_what_is_out_of_range_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AnswerOptions(**wrong)


def test_options_stand_where_the_first_keywords_do() -> None:
    @spelled_out(k=3)
    def ask(photo: str, *, own: bool = False, **options: Unpack[AnswerKeywords]) -> str:
        return f"{photo} {own} {sorted(options)}"

    shown = inspect.signature(ask).parameters
    assert list(shown) == ["photo", *(field.name for field in FIELDS), "own"]
    assert (shown["k"].default, shown["keep_evidence"].default) == (3, True)
    assert all(shown[field.name].kind is inspect.Parameter.KEYWORD_ONLY for field in FIELDS)
    assert ask("a", k=1, own=True) == "a True ['k']"


@pytest.mark.parametrize("name", ["recognise", "recognise_many", "answer"])
def test_every_way_of_asking_shows_them(name: str) -> None:
    shown = inspect.signature(getattr(Recogniser, name)).parameters
    assert {field.name for field in FIELDS} <= set(shown)
    assert "options" not in shown
