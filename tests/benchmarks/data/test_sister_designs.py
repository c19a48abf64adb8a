"""Designs: sisters are alike but for what tells them apart, and the same seed draws the same."""

from __future__ import annotations

import numpy as np
import pytest
from data.sister_designs import DESIGNS

MOST: dict[str, float] = {"page": 0.5, "packaging": 0.5}
"""Share of pixels that may differ, where it is not a tenth: pages have another text, boxes another colour."""


@pytest.mark.parametrize("design", DESIGNS)
def test_sisters_are_alike_but_for_what_tells_them_apart(design: str) -> None:
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    drawn = DESIGNS[design](np.random.default_rng(0), 3)
    first, second, third = (np.asarray(picture) for picture in drawn.values())
    for one, other in ((first, second), (first, third), (second, third)):
        differing = (one != other).any(axis=2).mean()
        assert 0.0005 < differing < MOST.get(design, 0.1)
    assert 500 < min(first.shape[:2]) <= max(first.shape[:2]) < 1500
    assert len(drawn) == 3


def test_a_seed_draws_the_same() -> None:
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    once, again = (DESIGNS["card"](np.random.default_rng(3), 3) for _ in range(2))
    assert list(once) == list(again)
    assert all(np.array_equal(once[name], again[name]) for name in once)
