"""Readers go together; a writer goes alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from resight.turns import Turns


def test_readers_are_inside_together() -> None:
    turns, meeting = Turns(), threading.Barrier(3, timeout=10)

    def read(_: int) -> int:
        with turns.together():
            return meeting.wait()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(read, range(3))) == [0, 1, 2]


def test_a_writer_waits_for_those_inside_and_lets_nobody_in() -> None:
    turns, order = Turns(), []
    inside, leave = threading.Event(), threading.Event()

    def read(name: str) -> None:
        with turns.together():
            order.append(f"{name} in")
            inside.set()
            leave.wait(10)
            order.append(f"{name} out")

    def write() -> None:
        with turns.alone():
            order.append("writer")

    first = threading.Thread(target=read, args=("first",))
    first.start()
    inside.wait(10)
    writer = threading.Thread(target=write)
    writer.start()
    while not turns._door.locked():
        pass  # the writer is at the door
    second = threading.Thread(target=read, args=("second",))
    second.start()
    leave.set()
    for thread in (first, writer, second):
        thread.join(10)
    assert order == ["first in", "first out", "writer", "second in", "second out"]
