"""Tuning: what is tried, how right answers are scored, and when something else than the default is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.calibration.self_queries import Picture, plan_queries, run_queries, vote_again
from resight.calibration.tuning import tune as module
from resight.calibration.tuning.tune import DEPTHS, FLOOR, VOTES, TuningChoice, right_answers, tune
from resight.features.encoder import Encoder
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from resight.progress import finished
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.search.makers import encoders_of
from resight.search.search_settings import SearchSettings, settings_of
from resight.search.voting_rule import VotingRule
from resight.types import Array
from tests.galleries import Photos, quick, some, write

NAMES = ("chelsea", "coffee", "page", "rocket")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick("classical", "vlad"):
        yield


@pytest.fixture(scope="module")
def path(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four things, one of them in two photos."""
    root = tmp_path_factory.mktemp("tuned")
    photos = {**some(known_photos, *NAMES), "coffee/part": known_photos["coffee"][10:, 20:]}
    index(write(root / "photos", photos), root / "known.gallery")
    return root / "known.gallery"


def _samples(answers: Sequence[int], kinds: Sequence[QueryKind]) -> CalibrationSamples:
    q = len(answers)
    numbers = np.arange(q)
    return CalibrationSamples(
        numbers,
        np.array(kinds),
        numbers,
        np.zeros((q, 2, 1)),
        np.ones((q, 2), bool),
        np.array(answers),
        numbers[:, None],
    )


def test_right_answers_by_hand() -> None:
    """A known thing that was not proposed is as wrong as can be, however sure it is that nothing is known."""
    kinds = [QueryKind.VIEW, QueryKind.VIEW, QueryKind.LEFT_OUT, QueryKind.VIEW]
    chances: Array = np.array([[0.5, 0.2], [0.0, 0.1], [0.2, 0.3], [0.0, 1.0]])
    found = right_answers(_samples([0, -1, -1, 1], kinds), chances)
    np.testing.assert_allclose(found, [math.log(0.5), math.log(FLOOR), math.log(0.5), 0.0])


def test_few_things_keep_the_default_without_more_trials(path: Path) -> None:
    found = _tuned(path, None)
    assert (found.is_default, found.things, len(found.trials)) == (True, 4, 1)
    what, why, takes = found.settings.reason
    assert what == "kept the default: 5 photos compared, whitened, top score"
    assert "fewer than 20 things" in why
    assert takes.startswith("an answer takes ")


def test_where_time_is_short_everything_is_tried(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is that quick, so that the quickest is taken, and said."""
    monkeypatch.setattr(module, "VOTES", VOTES[-2:])
    found = _tuned(path, 1e-3)
    tried = [trial.settings for trial in found.trials]
    assert tried[0] == SearchSettings()
    assert {one.compared for one in tried[: 1 + len(DEPTHS)]} == {5, *DEPTHS}
    assert {one.vote for one in tried[1 + len(DEPTHS) :]} == {*VOTES[-2:]}  # of few photos nothing was whitened
    assert "which no setting brings within the 0.001 ms that were allowed" in found.settings.reason[2]
    with open_gallery(path) as gallery:
        assert settings_of(gallery) == found.settings


def test_another_vote_needs_no_new_comparison(path: Path) -> None:
    """Votes cast on kept answers are those of a gallery that is searched so from the start, to the bit."""
    with open_gallery(path) as gallery:
        makers = encoders_of(gallery)
        index = GalleryIndex(gallery, makers, settings=SearchSettings())
        queries = plan_queries(index)
        pictures: dict[Picture, PhotoFeatures] = {}
        blocks = list(run_queries(index, makers, queries, pictures=pictures))
        for vote in (VotingRule("similarity", 3, "square"), VotingRule("mean", 3, alpha=0.5)):
            other = GalleryIndex(gallery, makers, settings=SearchSettings(vote=vote))
            wanted = run_queries(other, makers, queries, pictures=pictures)
            for found, expected in zip(vote_again(other, queries, blocks, pictures), wanted, strict=True):
                np.testing.assert_array_equal(found.evidence, expected.evidence)
                np.testing.assert_array_equal(found.candidates, expected.candidates)


def _tuned(path: Path, latency: float | None) -> TuningChoice:
    with open_gallery(path, write=True) as gallery:
        makers: Sequence[Encoder] = encoders_of(gallery)
        return finished(tune(gallery, makers, latency=latency))
