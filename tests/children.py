"""Functions in processes of their own, which begin with torch, OpenVINO and resight loaded: that takes seconds."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from io import TextIOBase
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 300
"""Seconds without a word after which a child is given up."""


class Child:
    """A function of a test module that runs in a process of its own, where warnings are errors.

    Attributes
    ----------
    out, err : what it has printed, and its errors, as far as they were heard.
    """

    def __init__(self, function: Callable[..., None], *arguments: object, environment: Mapping[str, str] = os.environ):
        self.out = self.err = ""
        self._heard, said = _context().Pipe(duplex=False)
        self._process = _context().Process(target=_run, args=(said, dict(environment), function, arguments))
        self._process.start()
        said.close()  # so that nothing more is to be heard once the child has ended

    def lines(self, count: int) -> list[str]:
        """The first lines that it prints; fewer where it ends before."""
        while self.out.count("\n") < count and self._hear():
            pass
        return self.out.splitlines(keepends=True)[:count]

    def kill(self) -> int:
        """Kill it, and give its exit status, which is negative."""
        self._process.kill()
        return self.end()

    def end(self) -> int:
        """Hear all that it says until it has ended, and give its exit status."""
        while self._hear():
            pass
        self._heard.close()
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def _hear(self) -> bool:
        if not self._heard.poll(PATIENCE):
            self._process.kill()
        try:
            stream, text = self._heard.recv()
        except (EOFError, OSError):  # the end of what is said, or of a word that a kill cut off
            return False
        setattr(self, stream, getattr(self, stream) + text)
        return True


class _Mouth(TextIOBase):
    """A stream of a child, heard by its parent."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection, self._stream = connection, stream

    def write(self, text: str) -> int:
        self._connection.send((self._stream, text))
        return len(text)


def _run(
    said: Connection, environment: dict[str, str], function: Callable[..., None], arguments: tuple[object, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.stdout, sys.stderr = _Mouth(said, "out"), _Mouth(said, "err")
    warnings.simplefilter("error")
    try:
        function(*arguments)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


@cache
def _context() -> Any:
    """Forks of one process that has loaded what children need; where there are none, they load it themselves."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        patch.setenv("OMP_NUM_THREADS", "1")
        forkserver.ensure_running()
    return context
