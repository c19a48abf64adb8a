"""Re-ranking by a verifier: its word is evidence beside all other, weighed by a calibration of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.calibration import calibration
from resight.calibration.calibration import Calibration
from resight.calibration.prior import VERIFIER
from resight.calibration.samples import concatenate
from resight.recognition.pair_model import shipped_model
from resight.recognition.recogniser import Recogniser
from resight.recognition.reranking import CandidateVerifier
from resight.recognition.stored_verifier import StoredVerifier
from resight.search.candidates import columns
from resight.verification.fusion import PARTS
from tests.galleries import Photos, opened, quick, seen_again, some, write

NAMES = ("coffee", "chelsea", "page", "camera")


@pytest.fixture(scope="module")
def recogniser(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recogniser]:
    folder = write(tmp_path_factory.mktemp("reranked") / "photos", some(known_photos, *NAMES))
    yield from opened(folder, "classical", "house")


def believing(recogniser: Recogniser, weight: float) -> Calibration:
    """The calibration of a gallery that weighs a verifier's word so."""
    names = (*columns(recogniser.index), VERIFIER)
    fit = calibration.fit(names, concatenate([], len(names)), photos=len(NAMES))
    weights = np.append(recogniser.calibration.weights, 0.0)
    weights[-2:] = weight, recogniser.calibration.weights[-1]
    return replace(fit, weights=weights)


def store(recogniser: Recogniser, reranking: Calibration | None, *, version: int | None = None) -> None:
    stored = recogniser.gallery.calibration()
    assert stored is not None
    beside = stored.version if version is None else version
    kept = StoredVerifier(recogniser.gallery.identity, shipped_model(), True, {}, beside, reranking)
    kept.store(Path(recogniser.gallery.location))


def test_the_word_of_a_verifier_is_what_it_says_of_the_pair(recogniser: Recogniser, known_photos: Photos) -> None:
    with quick():
        query = recogniser.extract(seen_again(known_photos["coffee"], 1))
        found = recogniser.candidates(query)
        verifier = CandidateVerifier.of(recogniser.index, recogniser.encoders)
        evidence = verifier.evidence(query, found, shipped_model())
        weighed = verifier.weighed(query, found, shipped_model())
    assert evidence.shape == (len(found), len(PARTS))
    best = [recogniser.index.instance(id) for id in found.ids].index("coffee")
    assert weighed.evidence[:, -1].argmax() == best
    np.testing.assert_array_equal(weighed.evidence[:, :-1], found.evidence)
    np.testing.assert_allclose(weighed.evidence[:, -1], shipped_model().fusion.scores(evidence))
    nothing = replace(found, ids=(), evidence=found.evidence[:0], votes=(), checks=())
    assert verifier.weighed(query, nothing, shipped_model()).evidence.shape == (0, weighed.evidence.shape[1])


def test_a_gallery_reranks_by_what_is_kept_until_it_is_calibrated_anew(
    recogniser: Recogniser, known_photos: Photos
) -> None:
    location = recogniser.gallery.location
    photo = seen_again(known_photos["coffee"], 1)
    with quick():
        before = recogniser.recognise(photo)
        store(recogniser, believing(recogniser, 0.0))
        with Recogniser.open(location) as same:
            assert same.reranking is not None
            assert same.naming is same.reranking.calibration
            assert same.recognise(photo).probability == pytest.approx(before.probability, abs=1e-6)
        store(recogniser, believing(recogniser, 8.0))
        with Recogniser.open(location) as more:
            assert more.recognise(photo).matches[0].score > before.matches[0].score + 1
        store(recogniser, None)
        with Recogniser.open(location) as none:
            assert none.reranking is None
            assert none.naming is none.calibration
        store(recogniser, believing(recogniser, 8.0), version=-1)  # as if the gallery had been calibrated since
        with Recogniser.open(location) as anew:
            assert anew.reranking is None
