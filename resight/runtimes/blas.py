"""NumPy's linear algebra on one thread, where other engines want the processors.

OpenBLAS's own threads wait for the next product by spinning, some 20 ms after each one. Between the small products of a
recognition they take the processors from SIFT and from the search: on 2 cores an answer took 165 ms with them and 115
without. The number of threads is the process's: while photos are described or compared, another thread's products are
computed on one thread as well. Who has such products to compute sets KEEP in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Final

from threadpoolctl import ThreadpoolController

KEEP: Final = "RESIGHT_KEEP_BLAS_THREADS"
"""The variable in the environment by which, set to anything, OpenBLAS keeps its threads."""

_door = Lock()
_before: list[int] = []
_inside = 0


def _begin_anew() -> None:
    """Counts anew in a forked child: nobody is inside there, whoever of the parent's threads was."""
    global _door, _inside
    if _inside:
        _set(_before)
    _door, _inside = Lock(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep every OpenBLAS to one thread inside, unless KEEP is set; the last thread to leave puts things back."""
    global _inside
    if os.environ.get(KEEP):
        yield
        return
    with _door:
        if not _inside:
            _before[:] = [library.num_threads for library in _spinning()]
            _set([1] * len(_before))
        _inside += 1
    try:
        yield
    finally:
        with _door:
            _inside -= 1
            if not _inside:
                _set(_before)


def _set(counts: list[int]) -> None:
    for library, count in zip(_spinning(), counts, strict=True):
        # The number is the process's, and threadpoolctl lets only the thread that first set it set it again, while
        # here the thread that leaves last need not be the one that entered first; the door keeps them in order.
        library.clear_controlling_thread(force=True)
        library.set_num_threads(count)
        library.clear_controlling_thread(force=True)


@cache
def _spinning() -> list[Any]:
    """The OpenBLAS in this process that keep threads of their own; one on OpenMP shares them with faiss."""
    found = ThreadpoolController().select(internal_api="openblas").lib_controllers
    return [library for library in found if library.threading_layer == "pthreads"]
