"""Work in a process of its own."""

from __future__ import annotations

import os

import numpy as np
import pytest
from running.child import alone, peak


def test_the_result_comes_back_with_the_memory_it_took() -> None:
    held = np.ones(150_000_000, np.uint8)  # the parent's memory is not the child's
    found = alone(dict, [("a", 1)])
    assert found["a"] == 1
    assert 5e6 < found["peak"] < peak() - 100e6
    assert held.all()


def test_it_is_another_process() -> None:
    assert alone(_processes)["id"] != os.getpid()


def _processes() -> dict[str, int]:
    return {"id": os.getpid()}


def test_a_failure_is_told() -> None:
    with pytest.raises(ValueError, match="dictionary update sequence"):
        alone(dict, ["abc"])
