"""Photos of a series: in their order, the next one at work while one is answered, and errors in their place."""

from __future__ import annotations

from threading import Event

import pytest

from resight.recognition.photos_ahead import ahead


def test_the_next_is_at_work_while_one_is_answered() -> None:
    begun = {name: Event() for name in "abc"}

    def extract(name: object) -> str:
        begun[str(name)].set()
        return f"features of {name}"

    answered = []
    for photo, extracted in ahead("abc", extract):
        following = begun["abc"[min("abc".index(str(photo)) + 1, 2)]]
        assert following.wait(10), "the next one waits for the answer"
        answered.append((photo, extracted.result()))
    assert answered == [(name, f"features of {name}") for name in "abc"]


def test_an_error_waits_in_its_place() -> None:
    def extract(name: object) -> str:
        if name == "b":
            raise ValueError("broken")
        return str(name)

    first, second, third = list(ahead("abc", extract))
    assert (first[1].result(), third[1].result()) == ("a", "c")
    with pytest.raises(ValueError, match="broken"):
        second[1].result()


def test_no_photos_are_none() -> None:
    assert list(ahead([], str)) == []
