"""The stack on which a thread takes signals, kept as it is where a library would leave one that is gone.

OpenVINO gives the thread that compiles a network a stack of its own for signals, and frees it with the last network. A
thread that still has it then dies of the next signal: Ctrl-C would end a training without its checkpoint.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_DISABLED: Final = 2
"""SS_DISABLE: signals are taken on the thread's ordinary stack."""


class _Stack(ctypes.Structure):
    """Linux's ``stack_t``."""

    _fields_ = (("pointer", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


@contextmanager
def kept() -> Iterator[None]:
    """Give this thread back at the end the stack for signals that it had; one that became too small is left out."""
    if sys.platform != "linux":
        yield
        return
    system = ctypes.CDLL(None)
    before = _Stack()
    system.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        if system.sigaltstack(ctypes.byref(before), None):
            system.sigaltstack(ctypes.byref(_Stack(None, _DISABLED, 0)), None)
