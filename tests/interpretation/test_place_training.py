"""A small network learns two places that colours tell apart, and goes on where it was stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.interpretation.config import PRESETS
from resight.interpretation.place_training import learned, scores
from resight.progress import finished
from resight.training.interruption import StopRequested

CONFIG = replace(PRESETS["cpu"], side=28, epochs=6, batch=8, rate=0.001, every=5)


def _learned(tiny: Any, coloured: Any, folder: Path, **options: Any) -> Any:
    photos, labels = coloured
    rows = np.arange(16)
    classifier = tiny()
    job = learned(
        *(classifier, photos, labels, rows, np.arange(16, 20), CONFIG, folder),
        **{"seed": 0, "identity": {}, "stage": "network", **options},
    )
    return finished(job)


def test_it_learns_and_goes_on(tiny: Any, coloured: Any, tmp_path: Path) -> None:
    asked = iter([False, True])
    with pytest.raises(StopRequested):
        _learned(tiny, coloured, tmp_path, stop=lambda: next(asked, True))
    found = _learned(tiny, coloured, tmp_path)
    photos, labels = coloured
    said = scores(found, photos[20:], side=28)
    assert np.allclose(said.sum(axis=1), 1)
    assert (said.argmax(axis=1) == labels[20:]).all()
