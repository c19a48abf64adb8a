"""Readers and a writer of one thing in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock


class ReadWriteLock:
    """A lock for any number of readers, or one writer, which waits for those inside and lets nobody in meanwhile."""

    def __init__(self) -> None:
        self._door = Lock()
        self._changed = Condition()
        self._inside = 0

    @contextmanager
    def read(self) -> Iterator[None]:
        """Be inside with other readers."""
        with self._door, self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def write(self) -> Iterator[None]:
        """Be inside alone."""
        with self._door:
            with self._changed:
                self._changed.wait_for(lambda: not self._inside)
            yield
