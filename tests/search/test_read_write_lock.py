"""Readers go together; a writer goes alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from resight.search.read_write_lock import ReadWriteLock


def test_readers_are_inside_together() -> None:
    turns, meeting = ReadWriteLock(), threading.Barrier(3, timeout=60)

    def read(_: int) -> int:
        with turns.read():
            return meeting.wait()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(read, range(3))) == [0, 1, 2]


class Door:
    """A lock that tells when somebody has taken it."""

    def __init__(self) -> None:
        self._lock, self.held = threading.Lock(), threading.Event()

    def __enter__(self) -> None:
        self._lock.acquire()
        self.held.set()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_writer_waits_for_those_inside_and_lets_nobody_in() -> None:
    turns, order = ReadWriteLock(), []
    inside, leave, door = threading.Event(), threading.Event(), Door()
    turns._door = door

    def read(name: str) -> None:
        with turns.read():
            order.append(f"{name} in")
            inside.set()
            leave.wait(60)
            order.append(f"{name} out")

    def write() -> None:
        with turns.write():
            order.append("writer")

    first = threading.Thread(target=read, args=("first",))
    first.start()
    assert inside.wait(60)
    door.held.clear()
    writer = threading.Thread(target=write)
    writer.start()
    assert door.held.wait(60), "the writer does not come to the door"
    second = threading.Thread(target=read, args=("second",))
    second.start()
    leave.set()
    for thread in (first, writer, second):
        thread.join(60)
    assert order == ["first in", "first out", "writer", "second in", "second out"]
