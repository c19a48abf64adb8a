"""What is timed beside one another gives one map: else the ratio of two costs would mean nothing."""

from __future__ import annotations

import numpy as np
import pytest
from timing import map_costs as benchmark
from timing.map_costs import Given

from resight.features.encoder import encoders
from resight.features.head import gallery_head, head
from resight.types import Head


@pytest.fixture
def given(rng: np.random.Generator) -> Given:
    """A small map, and a head that whitens."""
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    rows = np.maximum(rng.normal(size=(90, 24)), 0).astype(np.float32)
    settings = gallery_head(head(rows, Head()))
    assert settings.whitening is not None
    values = np.maximum(rng.normal(size=(4, 5, 24)), 0).astype(np.float32)
    return Given(values, head(rows[0], settings), settings, encoders(["house"])[0])


def test_back_propagation_gives_the_closed_form_s_map(given: Given) -> None:
    found, wanted = given.by_formula(), given.by_torch()
    assert found.shape == wanted.shape == benchmark.SHAPE
    assert found.max() > 0
    np.testing.assert_allclose(found, wanted, atol=1e-5 * found.max())


def test_all_three_are_timed_on_the_one_map(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "ROUNDS", 2)
    works = given.works("small")
    assert list(works) == [
        "similarity, small",
        "Grad-CAM in closed form, small",
        "Grad-CAM by back-propagation, small",
    ]
    assert all(work().shape == benchmark.SHAPE for work in works.values())
    assert all(len(benchmark.timed(work)) == 2 for work in works.values())
