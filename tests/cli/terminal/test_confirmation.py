"""Confirmation: only a yes on a terminal is one."""

from __future__ import annotations

import io
import sys

import pytest

from resight.cli.terminal.confirmation import confirm
from resight.errors import GalleryError


class Terminal(io.StringIO):
    """Standard input on which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("reply", ["y\n", "Yes\n", " YES \n"])
def test_yes_is_yes(reply: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(reply))
    confirm("Remove it?", yes=False)
    assert tuple(capsys.readouterr()) == ("", "Remove it? [y/N] ")


@pytest.mark.parametrize("reply", ["n\n", "\n", "", "yessir\n"])
def test_all_else_is_no(reply: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(reply))
    with pytest.raises(GalleryError, match="the answer was no"):
        confirm("Remove it?", yes=False)


def test_nobody_is_asked_without_a_terminal_or_with_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    confirm("Remove it?", yes=True)
    with pytest.raises(GalleryError, match="add --yes"):
        confirm("Remove it?", yes=False)
    assert tuple(capsys.readouterr()) == ("", "")
