"""Readers go together; a writer goes alone.

That somebody does not come in is looked at for GRACE seconds: a lock that is right never fails for want of time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

from resight.search.read_write_lock import ReadWriteLock

PATIENCE = 20
"""Seconds after which a lock that does not open, or does not close, fails its test."""

GRACE = 0.1


@contextmanager
def entering(door: Callable[[], AbstractContextManager[None]]) -> Iterator[threading.Event]:
    """Somebody in a thread who comes in and goes out at once; the event says that he was inside, as after the block."""
    inside = threading.Event()

    def enter() -> None:
        with door():
            inside.set()

    threading.Thread(target=enter, daemon=True).start()
    yield inside
    assert inside.wait(PATIENCE), "he never comes in"


def test_readers_are_inside_together() -> None:
    lock, meeting = ReadWriteLock(), threading.Barrier(3, timeout=PATIENCE)

    def read(_: int) -> int:
        with lock.read():
            return meeting.wait()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(read, range(3))) == [0, 1, 2]


def test_a_writer_waits_for_the_reader_inside() -> None:
    lock = ReadWriteLock()
    reading = lock.read()
    reading.__enter__()
    with entering(lock.write) as written:
        assert not written.wait(GRACE)
        reading.__exit__(None, None, None)


@pytest.mark.parametrize("kind", ["read", "write"])
def test_while_a_writer_is_inside_nobody_comes_in(kind: str) -> None:
    lock = ReadWriteLock()
    writing = lock.write()
    writing.__enter__()
    with entering(getattr(lock, kind)) as inside:
        assert not inside.wait(GRACE)
        writing.__exit__(None, None, None)


def test_a_writer_who_waits_lets_nobody_in() -> None:
    """Else readers who come one after another would keep him out for ever."""
    lock, end = ReadWriteLock(), time.monotonic() + PATIENCE
    reading = lock.read()
    reading.__enter__()
    with entering(lock.write):
        while True:  # until the writer is at the door
            with entering(lock.read) as late:
                if held_up := not late.wait(GRACE):
                    reading.__exit__(None, None, None)
            if held_up:
                break
            assert time.monotonic() < end, "readers come in although a writer waits"


@pytest.mark.parametrize("kind", ["read", "write"])
def test_who_fails_inside_leaves_the_door_open(kind: str) -> None:
    lock = ReadWriteLock()
    with pytest.raises(ValueError, match="inside"), getattr(lock, kind)():
        raise ValueError("inside")
    with entering(lock.write):
        pass
