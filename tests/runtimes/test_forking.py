"""Forks wait for work that goes on, keep new work waiting, and leave a child that knows where it stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from resight.errors import ResightError
from resight.runtimes.forking import Forks


@contextmanager
def _at_work(forks: Forks) -> Iterator[threading.Event]:
    """Another thread is inside, until it is told to leave."""
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with forks.held_off():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert inside.wait(60)
        yield leave
    finally:
        leave.set()
        thread.join()


def _works(forks: Forks) -> bool:
    with forks.held_off():
        return True


def test_a_fork_waits_for_work_and_the_next_work_for_the_fork() -> None:
    forks, order = Forks(patience=60), list[str]()

    def fork() -> None:
        forks.before()
        order.append("forked")
        forks.after_in_parent()

    def next_work() -> None:
        with forks.held_off():
            order.append("worked")

    with _at_work(forks) as leave:
        forking = threading.Thread(target=fork)
        forking.start()
        while not forks._forking:
            assert forking.is_alive()
            time.sleep(0.001)
        working = threading.Thread(target=next_work)
        working.start()
        assert order == []
        leave.set()
        forking.join()
        working.join()
    assert order == ["forked", "worked"]


def test_the_child_of_a_fork_that_waited_in_vain_refuses() -> None:
    forks = Forks(patience=0.0)
    with _at_work(forks):
        forks.before()
        forks.after_in_child()
        with pytest.raises(ResightError, match=r'forked off while another thread was at work.*get_context\("spawn"\)'):
            _works(forks)
        forks.before()  # its own children are no better off
        forks.after_in_child()
        with pytest.raises(ResightError, match="forked off"):
            _works(forks)


def test_the_parent_of_a_fork_that_waited_in_vain_works_on() -> None:
    forks = Forks(patience=0.0)
    with _at_work(forks):
        forks.before()
        forks.after_in_parent()
        assert _works(forks)


def test_a_thread_may_fork_inside_its_own_work() -> None:
    forks = Forks(patience=0.0)
    with forks.held_off(), forks.held_off():
        forks.before()
        forks.after_in_child()
        assert _works(forks)
    forks.before()
    forks.after_in_child()
    assert _works(forks)


def test_a_failed_piece_of_work_holds_no_fork_up() -> None:
    forks = Forks(patience=0.0)
    with pytest.raises(ValueError, match="bad"), forks.held_off():
        raise ValueError("bad")
    forks.before()
    forks.after_in_child()
    assert _works(forks)
