"""The timer adds up by name."""

from __future__ import annotations

import pytest

from resight.nn.loop import timer
from resight.nn.loop.timer import Timer


def test_seconds_add_up_by_name_until_they_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 5.0, 7.0, 10.0, 10.5])
    monkeypatch.setattr(timer.time, "perf_counter", lambda: next(now))
    one = Timer()
    for name in ("waiting", "learning", "waiting"):
        with one.running(name):
            pass
    assert one.taken() == {"waiting": 1.5, "learning": 2.0}
    assert one.taken() == {}


def test_what_other_clocks_have_taken_is_added_and_shared() -> None:
    one = Timer()
    assert one.share("waiting") == 0
    one.add({"waiting": 1.0, "learning": 2.0})
    one.add({"learning": 1.0})
    assert one.share("waiting") == 0.25
