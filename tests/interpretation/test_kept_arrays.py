"""What is kept comes back for what it was made of, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.errors import TrainingError
from resight.interpretation.kept_arrays import digest_of, load_arrays, save_arrays


def test_it_comes_back_for_the_same(tmp_path: Path) -> None:
    made_of = {"photos": "a", "seed": 1}
    assert load_arrays(tmp_path, "maps", made_of) is None
    save_arrays(tmp_path, "maps", made_of, {"heat": np.eye(3)})
    found = load_arrays(tmp_path, "maps", {"seed": 1, "photos": "a"})
    assert found is not None
    assert (found["heat"] == np.eye(3)).all()
    assert load_arrays(tmp_path, "maps", {**made_of, "seed": 2}) is None


def test_damage_is_told(tmp_path: Path) -> None:
    save_arrays(tmp_path, "maps", {}, {"heat": np.eye(3)})
    file = tmp_path / f"maps-{digest_of({})}.npz"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(TrainingError, match="remove it"):
        load_arrays(tmp_path, "maps", {})
