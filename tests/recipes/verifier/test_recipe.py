"""The verifier recipe on a few real photos: what it writes can be weighed by, and figures are of held-out things."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.features.similarity_network import SimilarityNetwork
from resight.io import arrays
from resight.progress import Progress, finished
from resight.recipes.verifier import recipe
from resight.recipes.verifier.config import VerifierConfig
from resight.recipes.verifier.recipe import judged
from resight.verification.fusion import PARTS, Fusion
from tests.galleries import Photos, quick, write

SMALL = VerifierConfig(learned=7, fitted=6, backdrops=2, views=2, near=2, epochs=1, batch=32, families=1, sisters=2)


def test_what_is_fitted_can_be_weighed_by(
    known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "ROUNDS", 20)
    folder = write(tmp_path / "photos", known_photos)
    seen: list[Progress] = []
    with quick():
        report = finished(recipe.run(folder, tmp_path / "out", SMALL), seen.append)
    said = json.loads((tmp_path / "out" / "fusion.json").read_text(encoding="utf-8"))
    fusion = Fusion.from_dict(said)
    assert (fusion.same, fusion.different) == (8 * 2, 8 * 2 * 3)  # six photos and two sisters
    assert said["fitted_on"] == report
    network = SimilarityNetwork.from_arrays(recipe.INPUT, arrays.read(tmp_path / "out" / "network.npz"))
    assert np.isfinite(network.log_odds(*np.zeros((2, 3, network.dimension), np.float32))).all()
    assert {"descriptors", "network", "photos", "pairs", "fit"} <= {step.stage for step in seen}


def test_figures_are_of_things_that_a_fit_did_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points that tell the pairs of even things one way and those of odd ones the other are worth nothing."""
    monkeypatch.setattr(recipe, "ROUNDS", 20)
    rng = np.random.default_rng(0)
    ends = rng.integers(60, size=(3000, 2))
    ends[:600, 1] = ends[:600, 0]
    same = ends[:, 0] == ends[:, 1]
    evidence = np.zeros((3000, len(PARTS)))
    evidence[:, 0] = np.where(same == (ends[:, 0] % 2 == 0), 1.0, -1.0) + 0.1 * rng.standard_normal(3000)
    assert judged(evidence, same, ends, seed=0)["auc"]["value"] < 0.6
    evidence[:, 0] = np.where(same, 1.0, -1.0) + 0.1 * rng.standard_normal(3000)
    found = judged(evidence, same, ends, seed=0)
    assert found["auc"]["value"] > 0.99
    assert found["cllr"] < 0.1
    assert found["ece"] < 0.05


def test_too_few_photos_are_refused(known_photos: Photos, tmp_path: Path) -> None:
    folder = write(tmp_path / "photos", dict(list(known_photos.items())[:3]))
    with pytest.raises(DatasetError, match="holds 3 photos that can be read, wanted 15: add some"):
        finished(recipe.run(folder, tmp_path / "out", SMALL))
