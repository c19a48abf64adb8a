"""Signals: the first asks, the second acts as ever, and afterwards all is as before.

They are raised in this thread: one that is sent to the process may reach another thread first, and this one late.
"""

from __future__ import annotations

import signal
import threading

import pytest

from resight.cli.terminal.interruption import SIGNALS, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_a_first_signal_only_asks(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with interruptible() as asked:
        assert not asked()
        signal.raise_signal(number)
        assert asked()
        assert [signal.getsignal(each) for each in SIGNALS] == before
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_second_signal_acts_as_ever() -> None:
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background shells let it be ignored
    try:
        _interrupt_twice()
    finally:
        signal.signal(signal.SIGINT, ignored)


def _interrupt_twice() -> None:
    with interruptible() as asked:
        signal.raise_signal(signal.SIGINT)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_without_a_signal_all_is_as_before() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(RuntimeError, match="other"), interruptible():
        raise RuntimeError("other")
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_another_thread_is_never_asked() -> None:
    said: list[bool] = []

    def work() -> None:
        with interruptible() as asked:
            said.append(asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == [False]
