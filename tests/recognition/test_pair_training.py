"""A verifier fitted to a gallery: what is judged, kept and used, and galleries that are too small."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError, ModelError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from resight.recognition import pair_training
from resight.recognition.pair_training import train_verifier
from resight.recognition.stored_fusion import store_fusion, stored_fusion
from resight.recognition.verifier import Verifier, shipped_model
from tests.galleries import Photos, quick, write


@pytest.fixture(scope="module")
def gallery(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory, few_rounds: None) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    with quick():
        index(write(folder / "photos", dict(list(known_photos.items())[:12])), folder / "known.gallery")
    return folder / "known.gallery"


@pytest.fixture(autouse=True)
def _fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_training, "ROUNDS", 50)
    monkeypatch.setattr(pair_training, "NEAR", 6)


def test_a_gallery_is_fitted_and_says_whether_that_helps(gallery: Path) -> None:
    with quick():
        found = train_verifier(gallery)
        assert found.things == 12
        assert found.views == 12  # each thing has one photo
        assert found.pairs == 12 * 7
        assert "no thing has two photos" in found.network
        assert found.used == (found.gain.low > 0)
        said = json.loads(Path(found.file).read_text(encoding="utf-8"))
        assert said["report"]["used"] is found.used
        fitted = Verifier.open(gallery).model.fusion
    assert (fitted.same == 12) == found.used


def test_a_fusion_is_weighed_by_where_it_is_said_to_help(gallery: Path) -> None:
    with open_gallery(gallery) as opened:
        identity = opened.identity
    fusion = replace(shipped_model().fusion, constant=1.25)
    store_fusion(gallery, identity, fusion, {"used": True})
    with quick():
        assert Verifier.open(gallery).model.fusion.constant == 1.25
    store_fusion(gallery, identity, fusion, {"used": False})
    assert stored_fusion(gallery, identity) is None
    file = store_fusion(gallery, "another", fusion, {"used": True})
    assert stored_fusion(gallery, identity) is None
    assert stored_fusion(gallery.with_name("other.gallery"), identity) is None
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="is no whole fusion"):
        stored_fusion(gallery, identity)
    file.unlink()


def test_too_few_things_are_refused(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_training, "LEAST", 13)
    with quick(), pytest.raises(GalleryError, match="holds 12 things; wanted 13 at least"):
        train_verifier(gallery)


def test_both_kinds_of_pairs_cost_alike() -> None:
    same = np.array([True, False, False, False])
    assert pair_training._costs(np.zeros(4), same).mean() == pytest.approx(1)  # what saying nothing costs
    assert pair_training._costs(np.zeros(4), same)[0] == pytest.approx(2)
