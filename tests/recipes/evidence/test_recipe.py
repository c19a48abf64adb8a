"""The evidence recipe on a handful of photographs: what it draws, what it asks, and what it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.calibration.prior import SIGNS, shipped_fits, starting_point
from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.errors import DatasetError
from resight.features.sift import RootSift
from resight.features.vocabulary import load
from resight.io import images
from resight.io.datasets.preflight import PhotosLeftOut
from resight.progress import Progress, finished
from resight.recipes.evidence import recipe
from resight.recipes.evidence.config import EvidenceConfig
from resight.recipes.evidence.recipe import run
from resight.types import Preprocess
from resight.verification.comparison import LOCAL
from tests.jobs import told
from tests.remembering import RememberingExtractor

Photos = dict[str, npt.NDArray[np.uint8]]
CONFIG = EvidenceConfig(families=3, photos=4, backdrops=4, pictures=4, views=1, grey=0.3, worth=50.0)


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    """Photos are seen small, with few features, and three of them are plain."""
    extractor = RememberingExtractor(RootSift(load(), features=300), Preprocess(long_side=320))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resight.features.encoder.point_extractor", lambda: extractor)
        plain = recipe.plain_photos()[::10]
        patch.setattr(recipe, "plain_photos", lambda: plain)
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen photos, as many as are drawn; only to be read."""
    folder = tmp_path_factory.mktemp("everyday")
    for name, photo in known_photos.items():
        Image.fromarray(photo[:512, :512]).save(folder / f"{name}.jpg", quality=92)
    return folder


@pytest.fixture(scope="module")
def ran(folder: Path) -> tuple[list[Progress], dict[str, Any]]:
    return told(run(folder, folder / "evidence.json", CONFIG))


def things(known_photos: Photos, config: EvidenceConfig = CONFIG) -> list[recipe.Thing]:
    return list(recipe._things(list(known_photos.values()), config, np.random.default_rng(0)))


def test_what_is_written_has_the_form_of_what_ships(ran: tuple[list[Progress], dict[str, Any]], folder: Path) -> None:
    written = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    assert written == ran[1]
    fits = [fit["evidence"] for fit in written["fits"]]
    assert [list(fit) for fit in fits] == [list(fit) for fit in shipped_fits()]
    for fit in fits:
        *names, _ = fit
        scale, prior = starting_point(names, fits)
        assert all(np.isfinite(array).all() for array in (scale.centre, scale.spread, prior.mean, prior.precision))
        assert (scale.spread > 0).all()
        assert (prior.precision > 0).all()


def test_evidence_speaks_its_own_way_or_not_at_all(ran: tuple[list[Progress], dict[str, Any]]) -> None:
    assert set(SIGNS) == set(LOCAL)
    for fit in ran[1]["fits"]:
        weights = {name: row["weight"] for name, row in fit["evidence"].items()}
        assert all(SIGNS.get(name, 1) * weight >= 0 for name, weight in weights.items() if name != "constant")
        assert weights["constant"] < 0


def test_progress_leads_to_the_weights(ran: tuple[list[Progress], dict[str, Any]]) -> None:
    assert [step.stage for step in ran[0][:2]] == ["data set", "unreadable photos"]
    steps = ran[0][2:]
    assert [step.stage for step in steps] == ["things", *["questions"] * (len(steps) - 2), "fit"]
    asked = [step for step in steps if step.stage == "questions"]
    assert [step.done for step in asked] == list(range(1, asked[0].total + 1))
    assert all(fit["fitted_on"]["questions"] == len(asked) for fit in ran[1]["fits"])


def test_the_same_seed_gives_the_same_weights(
    folder: Path, ran: tuple[list[Progress], dict[str, Any]], tmp_path: Path
) -> None:
    again = finished(run(folder, tmp_path / "again.json", CONFIG))
    assert (tmp_path / "again.json").read_bytes() == (folder / "evidence.json").read_bytes()
    assert again == ran[1]


def test_some_of_each_family_and_half_of_the_photos_are_known(known_photos: Photos) -> None:
    drawn = things(known_photos)
    assert len({thing.label for thing in drawn}) == len(drawn)
    everyday, sisters = drawn[-11:], drawn[:-11]
    assert [thing.photo is not None for thing in everyday] == [True] * 4 + [False] * 7
    known = sum(thing.photo is not None for thing in sisters)
    assert CONFIG.families <= known <= len(sisters) - CONFIG.families
    assert all(len(thing.queries) == 1 for thing in drawn)
    assert [len(thing.copies) for thing in everyday] == [1] * 8 + [0] * 3


