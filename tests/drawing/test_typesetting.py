"""A line of words: plain, in a font that can spell it, shrunk or cut to the room that there is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from resight.drawing import fonts
from resight.drawing.typesetting import typeset, warn_of_boxes, wrapped


def test_words_that_do_not_fit_shrink_and_then_are_cut() -> None:
    font, words = typeset("Reflecting Room", 40, 1000)
    assert (words, font.size) == ("Reflecting Room", 40)
    length = font.getlength(words)
    font, words = typeset("Reflecting Room", 40, round(0.9 * length))
    assert words == "Reflecting Room"
    assert 0.75 * 40 <= font.size < 40
    font, words = typeset("Reflecting Room", 40, round(0.4 * length))
    assert font.size == 30
    assert words.startswith("Refl")
    assert words.endswith("…")
    assert 0.3 * length < font.getlength(words) <= 0.4 * length


def test_wrapped_words_are_all_there_in_lines_that_fit() -> None:
    words = "hiding bright places first leaves 12 % of the score, any 47 %, bright last 88 %"
    lines = wrapped(words, 17, 200)
    assert " ".join(lines) == words
    assert len(lines) > 2
    assert all(fonts.font(None, 17).getlength(line) <= 200 for line in lines)
    assert all(fonts.font(None, 17).getlength(f"{line} {after.split()[0]}") > 200 for line, after in pairwise(lines))
    assert wrapped("", 17, 200) == []
    assert wrapped("of Llanfairpwllgwyngyll", 17, 40) == ["of", "Llanfairpwllgwyngyll"]


@pytest.mark.parametrize("room", [0, 1, 30])
def test_a_name_as_long_as_a_book_is_cut_quickly(room: int) -> None:
    _, words = typeset("n" * 200_000, 20, room)
    assert words.endswith("…")
    assert len(words) < 5


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a — b", "a · b"),
        ("98\u00a0%", "98 %"),
        ("two\nlines\tand\x00more", "two lines and more"),
        ("\u202eright to left", "right to left"),
        ("bad \udcff byte", "bad byte"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_words_are_one_plain_line(written: str, shown: str) -> None:
    assert typeset(written, 20, 1000)[1] == shown


def test_without_other_fonts_accents_are_left_out_and_foreign_letters_stand_as_boxes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "files", dict)
    assert typeset("Café Zoë, Señor, ﬁ, №", 20, 1000)[1] == "Cafe Zoe, Senor, ﬁ, No"
    warn_of_boxes.cache_clear()
    with pytest.warns(UserWarning, match="no font of this system has") as told:
        assert typeset("日本の Ω 🎨", 20, 1000)[1] == "日本の Ω 🎨"
    assert [str(each.message).split(" letters")[0].split()[-1] for each in told] == ["CJK", "GREEK"]
    assert "install one, such as Noto Sans CJK" in str(told[0].message)


def test_decomposed_letters_are_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a Mac writes file names."""
    monkeypatch.setattr(fonts, "files", dict)
    assert typeset("Cafe\u0301", 20, 1000)[1] == typeset("Caf\u00e9", 20, 1000)[1] == "Cafe"


def test_a_font_that_has_the_letters_is_preferred_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    latin, own, taken = "NotoSansLatin-Regular.ttf", fonts.font(None, 20), list[str | None]()

    def font(name: str | None, size: int) -> object:
        taken.append(name)
        return own

    monkeypatch.setattr(fonts, "files", lambda: {"arial.ttf": Path("nowhere"), latin: Path("somewhere")})
    monkeypatch.setattr(fonts, "font", font)
    monkeypatch.setattr(fonts, "is_sound", lambda name: name == latin)
    monkeypatch.setattr(fonts, "has", lambda name, character: character.isascii() or name == latin)
    assert typeset("Cafe", 20, 1000) == (own, "Cafe")
    assert set(taken) == {None}
    taken.clear()
    assert typeset("Café", 20, 1000) == (own, "Café")
    assert set(taken) == {latin}
