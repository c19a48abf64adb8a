"""BLAS's threads inside and after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from resight.runtimes import blas


def threads() -> int:
    found = ThreadpoolController().select(user_api="blas").info()
    counts = {library["num_threads"] for library in found if library["threading_layer"] == "pthreads"}
    if not counts:
        pytest.skip("NumPy's BLAS has no threads of its own here")
    return max(counts)


def test_one_thread_inside_and_as_many_as_before_outside() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with blas.one_thread():
            assert threads() == 1
            with blas.one_thread():
                assert threads() == 1
            assert threads() == 1, "the inner one has put back what the outer one needs"
        assert threads() == before


def test_put_back_after_an_error() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with pytest.raises(ZeroDivisionError), blas.one_thread():
            _ = 1 // int(np.zeros(1)[0] == 1)
        assert threads() == before


def test_the_last_thread_to_leave_puts_back() -> None:
    entered, left = Barrier(2, timeout=60), Barrier(2, timeout=60)

    @blas.one_thread()
    def first() -> int:
        entered.wait()
        left.wait()
        return threads()

    @blas.one_thread()
    def second() -> None:
        entered.wait()

    with threadpool_limits(2, user_api="blas"), ThreadPoolExecutor(2) as workers:
        before = threads()
        stays, goes = workers.submit(first), workers.submit(second)
        goes.result(60)
        left.wait()
        assert stays.result(60) == 1
        assert threads() == before


def test_who_wants_the_threads_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(blas.KEEP, "1")
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with blas.one_thread():
            assert threads() == before
        assert threads() == before
