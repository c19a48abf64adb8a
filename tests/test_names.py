"""Names: what looks the same is the same, and what only nearly does is told."""

from __future__ import annotations

import unicodedata

import pytest

from resight.names import canonical, composed, likeness, lookalikes, nearest


@pytest.mark.parametrize(
    "spelled",
    [
        "Café",
        "Cafe\u0301",
        " Café ",
        "\u00a0Café\u202f",
        "\u3000Café\t\r\n",
        "\ufeffCaf\u200bé\u2060",
        "Ca\u00adfé",
        "\u202aCafé\u202c",
        "Cafe\u200b\u0301",
        "\u200e \u2068Café\u2069 \u200f",
    ],
)
def test_one_name_has_one_spelling(spelled: str) -> None:
    assert canonical(spelled) == "Café"


@pytest.mark.parametrize(
    "name", ["Mona Lisa", "Ægir  ß", "line\nbreak", "می\u200cخواهم", "👩\u200d🎨", "絵\u3000画", "007", "\udcff"]
)
def test_what_is_part_of_a_name_stays(name: str) -> None:
    assert canonical(name) == name


def test_a_no_break_space_is_a_space() -> None:
    assert canonical("Mona\u00a0Lisa") == canonical("Mona\u202fLisa") == "Mona Lisa"


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b", "\ufeff\u00a0", "\u200e \u200f"])
def test_a_name_may_be_nothing(nothing: str) -> None:
    assert canonical(nothing) == ""


def test_twice_is_once() -> None:
    """Of every character, alone, doubled, at either end and before an accent."""
    for char in map(chr, (*range(0xD800), *range(0xE000, 0x30000, 7))):
        for name in (char, f"{char}a{char}", f" {char}\u0301 {char}"):
            once = canonical(name)
            assert canonical(once) == once, ascii(name)
            assert unicodedata.is_normalized("NFC", once), ascii(name)


def test_a_path_is_only_composed() -> None:
    assert composed(" Cafe\u0301\u200b /1.jpg ") == " Café\u200b /1.jpg "


def test_what_differs_in_case_or_blanks_is_alike() -> None:
    names = ["Mona Lisa", "bee", "mona  lisa", "MonaLisa", "Straße", "STRASSE", "می\u200cخواهم", "میخواهم", "be e e"]
    assert lookalikes(names) == (
        ("Mona Lisa", "mona  lisa", "MonaLisa"),
        ("Straße", "STRASSE"),
        ("می\u200cخواهم", "میخواهم"),
    )
    assert likeness("❤\ufe0f") == likeness("❤")
    assert lookalikes(["1a", "1b", "ä", "a"]) == ()


def test_a_number_is_no_slip_of_another() -> None:
    assert nearest("00047", ["00046", "00147"]) == []
    assert nearest("room 47", ["room 46"]) == ["room 46"]


def test_the_nearest_name_is_first_one_that_is_alike() -> None:
    known = ["Mona Lisb", "Mona Liza", "MONA LISA"]
    assert nearest("mona lisa", known) == ["MONA LISA"]
    assert nearest("Mona Lis", known, count=3)[0] == "Mona Lisb"
    assert nearest("zebra", known) == []
