"""What fits is found by halving."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from resight.nn.memory import fitting


@pytest.mark.parametrize(("room", "expected"), [(100, 20), (20, 20), (19, 10), (3, 2), (1, 1), (0, 0)])
def test_the_largest_half_that_fits(room: int, expected: int) -> None:
    tried = []

    def work(rows: Tensor, labels: Tensor) -> None:
        assert len(rows) == len(labels)
        tried.append(len(rows))
        if len(rows) > room:
            raise torch.OutOfMemoryError("no room")

    assert fitting(work, (torch.zeros(40, 2), torch.zeros(40))) == expected
    assert tried == sorted(tried, reverse=True)


def test_other_errors_are_told() -> None:
    def work(rows: Tensor) -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        fitting(work, (torch.zeros(4),))
