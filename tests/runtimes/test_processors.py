"""How many processors there are to work on."""

from __future__ import annotations

import os

import pytest

from resight.runtimes.processors import available


def test_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    assert available() == 3


@pytest.mark.parametrize(("count", "found"), [(4, 4), (None, 1)])
def test_where_nobody_knows_which_all_are(monkeypatch: pytest.MonkeyPatch, count: int | None, found: int) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert available() == found
