"""The report of a training says whether it worked, and shows what goes wrong still."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape

from resight.errors import TrainingError
from resight.evaluation.duplicates import Leak
from resight.training import report
from resight.training.diagnosis import DNC
from resight.training.measurement import measure
from resight.training.outcome import CHANGES, TrainingOutcome
from tests.training.outcomes import AFTER, BEFORE, KNOWN, outcome

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.usefixtures("few_rounds")

SECTIONS = ("Before and after", "Curves", "Hardest confusions", "What is found", "First layers", "Photos", "Settings")


def _written(folder: Path, **changes: object) -> str:
    report.write(outcome(**changes), folder / "mine.html")
    return (folder / "mine.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the outcome as it is."""
    return _written(tmp_path_factory.mktemp("page"))


def test_every_part_is_there_and_nothing_is_fetched(found: str) -> None:
    assert re.findall("<h2>(.*?)</h2>", found) == list(SECTIONS)
    assert not re.search(r'(?:src|href)="(?!data:|#)', found)


def test_no_text_of_a_user_becomes_markup(tmp_path: Path) -> None:
    """Not the names of things, photos, models and settings, nor what is said of photos that cannot be read."""
    evil = '"><script>alert(1)</script>&'
    made = outcome()
    names = [replace(entry, labels=(evil,) * len(entry.labels)) for entry in made.training_set.entries]
    album = replace(made.training_set.decoded, skipped=(evil,))
    training_set = replace(
        made.training_set, entries=tuple(names), instances=(evil,) * 3, decoded=album, leaks=(Leak(evil, evil, "x"),)
    )
    written = _written(tmp_path, training_set=training_set, reason=evil, model=tmp_path / evil.replace("/", ""))
    assert "<script" not in written
    assert written.count("&lt;script&gt;") > 20


def test_leaks_and_photos_that_cannot_be_read_are_listed(found: str) -> None:
    assert "6.jpg is the photo 2.jpg (content)" in found
    assert "bad.jpg: no photo" in found


@pytest.mark.parametrize(
    ("change", "box"), [("better", "verdict good"), ("worse", "verdict bad"), ("undecided", "verdict")]
)
def test_what_it_was_worth_is_said_first_with_what_to_try(
    change: str, box: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrainingOutcome, "change", change)
    first = _written(tmp_path).split("<h2>")[0]
    verdict = CHANGES[change]
    assert f'<div class="{box}"><p>{verdict.meaning[0].upper()}{verdict.meaning[1:]}: P@1 from' in first
    assert all(f"<li>{escape(advice)}</li>" in first for advice in verdict.advice)


def test_curves_are_told_in_words_too(found: str) -> None:
    assert "Curves of 1 epochs; mean loss of an epoch from 0.5 to 0.5; P@1 from 0.250 to 0.500" in found


def test_a_verdict_comes_with_what_to_try(tmp_path: Path) -> None:
    found = _written(tmp_path, verdicts=(DNC,))
    assert "<strong>DNC</strong>" in found
    assert all(f"<li>{advice}</li>" in found for advice in DNC.advice)


def test_where_no_question_has_an_answer_that_is_said(tmp_path: Path) -> None:
    nothing = np.zeros((4, 5), bool)
    before, after = (measure(rows, KNOWN, nothing) for rows in (BEFORE, AFTER))
    found = _written(tmp_path, before=before, after=after)
    assert "No question has an answer among the known photos." in found
    assert CHANGES["unknown"].advice[0] in found


def test_a_disk_that_refuses_leaves_no_half_a_page(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the same command again"):
        report.write(outcome(), tmp_path / "nowhere" / "mine.html")
    assert list(tmp_path.iterdir()) == []
