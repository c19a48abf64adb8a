"""The entry: exit statuses, one line for what is refused, and no traceback but for a defect."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from resight.errors import MissingExtra, PhotoError
from resight.runtimes import processors


@pytest.fixture
def failing(run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``failing(error)`` runs a command that meets with it."""

    def command(error: BaseException) -> Any:
        def fail() -> Any:
            raise error

        monkeypatch.setattr(processors, "available", fail)
        return run("info")

    return command


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PhotoError("cannot read 'a': found b"), "error: cannot read 'a': found b"),
        (MissingExtra("drawing", "brush", "art"), 'error: drawing needs brush: pip install "resight[art]"'),
        (OSError(28, "No space left on device"), "error: No space left on device"),
        (
            PermissionError(13, "Permission denied", "a\nb"),
            "error: Permission denied: 'a\\nb'; check its permissions, or name another place",
        ),
        (OSError("without a number"), "error: without a number"),
        (PhotoError("evil\nname \x1b[2J"), "error: evil\\nname \\x1b[2J"),
    ],
)
def test_what_is_refused_gets_one_line_and_status_1(failing: Any, error: Exception, line: str) -> None:
    told = failing(error)
    assert (told.status, told.out, told.err) == (1, "", f"{line}\n")


def test_an_interruption_is_status_130(failing: Any) -> None:
    told = failing(KeyboardInterrupt())
    assert (told.status, told.out, told.err) == (130, "", "")


def test_a_defect_keeps_its_traceback(failing: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())


@pytest.mark.parametrize(
    "arguments",
    [
        ("recognise", "photo.jpg", "-g", "missing.gallery"),
        ("gallery", "list", "missing.gallery"),
        ("gallery", "check", "broken.gallery"),
        ("gallery", "check", "."),
        ("info", "missing.gallery"),
        ("index", "missing"),
        ("index", "empty"),
        ("index", "loose", "-g", "new.gallery"),
        ("evaluate", "empty"),
        ("evaluate", "loose"),
        ("model", "show", "missing"),
        ("model", "show", "empty"),
        ("model", "from-weights", "missing.safetensors", "--architecture", "resnet50v2"),
        ("model", "from-weights", "missing.safetensors", "--architecture", "resnet5"),
    ],
)
def test_no_command_shows_a_traceback(
    run: Any, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.gallery").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)
    (tmp_path / "empty").mkdir()
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose" / "photo.jpg").write_bytes(b"photo")
    told = run(*arguments)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert not (tmp_path / "new.gallery").exists()


def test_a_reader_that_has_gone_is_no_error(shell: Any) -> None:
    """As in ``resight info | true``: the pipe has no reader when the first line comes, or when Python ends."""
    for arguments in (["info"], ["--version"], ["--help"]):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            told = shell(*arguments, stdout=writer)
        finally:
            os.close(writer)
        assert (told.status, told.err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("argument", ["info", "--version"])
def test_a_full_disk_is_told(shell: Any, argument: str) -> None:
    with Path("/dev/full").open("wb") as full:
        told = shell(argument, stdout=full)
    assert (told.status, told.err) == (1, "error: No space left on device\n")


def test_a_name_that_the_terminal_has_no_letters_for_does_not_end_the_run(shell: Any, indexed: Path) -> None:
    told = shell("gallery", "list", indexed, environment={"PYTHONIOENCODING": "ascii"})
    assert (told.status, told.err) == (0, "")
    assert "\\u0396\\u03c9\\u03ae\\n\\x1b[31m[bold]red" in told.out
