"""Answers as pictures: what is confused with what, and what training changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from resight.training.measurement import measure
from resight.training.report_answers import confusions, strips
from tests.training.outcomes import KNOWN, outcome

CUP = "&lt;b&gt;cup&lt;/b&gt;"


def _captions(pieces: Any) -> tuple[str, list[str]]:
    written = "".join(pieces)
    return written, re.findall("<figcaption>(.*?)</figcaption>", written)


def test_the_surest_wrong_answers_are_shown_with_what_was_wanted() -> None:
    """Broken: the tree, taken for the lamp; and what nobody knows, taken for the cup. The leak is not shown."""
    written, captions = _captions(confusions(outcome()))
    assert "1 of 3 answers name another thing than was asked." in written
    assert "1 of 3 answers name a thing where nothing known was asked" in written
    assert captions == [
        "asked: tree",
        "✗ answered, 1.00: lamp",
        "✓ wanted: tree",
        "asked: nothing known",
        f"✗ answered, 1.00: {CUP}",
    ]
    assert written.count("Nothing known shows it.") == 1


def test_two_things_are_shown_once_however_often_they_were_confused() -> None:
    """Six trees are taken for the lamp, the fourth of them most surely, and one for the cup."""
    made = outcome()
    towards = np.array([0.90, 0.91, 0.92, 0.99, 0.93, 0.94])
    asked = np.zeros((7, 5), np.float32)
    asked[:6, 2], asked[:6, 3], asked[6, 0] = towards, np.sqrt(1 - towards**2), 1.0
    same = np.tile(made.pool.labels[:5] == 2, (7, 1))
    tree = replace(made.pool.parts, asked=np.full(7, 7), viewed=np.zeros(7, bool))
    found = measure(asked, KNOWN, same)
    written, captions = _captions(confusions(outcome(pool=replace(made.pool, parts=tree), before=found, after=found)))
    assert captions[1::3] == [f"✗ answered, 1.00: {CUP}", "✗ answered, 0.99: lamp"]
    assert "5 more like it" in written


def test_flawless_answers_have_no_confusions() -> None:
    after = replace(outcome().after, right=np.ones((4, 5), bool))
    written, captions = _captions(confusions(outcome(after=after)))
    assert "every question was answered rightly" in written
    assert captions == []


def test_answers_that_changed_are_shown_first_and_said_to_have() -> None:
    written, captions = _captions(strips(outcome()))
    assert [said for said in captions if said.startswith("asked")] == [
        f"asked: {CUP} (mended)",
        "asked: tree (broken)",
        "asked: nothing known (wrong before and after)",
    ]
    assert written.count('class="right"') + written.count('class="wrong"') == 3 * 2 * 5


def test_of_the_names_of_a_photo_those_that_are_known_are_told() -> None:
    made = outcome()
    entries = list(made.pool.entries)
    entries[5] = replace(entries[5], labels=("cup|lamp", "lamp"))
    _, captions = _captions(strips(outcome(pool=replace(made.pool, entries=tuple(entries)))))
    assert captions[0].startswith("asked: lamp (")
