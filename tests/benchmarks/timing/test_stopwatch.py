"""The stopwatch by a clock that ticks once at each look."""

from __future__ import annotations

from itertools import count
from types import ModuleType

import pytest
from timing.stopwatch import Stopwatch


@pytest.fixture
def watch() -> Stopwatch:
    ticks = count()
    return Stopwatch(lambda: float(next(ticks)))


def test_a_stage_is_not_charged_for_the_stages_inside_it(watch: Stopwatch) -> None:
    with watch.timing("outer"):  # 0
        with watch.timing("inner"):  # 1
            pass  # 2
        with watch.timing("inner"), watch.timing("innermost"):  # 3, 4
            pass  # 5, 6
    assert watch.seconds == {"outer": 7 - 1 - 3, "inner": 1 + 3 - 1, "innermost": 1}  # 7


def test_a_stage_inside_itself_is_charged_once(watch: Stopwatch) -> None:
    with watch.timing("a"), watch.timing("a"):
        pass
    assert watch.seconds == {"a": 3}


def test_functions_are_watched_and_given_back(watch: Stopwatch) -> None:
    class Owner:
        def double(self, value: int) -> int:
            return 2 * value

    module = ModuleType("module")
    module.add = lambda a, *, b: a + b  # type: ignore[attr-defined]
    originals = Owner.double, module.add
    with watch.watching({(Owner, "double"): "one", (module, "add"): "two"}):
        assert Owner().double(4) == 8
        assert module.add(1, b=2) == 3
    assert watch.seconds == {"one": 1, "two": 1}
    assert (Owner.double, module.add) == originals


def test_a_failure_is_timed_and_everything_given_back(watch: Stopwatch) -> None:
    def failing() -> None:
        raise KeyError("gone")

    module = ModuleType("module")
    module.work = failing  # type: ignore[attr-defined]
    with pytest.raises(KeyError), watch.watching({(module, "work"): "work"}):
        module.work()
    assert module.work is failing
    assert watch.seconds == {"work": 1}
