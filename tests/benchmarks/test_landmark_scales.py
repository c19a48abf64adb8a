"""The benchmark of several descriptors a photo, on descriptors that are made up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import landmark_scales as benchmark
import numpy as np
import pytest
from data.packs import Pack

from resight.io.datasets.dataset import Entry
from resight.types import Array, Head


def _near(rng: np.random.Generator, centres: Array, views: int) -> Array:
    rows = centres[:, None] + 0.3 * rng.normal(size=(len(centres), views, centres.shape[1]))
    return (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32)


def test_each_setting_is_judged_alike(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    monkeypatch.setattr(benchmark, "global_encoder", lambda name: SimpleNamespace(background=None))
    monkeypatch.setattr(benchmark, "_whitened", lambda known, rows: benchmark.head(rows, Head()))
    centres = rng.normal(size=(12, 24))
    known = tuple(Entry(f"r{row}", b"", (f"thing {row // 2}",)) for row in range(12))
    queries = tuple(Entry(f"q{row}", b"", (f"thing {row}",), "query") for row in range(6))
    asked = Pack("made up", Path("made-up"), known, queries)
    photos = benchmark.Described(
        *(_near(rng, rows, count) for count in (5, 7) for rows in (np.repeat(centres[:6], 2, axis=0), centres[:6])),
        _near(rng, centres[:2], 5),
        np.array([0, 2]),
    )
    found = benchmark.settings(photos, asked)
    assert len(found) == 14
    judged = {name: benchmark._judged(asked, scores) for name, scores in found.items()}
    assert all(right.all() and answerable.all() for right, _, answerable in judged.values())
    rows = list(benchmark._rows({name: judged[name] for name in list(judged)[:2]}))
    assert [row[0] for row in rows] == ["1", "1 + √2"]
    assert rows[0][1:] == ("1.000 (1.000–1.000)", "")
