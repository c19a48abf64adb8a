"""Objects in words, whatever a program counts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.interpretation.ade20k import NOTHING, OBJECTS, name_of, number_of


def test_known_numbers() -> None:
    """As the public lists and model cards have them."""
    for name, card in {"sky": 2, "tree": 4, "person": 12, "car": 20}.items():
        assert number_of(name, "model cards") == card
        assert number_of(name, "list") == number_of(name, "annotations") == card + 1
    assert len({*OBJECTS}) == 150
    assert OBJECTS[0], OBJECTS[-1] == ("wall", "flag")


@pytest.mark.parametrize("convention", ["list", "annotations", "model cards"])
def test_names_and_numbers_are_each_other_s(convention: str) -> None:
    assert [number_of(name_of(number_of(name, convention), convention), convention) for name in OBJECTS] == [
        *range(number_of("wall", convention), number_of("wall", convention) + 150)
    ]


def test_what_is_no_object() -> None:
    assert name_of(0, "annotations") == name_of(150, "model cards") == NOTHING
    assert number_of("Bed ", "list") == 8  # as a public list spells it
    with pytest.raises(ValueError, match="did you mean 'ceiling'"):
        number_of("cieling", "list")


def test_it_is_the_public_list(shared: Path) -> None:
    """In which names of several words are cut at blanks, so that only first words are compared."""
    lines = (shared / "weights" / "ade20k_names" / "object150_info.csv").read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        number, *_, names = line.split(",", 5)
        own = name_of(int(number), "list")
        assert {*own.split()} & {*names.replace(";", " ").split()}, (number, own, names)
