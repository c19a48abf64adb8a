"""The benchmark of votes on a gallery of a few photos."""

from __future__ import annotations

import landmark_votes as benchmark
import numpy as np
import pytest
from data.long_tail import class_sizes


def test_both_give_the_same_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "alone", lambda work, *arguments: {**work(*arguments), "peak": 1})
    sizes = ["--photos", "300", "--queries", "20", "--dimensions", "16", "--sample", "3"]
    report = benchmark.main(benchmark._options().parse_args(sizes))
    assert report.data["agreed"] > 0.95  # the loop takes sums in float32
    assert "| scikit-learn in a loop | 3, extrapolated |" in report.markdown


def test_the_gallery_has_a_long_tail() -> None:
    sizes = class_sizes(10_000)
    assert (sizes.sum(), len(sizes), (sizes == 1).sum()) == (10_000, 6_090, 5_616)
    assert sizes.max() == 606
    assert np.median(sizes) == 1
