"""A command that is ended from outside clears up after itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from resight.cli.terminal.ending import SIGNALS, in_order


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_block_with_its_status(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as end, in_order():
            signal.raise_signal(number)
        assert end.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(SIGNALS[-1], signal.SIG_IGN)
    try:
        with in_order():
            signal.raise_signal(SIGNALS[-1])
            assert signal.getsignal(SIGNALS[-1]) is signal.SIG_IGN
        assert signal.getsignal(SIGNALS[-1]) is signal.SIG_IGN
    finally:
        signal.signal(SIGNALS[-1], before)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_evaluation_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    for place in ("reference/a/1.png", "reference/b/1.png", "query/a/2.png"):
        (tmp_path / "set" / place).parent.mkdir(parents=True)
        Image.effect_noise((320, 240), 90).save(tmp_path / "set" / place)
    (tmp_path / "scratch").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "scratch")}
    command = [sys.executable, "-m", "resight", "evaluate", str(tmp_path / "set")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            end = time.monotonic() + 120
            while not list((tmp_path / "scratch").glob("*/*.gallery")):
                assert child.poll() is None
                assert time.monotonic() < end
                time.sleep(0.01)
            child.terminate()
            child.communicate(timeout=120)
        finally:
            child.kill()
    assert (child.returncode, list((tmp_path / "scratch").iterdir())) == (143, [])
