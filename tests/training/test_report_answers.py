"""Answers as pictures: what is confused with what, and what training changed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from resight.report.page import PageImage
from resight.training.measurement import measure
from resight.training.report_answers import confusions, strips
from tests.training.outcomes import KNOWN, outcome

CUP = "<b>cup</b>"


def _captions(pieces: Any) -> list[str]:
    """Of all pictures, in their order."""
    if isinstance(pieces, PageImage):
        return [pieces.caption]
    parts = pieces if isinstance(pieces, list) else [getattr(pieces, each.name) for each in fields(pieces)]
    return [caption for part in parts if isinstance(part, list) or is_dataclass(part) for caption in _captions(part)]


def test_the_surest_wrong_answers_are_shown_with_what_was_wanted() -> None:
    """Broken: the tree, taken for the lamp; and what nobody knows, taken for the cup. The leak is not shown."""
    found = confusions(outcome())
    assert found[0].said == "1 of 3 answers name another thing than was asked."
    assert found[1].said.startswith("1 of 3 answers name a thing where nothing known was asked")
    assert _captions(found) == [
        "asked: tree",
        "✗ answered, 1.00: lamp",
        "✓ wanted: tree",
        "asked: nothing known",
        f"✗ answered, 1.00: {CUP}",
    ]
    assert [each.wanted is None for kind in found for each in kind.shown] == [False, True]


def test_two_things_are_shown_once_however_often_they_were_confused() -> None:
    """Six trees are taken for the lamp, the fourth of them most surely, and one for the cup."""
    made = outcome()
    towards = np.array([0.90, 0.91, 0.92, 0.99, 0.93, 0.94])
    asked = np.zeros((7, 5), np.float32)
    asked[:6, 2], asked[:6, 3], asked[6, 0] = towards, np.sqrt(1 - towards**2), 1.0
    same = np.tile(made.training_set.labels[:5] == 2, (7, 1))
    tree = replace(made.training_set.parts, asked=np.full(7, 7), viewed=np.zeros(7, bool))
    found = measure(asked, KNOWN, same)
    (kind,) = confusions(outcome(training_set=replace(made.training_set, parts=tree), before=found, after=found))
    assert _captions(kind)[1::3] == [f"✗ answered, 1.00: {CUP}", "✗ answered, 0.99: lamp"]
    assert [each.more for each in kind.shown] == [0, 5]


def test_flawless_answers_have_no_confusions() -> None:
    after = replace(outcome().after, right=np.ones((4, 5), bool))
    assert confusions(outcome(after=after)) == []


def test_answers_that_changed_are_shown_first_and_said_to_have() -> None:
    found = strips(outcome())
    assert [said for said in _captions(found) if said.startswith("asked")] == [
        f"asked: {CUP} (mended)",
        "asked: tree (broken)",
        "asked: nothing known (wrong before and after)",
    ]
    assert [len(nearest) for each in found for nearest in (each.before, each.after)] == [5] * 6
    assert [shown.kind for shown in found[0].after] == ["right", "right", "wrong", "wrong", "wrong"]


def test_of_the_names_of_a_photo_those_that_are_known_are_told() -> None:
    made = outcome()
    entries = list(made.training_set.entries)
    entries[5] = replace(entries[5], labels=("cup|lamp", "lamp"))
    found = strips(outcome(training_set=replace(made.training_set, entries=tuple(entries))))
    assert found[0].asked.caption.startswith("asked: lamp (")
