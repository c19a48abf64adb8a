"""Fonts are the system's, never the working folder's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from resight.drawing import fonts


@pytest.fixture(autouse=True)
def _looked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "files", fonts.files.__wrapped__)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other systems have fixed folders")
def test_fonts_lie_in_the_systems_folders_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [tmp_path / name for name in ("work", "mine/fonts/deep", "system/fonts")]
    for place in places:
        place.mkdir(parents=True)
        (place / "arial.ttf").touch()
    (places[0] / "fonts").mkdir()
    (places[0] / "fonts" / "stray.ttf").touch()
    (places[2] / "notes.txt").touch()
    monkeypatch.chdir(places[0])
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_DATA_DIRS", f":.:{tmp_path / 'system'}")
    assert fonts.file_of("arial.ttf") == places[1] / "arial.ttf"
    assert fonts.file_of("stray.ttf") is None
    assert fonts.file_of("notes.txt") is None


def test_a_script_brings_its_own_font_where_the_system_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files = dict.fromkeys(("NotoSansThai-Regular.ttf", "DejaVuSans.ttf", "NotoSansLao-Regular.ttf"), Path("somewhere"))
    monkeypatch.setattr(fonts, "files", lambda: files)
    assert fonts.fallbacks("แมว") == ("DejaVuSans.ttf", "NotoSansThai-Regular.ttf")
    assert fonts.fallbacks("Café") == ("DejaVuSans.ttf",)


@pytest.mark.parametrize(
    ("character", "script"), [("猫", "CJK"), ("ア", "KATAKANA"), ("고", "HANGUL"), ("ä", "LATIN"), ("\uffff", "")]
)
def test_the_script_of_a_letter(character: str, script: str) -> None:
    assert fonts.script(character) == script


def test_a_font_that_the_system_lacks_is_pillows_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lies under its name in the working folder."""
    (tmp_path / "arial.ttf").write_bytes(b"no font")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fonts, "files", dict)
    fonts.font.cache_clear()
    assert fonts.font("arial.ttf", 16).getname() == fonts.font(None, 16).getname()
    fonts.font.cache_clear()


def test_a_damaged_font_of_the_system_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "damaged.ttf").write_bytes(b"no font")
    monkeypatch.setattr(fonts, "files", lambda: {"damaged.ttf": tmp_path / "damaged.ttf"})
    assert not fonts.is_sound("damaged.ttf")
