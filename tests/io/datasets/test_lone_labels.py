"""Lone labels: which queries are of a name that no reference has, and which name may have been meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.io.datasets import lone_labels as lone
from resight.io.datasets.dataset import Entry
from resight.io.datasets.lone_labels import LoneLabel, lone_labels


def _queries(*labels: tuple[str, ...]) -> list[Entry]:
    return [Entry(f"{number}.jpg", Path(f"{number}.jpg"), shown, "query") for number, shown in enumerate(labels)]


def test_labels_that_no_reference_has_are_counted_the_most_frequent_first() -> None:
    asked = _queries(("ant",), ("Coffee",), ("zebra",), ("Coffee",), ("bee", "wasp"), ("wasp", "ant"), ())
    assert lone_labels(asked, ["ant", "coffee", "bees"]) == (
        LoneLabel("Coffee", 2, "coffee"),
        LoneLabel("zebra", 1, None),
        LoneLabel("bee", 1, "bees"),
    )


def test_labels_of_one_likeness_come_before_those_spelled_nearly_so() -> None:
    (found,) = lone_labels(_queries(("Mona  lisa",)), ["Mona Lise", "Mona Lisa", "MONA LISA"])
    assert found.nearest == "MONA LISA"


def test_nothing_is_lone_where_all_are_known() -> None:
    assert lone_labels(_queries(("a",), ("b", "a")), ["a"]) == ()


def test_spelling_is_compared_for_a_while_and_likeness_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lone, "COMPARED", 2)
    found = lone_labels(_queries(("coffees",), ("teapott",), ("TEAPOT",)), ["coffee", "teapot"])
    assert [one.nearest for one in found] == ["coffee", None, "teapot"]
