"""The benchmark of all tables on galleries of a few photos."""

from __future__ import annotations

from pathlib import Path

import landmark_growth as benchmark
import pytest


def test_each_gallery_has_its_row_and_its_point(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(benchmark, "alone", lambda work, *arguments: {**work(*arguments), "peak": 1 << 20})
    sizes = ["--photos", "30", "60", "--queries", "6", "--dimensions", "8", "--figure", str(tmp_path / "growth.png")]
    report = benchmark.main(benchmark._options().parse_args(sizes))
    assert {n: one["arrays"] for n, one in report.data["found"].items()} == {30: 30 * 5 * 8 * 4, 60: 60 * 5 * 8 * 4}
    assert "| 60 |" in report.markdown
    assert (tmp_path / "growth.png").stat().st_size > 1000
