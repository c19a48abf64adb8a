"""A verifier fitted to a gallery: what is judged, kept and used, and galleries that are too small."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from resight.recognition.recogniser import Recogniser
from resight.recognition.stored_verifier import StoredVerifier
from resight.recognition.verifier import Verifier
from resight.training.verifier import gallery_pairs, judgement, train
from resight.training.verifier.train import train_verifier
from tests.galleries import Photos, quick, write


@pytest.fixture(scope="module")
def gallery(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory, few_rounds: None) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    with quick():
        index(write(folder / "photos", dict(list(known_photos.items())[:10])), folder / "known.gallery")
    return folder / "known.gallery"


@pytest.fixture(autouse=True)
def _fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "ROUNDS", 30)
    monkeypatch.setattr(gallery_pairs, "NEAR", 3)
    monkeypatch.setattr(train, "LEAST", 10)


def test_a_gallery_is_fitted_and_says_where_that_helps(gallery: Path) -> None:
    with quick():
        found = train_verifier(gallery)
        assert (found.things, found.views, found.pairs) == (10, 10, 6 * 3 + 4 * 4)  # folds of three things and of four
        [note] = found.notes
        assert note.endswith("the one that ships: no thing with two photos or more to learn from, wanted 30")
        assert found.recognition is not None
        assert found.recognition.photos == 10
        assert found.used == (found.verification.gain.low > 0)
        with open_gallery(gallery) as opened:
            kept = StoredVerifier.of(opened)
        assert kept is not None
        assert kept.used is found.used
        assert (kept.reranking is not None) == found.reranks
        with Verifier.open(gallery) as verifier:
            assert (verifier.model.fusion.same == 10) == found.used
        with Recogniser.open(gallery) as recogniser:
            assert recogniser.info()["verifier"]["reranks"] == found.reranks
            assert (recogniser.reranking is not None) == found.reranks


def test_a_gallery_that_is_not_calibrated_is_not_tried(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recogniser, "unfinished", property(lambda self: "holds more than it was calibrated to"))
    with quick():
        found = train_verifier(gallery)
    assert found.recognition is None
    assert not found.reranks
    assert found.notes[-1].startswith("not tried in `recognise`: the gallery is not calibrated")


def test_too_few_things_are_refused(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LEAST", 11)
    with quick(), pytest.raises(GalleryError, match="holds 10 things; wanted 11 at least"):
        train_verifier(gallery)