def test_sisters_are_asked_as_many_views_as_wanted_known_or_not(known_photos: Photos) -> None:
    """Hard ones and mild ones, and by the picture itself, cut a little."""
    wanted = EvidenceConfig(families=3, photos=4, backdrops=4, pictures=4, views=3, grey=0)
    drawn = things(known_photos, wanted)[:-11]
    assert {(len(thing.queries), len(thing.copies)) for thing in drawn} == {(3, 3 + 1)}
    for thing in drawn:
        if thing.photo is not None:
            ratios = np.array(thing.copies[-1].shape[:2]) / thing.photo.shape[:2]
            assert (ratios > 0.6 * (1 - 2 * recipe.CUT) - 0.02).all()
            assert (ratios <= 1.2).all()


@pytest.mark.parametrize(("share", "grey"), [(0.0, 0.0), (1.0, 1.0)])
def test_some_things_have_no_colour(known_photos: Photos, share: float, grey: float) -> None:
    drawn = things(known_photos, EvidenceConfig(families=3, photos=4, backdrops=4, pictures=4, views=1, grey=share))
    photos = [query for thing in drawn[:-11] for query in thing.queries]
    assert np.mean([np.ptp(photo.astype(int), axis=2).max() == 0 for photo in photos]) == grey


def test_too_few_photos_are_refused_in_words(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds 16 photos, wanted 640: add some, or draw fewer things"):
        list(run(folder, tmp_path / "evidence.json"))
    assert not (tmp_path / "evidence.json").exists()


def test_another_photo_is_drawn_for_one_that_cannot_be_read(tmp_path: Path) -> None:
    for number in range(4):
        image = np.full((8, 8, 3), 60 * number, np.uint8)
        (tmp_path / f"{number}.png").write_bytes(b"no photo" if number == 1 else images.encode(image, ".png"))
    config = EvidenceConfig(families=0, photos=1, backdrops=1, pictures=0)
    steps = run(tmp_path, tmp_path / "evidence.json", config)
    assert next(steps).stage == "data set"
    step = next(steps)
    assert isinstance(step, PhotosLeftOut)
    [left_out] = step.photos
    assert left_out.startswith(f"{tmp_path / '1.png'}: ")
    assert next(steps).stage == "things"
    with pytest.raises(DatasetError, match=r"too few of 4 photos can be read, such as: .*1\.png"):
        list(run(tmp_path, tmp_path / "evidence.json", replace(config, backdrops=2)))


def test_what_has_no_votes_is_no_candidate_where_nothing_proposes_by_descriptor(rng: np.random.Generator) -> None:
    """The fit of local evidence is what it would be had the photos named by a descriptor alone never been proposed."""
    evidence = rng.normal(1, 0.2, (40, 3, len(LOCAL) + 1)) + np.arange(40)[:, None, None] % 2
    evidence[..., 1] = 1
    evidence[:, 2, : len(LOCAL)] = 0
    answers = np.where(np.arange(40) % 2, np.arange(40) % 3, -1)
    kinds, ids = np.where(np.arange(40) % 2, QueryKind.VIEW, QueryKind.UNKNOWN), np.arange(40)
    none = np.zeros((40, 3), np.int64)
    asked = CalibrationSamples(ids, kinds, ids, evidence, np.ones((40, 3), bool), answers, none)
    exclude = CalibrationSamples(
        ids,
        kinds,
        ids,
        evidence[:, :2, : len(LOCAL)],
        np.ones((40, 2), bool),
        np.where(answers == 2, -1, answers),
        none[:, :2],
    )
    alone, both = recipe.fits(asked, [*LOCAL, "gem"], CONFIG)
    assert alone == recipe.fits(exclude, LOCAL, CONFIG)[0]
    assert list(both["evidence"]) == [*LOCAL, "gem", "constant"]


def test_the_scale_is_of_what_was_compared() -> None:
    """By hand: two candidates were laid over the query, one was not and says nothing of the rest; last, cosine.

    Of what two have beside each other the size counts; nothing is told of what none has, nor of prints.
    """
    beside = [3.0, 1, 0, 2, 0.5], [-3.0, -1, 0, 0, 0], [0.0] * 5
    laid = [1.0, 1, *[2.0] * 5], [3.0, 1, *[4.0] * 5], [8.0, 0, *[0.0] * 5]
    rows = np.array([[*laid[0], *beside[0], 0.6], [*laid[1], *beside[1], 0.3], [*laid[2], *beside[2], 0.3]])
    scale = recipe._scale(rows)
    np.testing.assert_allclose(scale.centre, [4, 0, *[3.0] * 5, *[0.0] * 6])
    np.testing.assert_allclose(scale.spread, [np.sqrt((9 + 1 + 16) / 3), 1, *[1.0] * 5, 3, 1, 1, 2, 1, np.sqrt(0.02)])
