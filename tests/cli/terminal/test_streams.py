"""Closed standard streams are borne, and no file takes their place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="closes streams as POSIX does")
REPOSITORY = Path(__file__).resolve().parents[3]


def closing(*numbers: int) -> Any:
    """What a process does before it runs a command, as ``>&-`` in a shell."""
    return lambda: [os.close(number) for number in numbers]


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_file_gets_another_number(tmp_path: Path, closed: tuple[int, ...]) -> None:
    code = """
import sys
from resight.cli.terminal import streams
streams.require_open()
with open("said", "w") as said:
    print(said.fileno(), sys.stdin.isatty(), file=said)
print("out")
print("talk", file=sys.stderr)
"""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=environment,
        preexec_fn=closing(*closed),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    number, is_terminal = (tmp_path / "said").read_text().split()
    assert int(number) > 2
    assert is_terminal == "False"


def test_work_is_done_whoever_listens(shell: Any, museum: Path, gallery: Path) -> None:
    assert shell("index", museum, "-g", gallery, preexec_fn=closing(0, 1, 2)).status == 0
    assert shell("gallery", "list", gallery, preexec_fn=closing(1)) == shell("gallery", "list", gallery, stdout=-3)


def test_no_photo_comes_from_a_closed_stream(shell: Any, indexed: Path) -> None:
    told = shell("recognise", "-", "-g", indexed, preexec_fn=closing(0))
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: -: cannot read the photo: found an empty file")
