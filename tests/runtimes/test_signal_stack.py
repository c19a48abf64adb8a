"""A thread's stack for signals: what compiling a network leaves of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets OpenVINO change it")

RELEASED_ELSEWHERE = """
import signal, threading
from resight.features.encoder import HOUSE
from resight.io import model_folder as models
from resight.runtimes.openvino import Backbone
held = [Backbone(models.load(HOUSE).backbone, threads=1)]
thread = threading.Thread(target=held.clear)
thread.start()
thread.join()
heard = []
signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
signal.raise_signal(signal.SIGTERM)
assert heard == [signal.SIGTERM]
"""

ANOTHER = """
import ctypes
from resight.runtimes.signal_stack import _Stack, kept
system, size = ctypes.CDLL(None), 1 << 16
memory = [ctypes.create_string_buffer(size) for _ in range(2)]
def set(number):
    stack = _Stack(ctypes.addressof(memory[number]), 0, size)
    assert system.sigaltstack(ctypes.byref(stack), None) == 0
def now():
    stack = _Stack()
    system.sigaltstack(None, ctypes.byref(stack))
    return stack.pointer
for before in (None, 0):
    if before is not None:
        set(before)
    was = now()
    with kept():
        set(1)
        assert now() == ctypes.addressof(memory[1])
    assert now() == was
"""


@pytest.mark.parametrize("code", [RELEASED_ELSEWHERE, ANOTHER])
def test_a_thread_keeps_the_stack_that_it_had(code: str) -> None:
    """In a process of its own, which a signal on a stack that is gone would kill."""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
