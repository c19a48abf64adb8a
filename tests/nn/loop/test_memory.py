"""What fits is found by halving."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from resight.errors import TrainingError
from resight.nn.loop.memory import enough, fitting, is_shortage


@pytest.mark.parametrize(("room", "expected"), [(100, 20), (20, 20), (19, 10), (3, 2), (1, 1), (0, 0)])
def test_the_largest_half_that_fits(room: int, expected: int) -> None:
    tried = []

    def work(size: int) -> None:
        tried.append(size)
        if size > room:
            raise torch.OutOfMemoryError("no room")

    assert fitting(work, 40) == expected
    assert tried == sorted(tried, reverse=True)


def test_other_errors_are_told() -> None:
    def work(size: int) -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        fitting(work, 4)
    with pytest.raises(RuntimeError, match="something else"), enough(torch.device("cpu")):
        work(4)


def test_the_shortage_of_a_processor_is_one() -> None:
    """What torch and NumPy really raise: an exabyte fits nowhere."""
    with pytest.raises(RuntimeError) as torchs:
        torch.empty(10**18, dtype=torch.uint8)
    with pytest.raises(MemoryError) as numpys:
        np.empty(10**18, dtype=np.uint8)
    assert is_shortage(torchs.value)
    assert is_shortage(numpys.value)
    assert is_shortage(torch.OutOfMemoryError("no room"))
    assert not is_shortage(RuntimeError("shapes do not fit"))


def test_a_shortage_is_told_with_what_needs_less() -> None:
    told = r"cpu has too little memory for a step \(no room\): make the batch or its views smaller"
    with pytest.raises(TrainingError, match=told), enough(torch.device("cpu")):
        raise MemoryError("no room\nat all")
