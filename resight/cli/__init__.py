"""The command line: it parses, calls and prints. Data goes to standard output, talk to standard error."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Final

from resight.errors import ResightError

from .terminal import streams

FINE: Final = 0
REFUSED: Final = 1
INTERRUPTED: Final = 130
"""Exit status that a shell reports of a command that was ended by Ctrl-C: 128 and the number of SIGINT. Wrong usage is
2."""
UNHEARD: Final = 141
"""Exit status of one whose reader has gone, as in ``… | head -1``: 128 and the number of SIGPIPE."""

ADVICE: Final = {
    PermissionError: "; check its permissions, or name another place",
    FileExistsError: "; name another place, or move what is there",
    NotADirectoryError: "; wanted a folder: name another place",
    IsADirectoryError: "; wanted a file: name one",
    FileNotFoundError: "; check the path",
}
"""Advice where the system refuses."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of ``sys.argv``; its exit status.

    What is refused gets one line on standard error and no traceback; a traceback is a defect of resight.
    """
    _prepare()
    try:
        status = _run(arguments)
        sys.stdout.flush()  # here, and not when Python ends: then nobody could answer for a full disk or a closed pipe
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drain()  # whoever reads has seen enough
        return UNHEARD
    except (ResightError, OSError) as error:
        _say(f"error: {_reason(error)}")
    _drain()
    return REFUSED


def _run(arguments: Sequence[str] | None) -> int:
    from .app import app

    try:
        app(arguments, prog_name="resight")
    except SystemExit as end:  # Typer's way to end, well or not; it has told of wrong usage already
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        return end.code if isinstance(end.code, int) else FINE
    return FINE


def _prepare() -> None:
    """Settings of the whole process, which only its entry may touch."""
    streams.require_open()
    warnings.showwarning = _show
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end the run


def _say(line: str) -> None:
    from .terminal.meter import note

    note(line)


def _show(message: Warning | str, *_: object, **__: object) -> None:
    """A warning, of ours or of a library, in a line for people."""
    _say(f"note: {message}")


def _reason(error: Exception) -> str:
    """The message; that of the system without its number, and with what to do."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    advice = next((words for kind, words in ADVICE.items() if isinstance(error, kind)), "")
    place = "" if error.filename is None else f": {str(error.filename)!r}"
    return f"{error.strerror}{place}{advice}"


def _drain() -> None:
    """Write what is still buffered, or else lead it nowhere: Python tries again when it ends, and would complain."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
