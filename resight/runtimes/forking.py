"""Native work and forks: no thread of ours is inside an engine when another thread forks the process.

A forked child has the forking thread alone. Whatever lock another thread held then, in OpenVINO, faiss, OpenCV or
SQLite, is locked in the child for ever, and nobody is left to open it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from resight.errors import ResightError

PATIENCE: Final = 10.0
"""Seconds that a fork waits for running work to end; a network's slowest run takes about one."""


class Forks:
    """Work that a fork waits for: what begins meanwhile waits for the fork, what takes longer spoils the child."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._changed = threading.Condition()
        self._own = threading.local()
        self._running = self._forking = 0
        self._spoilt = False

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Other threads do not fork inside; a section may lie in another, but must not wait for another thread's.

        Raises ResightError in a child that was forked off while such work went on.
        """
        if self._spoilt:
            raise ResightError(
                "this process was forked off while another thread was at work, and would wait for it for ever: "
                'fork before that thread begins, or use multiprocessing.get_context("spawn")'
            )
        if getattr(self._own, "inside", False):
            yield
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._forking)
            self._running += 1
        self._own.inside = True
        try:
            yield
        finally:
            self._own.inside = False
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def before(self) -> None:
        """Let nobody in, and wait for those inside, but for the thread that forks."""
        own = int(getattr(self._own, "inside", False))
        with self._changed:
            self._forking += 1
            self._own.clean = self._changed.wait_for(lambda: self._running <= own, self.patience)

    def after_in_parent(self) -> None:
        """Let the parent of the fork in again."""
        with self._changed:
            self._forking -= 1
            self._changed.notify_all()

    def after_in_child(self) -> None:
        """Keeps the thread that forked, the only one that is left, inside where it was inside."""
        self._spoilt = self._spoilt or not self._own.clean
        self._running, self._forking = int(getattr(self._own, "inside", False)), 0
        self._changed = threading.Condition()  # the old one may have been held by another thread


_FORKS: Final = Forks()
held_off: Final = _FORKS.held_off

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_FORKS.before, after_in_parent=_FORKS.after_in_parent, after_in_child=_FORKS.after_in_child
    )
