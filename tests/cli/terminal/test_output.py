"""Standard output: safe text, strict JSON, aligned tables."""

from __future__ import annotations

import json
import math
import sys

import pytest

from resight.cli.terminal.output import count, plain, put_facts, put_json, put_table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mona Lisa", "Mona Lisa"),
        ("Größe 名前 ζωή", "Größe 名前 ζωή"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),  # the escape sequence in one character, which terminals obey as well
        ("photo\u202egnp.exe", "photo\\u202egnp.exe"),  # right-to-left override
        ("caf\udce9", "caf\\udce9"),  # a file name in Latin-1, as os.fsdecode gives it
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("full\u3000width\xa0", "full\u3000width\xa0"),
        ("\u2028\x00", "\\u2028\\x00"),
    ],
)
def test_plain_spells_out_what_could_steer_a_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_plain_leaves_nothing_of_unicode_that_controls() -> None:
    shown = plain("".join(map(chr, range(0x10000))))
    assert not [char for char in shown if ord(char) < 32 or 127 <= ord(char) < 160 or 0xD800 <= ord(char) < 0xE000]
    shown.encode()


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    put_json({"name": "Ζωή\n\x1b\x9b\udce9", "shares": (0.5, 1)})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert not [char for char in out[:-1] if ord(char) < 32]
    assert json.loads(out) == {"name": "Ζωή\n\x1b\x9b\udce9", "shares": [0.5, 1]}


def test_json_has_null_for_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    put_json({"a": math.nan, "b": [math.inf, {"c": -math.inf}], "d": True})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "a": None,
        "b": [None, {"c": None}],
        "d": True,
    }


def test_a_table_is_aligned_by_width_on_screen(capsys: pytest.CaptureFixture[str]) -> None:
    put_table(("name", "n", "photo"), [("名前", "1", "a\nb"), ("[red]", "1,000", "c")], right=(1,))
    assert capsys.readouterr().out.splitlines() == [
        "name       n  photo",
        "名前       1  a\\nb",
        "[red]  1,000  c",
    ]


def test_facts_within_facts_stand_further_in(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {
        "photos": 1200,
        "bytes_per_photo": {"file": 1234567.8, "a": {}},
        "share": 0.123456,
        "encoders": ["a\n", "b"],
        "none_of": None,
        "sound": True,
    }
    put_facts(facts)
    assert capsys.readouterr().out.splitlines() == [
        "photos    1,200",
        "bytes per photo",
        "  file  1,234,568",
        "  a     none",
        "share     0.1235",
        "encoders  a\\n, b",
        "none of   none",
        "sound     yes",
    ]


def test_one_is_singular() -> None:
    assert [count(number, "photo") for number in (0, 1, 2, 1000)] == ["0 photos", "1 photo", "2 photos", "1,000 photos"]


def test_a_table_wider_than_the_terminal_becomes_blocks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("", "ant", "99.9 %"), ("", "bee", "0.1 %")]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "16")
    put_table(("", "candidate", "sure"), rows)
    assert capsys.readouterr().out == "candidate  ant\nsure       99.9 %\n\ncandidate  bee\nsure       0.1 %\n\n"
    monkeypatch.setenv("COLUMNS", "40")
    put_table(("", "candidate", "sure"), rows)
    assert capsys.readouterr().out.startswith("  candidate  sure\n")
