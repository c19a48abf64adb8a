"""An answer is told as people have corrected it, and never more of it than the rate that was chosen allows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from resight.results import Match, Recognition
from resight.service.galleries.corrections import NOTHING, Correction, Corrections, corrected
from tests.galleries import Photos, write


def _match(name: str, probability: float) -> Match:
    return Match(f"{name}.jpg", name, 0.0, probability, id=0)


def _answer(instance: str | None, either: tuple[str, ...] = (), **probabilities: float) -> Recognition:
    matches = tuple(_match(name, one) for name, one in probabilities.items())
    first, second = (match.probability for match in matches[:2])
    unknown = 1 - sum(probabilities.values())
    return Recognition("", instance, first, matches[1].instance, first - second, matches, unknown, either=either)


def _said(instance: str | None, instead_of: str | None = None) -> Correction:
    return Correction("id", "2026", "key", "00", instance, instead_of, NOTHING)


NOBODY: Mapping[str, Match] = {}


def test_what_was_refused_leaves_its_share_to_the_others() -> None:
    after = corrected(_answer("a", a=0.6, b=0.3), [_said("c", instead_of="a")], NOBODY, bounded=False)
    assert (after.instance, after.probability) == ("b", pytest.approx(0.3 / 0.4))
    assert after.unknown_probability == pytest.approx(0.1 / 0.4)
    assert [match.instance for match in after.matches] == ["b"]


def test_a_chosen_rate_lets_nothing_be_named_that_it_did_not_name() -> None:
    refused = [_said("d", instead_of="c")]
    unnamed = _answer(None, a=0.55, c=0.4)
    assert corrected(unnamed, refused, NOBODY, bounded=True).instance is None
    assert corrected(unnamed, refused, NOBODY, bounded=False).instance == "a"
    assert corrected(_answer("a", a=0.55, c=0.4), refused, NOBODY, bounded=True).instance == "a"
    assert corrected(_answer("c", c=0.55, a=0.4), refused, NOBODY, bounded=True).instance is None


def test_of_two_that_look_alike_the_one_that_was_not_refused_is_left() -> None:
    between = _answer(None, ("a", "b"), a=0.48, b=0.47)
    for bounded in (False, True):
        assert corrected(between, [_said("d", instead_of="a")], NOBODY, bounded=bounded).instance == "b"
    kept = corrected(between, [_said("d", instead_of="c")], NOBODY, bounded=True)
    assert (kept.instance, kept.either) == (None, ("a", "b"))


def test_what_a_person_said_is_so() -> None:
    known = {"b": _match("b", 1.0)}
    after = corrected(_answer("a", a=0.9, b=0.05), [_said("b", instead_of="a")], known, bounded=True)
    assert (after.instance, after.probability, after.unknown_probability) == ("b", 1.0, 0.0)
    none = corrected(_answer("a", a=0.9, b=0.05), [_said(None)], NOBODY, bounded=False)
    assert (none.instance, none.unknown_probability) == (None, 1.0)


def test_names_come_back_as_they_were_before_two_things_were_one(tmp_path: Path, known_photos: Photos) -> None:
    write(tmp_path / "photos", {"page": known_photos["page"]})
    photo = next((tmp_path / "photos").rglob("*.png")).read_bytes()
    corrections = Corrections(tmp_path)
    for instance, instead_of in (("a", "b"), ("b", None), ("c", "a")):
        corrections.add(photo, "key", instance=instance, instead_of=instead_of, learned=NOTHING)
    before = {one.id: (one.instance, one.instead_of) for one in corrections.all()}
    touched = corrections.rename("a", "b")
    assert {one.instance for one in corrections.all()} == {"b", "c"}
    corrections.restore(touched)
    for again in (corrections, Corrections(tmp_path)):
        assert {one.id: (one.instance, one.instead_of) for one in again.all()} == before
