"""Fingerprints that are kept: nothing is looked at twice, and what is damaged is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resight.errors import TrainingError
from resight.evaluation.print_cache import fingerprints
from resight.io import images
from resight.io.datasets.entries import Entry
from resight.progress import finished


def test_only_what_is_lacking_is_looked_at(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    entries = [Entry(f"{n}.png", tmp_path / f"{n}.png") for n in range(3)]
    for entry in entries[:2]:
        Image.fromarray(rng.integers(0, 255, (20, 30, 3), np.uint8)).save(tmp_path / entry.name)
    (tmp_path / "2.png").write_bytes(b"no photo")
    keys, file = [bytes([n]) * 8 for n in range(3)], tmp_path / "kept" / "looks.npz"
    found = finished(fingerprints(entries[:2], keys[:2], file))
    assert found.tolist() == [images.fingerprint(entry.photo().image) for entry in entries[:2]]
    (tmp_path / "0.png").unlink()
    again = finished(fingerprints(entries[::-1], keys[::-1], file))
    assert again.tolist() == [0, *found[::-1].tolist()]
    file.write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="holds no fingerprints"):
        finished(fingerprints(entries, keys, file))
