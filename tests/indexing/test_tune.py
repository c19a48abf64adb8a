"""A tuned gallery: what was chosen is searched by, told, and kept when photos come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import resight
from resight.calibration.fitting import calibrate
from resight.errors import GalleryError
from resight.features.encoder import encoders
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing.index import index
from resight.indexing.tune import tune
from resight.progress import finished
from resight.search.makers import encoders_of
from resight.search.search_settings import SearchSettings
from resight.search.voting_rule import VotingRule
from tests.galleries import Photos, quick, seen_again, some, write

NAMES = ("chelsea", "coffee", "page", "rocket")
TUNED = SearchSettings(2, False, VotingRule("majority", 3), ("chose it", "for a test", "an answer takes 1 ms"))


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick("classical", "vlad"):
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery that is searched in its own way; only to be read."""
    root = tmp_path_factory.mktemp("searched")
    index(write(root / "photos", some(known_photos, *NAMES)), root / "known.gallery")
    with open_gallery(root / "known.gallery", write=True) as gallery:
        finished(calibrate(gallery, encoders_of(gallery), settings=TUNED))
    return root


@pytest.fixture
def path(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(folder / "known.gallery", tmp_path / "known.gallery"))


def test_it_is_searched_as_was_chosen(folder: Path, known_photos: Photos) -> None:
    with resight.open(folder / "known.gallery") as known:
        assert known.index.settings == TUNED
        assert set(known.index.whitenings.values()) == {0}
        answer = known.recognise(seen_again(known_photos["coffee"], 1))
        assert answer.instance == "coffee"
        assert len(answer.matches) <= 2 + 2
        assert known.info()["search"] == {"settings": str(TUNED), "chosen": list(TUNED.reason)}


def test_a_reader_follows_what_is_chosen(path: Path, known_photos: Photos) -> None:
    with resight.open(path) as known:
        report = tune(path, reset=True)
        assert (report.is_default, report.reason, report.tried) == (True, (), ())
        assert known.recognise(seen_again(known_photos["coffee"], 1)).instance == "coffee"
        assert known.index.settings == SearchSettings()


def test_it_stays_when_photos_come(path: Path, folder: Path, known_photos: Photos, tmp_path: Path) -> None:
    write(tmp_path / "more", some(known_photos, "astronaut"))
    index(tmp_path / "more", path)
    with resight.open(path) as known:
        assert (known.index.settings, known.index.settings.reason) == (TUNED, TUNED.reason)
        assert known.recognise(seen_again(known_photos["astronaut"], 1)).instance == "astronaut"


def test_it_stays_when_the_gallery_is_made_anew(path: Path, folder: Path) -> None:
    """By the same encoders; what was chosen for others is told and not kept."""
    report = index(folder / "photos", path, rebuild=True)
    assert report.forgotten_settings == ""
    with resight.open(path) as known:
        assert (known.index.settings, known.index.settings.reason) == (TUNED, TUNED.reason)
    report = index(folder / "photos", path, encoders="classical", rebuild=True)
    assert report.forgotten_settings == str(TUNED)
    with resight.open(path) as known:
        assert known.index.settings == SearchSettings()


def test_what_was_chosen_is_reported(path: Path) -> None:
    steps = []
    report = tune(path, progress=steps.append)
    assert report.to_dict()["tried"][0]["settings"] == report.settings == str(SearchSettings())
    assert len(report.reason) == 3
    assert {step.stage for step in steps} == {"trial 1", "calibration"}


def test_faults_are_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="latency is 0; wanted milliseconds"):
        tune(path, latency=0)
    create_gallery(tmp_path / "empty.gallery", [encoder.card() for encoder in encoders("classical")]).close()
    with pytest.raises(GalleryError, match="knows no photo: index some before it is tuned"):
        tune(tmp_path / "empty.gallery")
    with open_gallery(path, write=True) as gallery:
        stored = gallery.calibration()
        assert stored is not None
        gallery.save_calibration({**stored.parameters, "search": {"compared": -1}}, stored.arrays)
    with pytest.raises(GalleryError, match="its search settings are wrong"):
        resight.open(path)
