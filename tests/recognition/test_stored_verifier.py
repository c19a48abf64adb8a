"""A verifier beside its gallery: kept to the bit, another gallery's, and damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from resight.calibration import calibration
from resight.calibration.samples import concatenate
from resight.errors import ModelError
from resight.gallery.protocol import Gallery
from resight.recognition.pair_model import shipped_model
from resight.recognition.stored_verifier import StoredVerifier
from resight.verification.comparison import LOCAL

FITTED = replace(shipped_model(), fusion=replace(shipped_model().fusion, constant=1.25))
RERANKING = calibration.fit((*LOCAL, "verifier"), concatenate([], len(LOCAL) + 1), photos=5)


def gallery(folder: Path, identity: str = "this", version: int = 3) -> Gallery:
    calibrated = SimpleNamespace(version=version)
    found: Any = SimpleNamespace(
        location=folder / "a.gallery", identity=identity, calibration=lambda: calibrated if version else None
    )
    return cast(Gallery, found)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    assert StoredVerifier.of(gallery(tmp_path)) is None
    kept = StoredVerifier("this", FITTED, True, {"used": True}, 3, RERANKING)
    assert kept.store(tmp_path / "a.gallery") == tmp_path / "a.gallery-verifier"
    again = StoredVerifier.of(gallery(tmp_path))
    assert again is not None
    assert again.model.fusion.to_dict() == FITTED.fusion.to_dict()
    assert again.model.network is not None
    assert FITTED.network is not None
    for one, other in zip(again.model.network.weights, FITTED.network.weights, strict=True):
        np.testing.assert_array_equal(one, other)  # what ships is of half precision already
    assert again.reranking is not None
    np.testing.assert_array_equal(again.reranking.weights, RERANKING.weights)
    assert again.report == {"used": True}


def test_it_weighs_and_reranks_where_it_was_found_to_help(tmp_path: Path) -> None:
    kept = StoredVerifier("this", FITTED, False, {}, 3, RERANKING)
    assert kept.model is shipped_model()
    assert kept.reranks(gallery(tmp_path))
    assert not kept.reranks(gallery(tmp_path, version=4))  # calibrated anew since
    assert not kept.reranks(gallery(tmp_path, version=0))
    assert not replace(kept, reranking=None).reranks(gallery(tmp_path))


def test_another_gallerys_is_none_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    file = StoredVerifier("this", replace(FITTED, network=None), True, {}).store(tmp_path / "a.gallery")
    assert StoredVerifier.of(gallery(tmp_path, "another")) is None
    bare = StoredVerifier.of(gallery(tmp_path))
    assert bare is not None
    assert bare.model.network is None
    assert bare.reranking is None
    for content in (b"{}", file.read_bytes()[:-40], b""):
        file.write_bytes(content)
        with pytest.raises(ModelError, match="is no whole verifier"):
            StoredVerifier.of(gallery(tmp_path))
