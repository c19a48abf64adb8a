"""The benchmark of matrices on a gallery of a few photos."""

from __future__ import annotations

import landmark_matrix as benchmark
import pytest


def test_each_gallery_has_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "alone", lambda work, *arguments: work(*arguments))
    sizes = ["--photos", "30", "60", "--queries", "4", "--dimensions", "8"]
    report = benchmark.main(benchmark._options().parse_args(sizes))
    assert {n: one["arrays"] for n, one in report.data["found"].items()} == {30: 30 * 5 * 8 * 4, 60: 60 * 5 * 8 * 4}
    assert "| 60 |" in report.markdown
