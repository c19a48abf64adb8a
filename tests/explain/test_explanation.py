"""Why, from Python: every method on real photos, what is said where there is nothing to show, and bad input."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import resight
from resight.errors import EncoderMismatch, ModelError, PhotoError
from resight.explain.explanation import UNTESTED
from resight.explain.methods import METHODS, HeatMaps, votes
from resight.explain.pair import PhotoPair, local_score
from resight.features.encoder import Encoder
from resight.features.sift import RootSift
from resight.features.sift_extractor import SiftExtractor
from resight.features.vocabulary import load
from resight.indexing.index import index
from resight.io import images
from resight.recognition.recogniser import Recogniser
from resight.results import Explanation, Recognition, verdicts
from resight.search.describe import extract
from resight.verification.comparison import NO_VOTES, verify
from tests.galleries import Photos, quick, seen_again, some, write

OF_POINTS = ("votes", "occlusion", "agreement", "difference")
OF_MAPS = ("similarity", "grad-cam", "occlusion", "agreement")


@pytest.fixture(scope="module")
def galleries(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Recogniser]]:
    """The same four things as points that vote, as one descriptor of each kind, and as both together."""
    folder = tmp_path_factory.mktemp("why")
    photos = write(folder / "photos", some(known_photos, "coffee", "chelsea", "page", "astronaut"))
    made = {"classical": ["classical"], "house": ["house"], "vlad": ["vlad"], "bow": ["bow"]}
    with quick():
        for name, encoders in made.items():
            index(photos, folder / f"{name}.gallery", encoders=encoders)
        opened = {name: resight.open(folder / f"{name}.gallery") for name in made}
        yield opened
        for each in opened.values():
            each.close()


@pytest.fixture(scope="module")
def coffee(known_photos: Photos) -> Any:
    """The cup on the left half of a photo, and the moon on its right."""
    cup = np.asarray(Image.fromarray(known_photos["coffee"]).resize((300, 200)))
    moon = np.asarray(Image.fromarray(known_photos["moon"]).resize((300, 200)))
    return np.concatenate([cup, moon], axis=1)


@pytest.fixture(scope="module")
def answers(galleries: dict[str, Recogniser], coffee: Any) -> dict[str, Recognition]:
    """What each of them says of the cup beside the moon."""
    return {name: recogniser.recognise(coffee) for name, recogniser in galleries.items()}


def _halves(heat: Any) -> tuple[float, float]:
    middle = heat.shape[1] // 2
    return float(heat[:, :middle].sum()), float(heat[:, middle:].sum())


@pytest.mark.parametrize(
    ("gallery", "method"),
    [*(("classical", method) for method in OF_POINTS[:3]), *(("house", method) for method in OF_MAPS)],
)
def test_the_heat_lies_on_what_is_known(answers: Any, gallery: str, method: str) -> None:
    found = answers[gallery].explain(method, test_faithfulness=False)
    heat = found.query.heat
    assert (found.query.target, found.query.method, found.query.frame) == ("coffee", method, "query")
    assert heat.shape == (53, 160)
    assert 0 <= heat.min() < 0.1 < heat.max() == 1
    left, right = _halves(heat)
    assert left > (4 if gallery == "classical" else 1.3) * right
    assert found.reference.frame == "reference"
    assert found.reference.heat.max() == 1


def test_the_default_shows_what_there_is(answers: Any) -> None:
    methods = {name: one.explain(test_faithfulness=False).query.method for name, one in answers.items()}
    assert methods == {"classical": "votes", "house": "similarity", "vlad": "similarity", "bow": "occlusion"}


def test_the_votes_are_the_score(galleries: Any, answers: Any) -> None:
    """Of the answer: so are the maps, the split, and what is hidden by and by."""
    answer = answers["classical"]
    check, case = answer.matches[0].check, answer.explainer.pair
    found = answer.explain("votes", test_faithfulness=False)
    maps = METHODS["votes"].maps(case, galleries["classical"].encoders[0])
    assert [float(each.sum()) for each in maps.weights] == pytest.approx([check.score] * 2)
    assert found.query.split.score == found.query.split.above == found.reference.split.score == check.score
    for side in (0, 1):
        assert local_score(case, side)(np.ones((9, 16), bool)) == check.score
        assert local_score(case, side)(np.zeros((9, 16), bool)) == 0
    assert found.sentence == f"{len(check.inliers)} points lie on this photo as on the known one of coffee"


@pytest.mark.parametrize("side", [0, 1])
def test_half_of_a_photo_has_the_votes_of_its_points(galleries: Any, known_photos: Photos, side: int) -> None:
    """As if the photo had no others: seen by a loop over the points, and compared anew."""
    case = galleries["classical"].recognise(known_photos["chelsea"]).explainer.pair
    features = case.both[side].features
    left = [row for row, (x, _) in enumerate(features.points) if x + 0.5 < features.size[0] / 2]
    both = list(case.both)
    both[side] = replace(both[side], features=features.only(np.array(left)))
    mask = np.zeros((6, 8), bool)
    mask[:, :4] = True
    assert local_score(case, side)(mask) == pytest.approx(verify(*both, NO_VOTES).check.score, rel=0.1)


def test_what_was_only_glanced_at_is_scored_by_its_votes(answers: Any) -> None:
    case = answers["classical"].explainer.pair
    glanced = replace(case, check=case.votes)
    assert local_score(glanced)(np.ones((9, 16), bool)) == pytest.approx(case.votes.score)
    assert local_score(glanced)(np.zeros((9, 16), bool)) == 0


@pytest.mark.parametrize("gallery", ["house", "vlad"])
def test_the_split_of_a_cosine_adds_up(answers: Any, gallery: str) -> None:
    found = answers[gallery].explain("similarity", test_faithfulness=False)
    for one in (found.query, found.reference):
        split = one.split
        assert split.above + split.below + split.constant == pytest.approx(split.score, abs=1e-4)
        assert split.above > 0 >= split.below
    assert found.query.split.score == pytest.approx(found.reference.split.score, abs=1e-5)


@pytest.mark.parametrize(
    ("gallery", "method"),
    [("classical", "votes"), ("house", "similarity"), ("classical", "agreement"), ("house", "agreement")],
)
def test_a_map_is_better_than_random_and_says_the_same_twice(
    galleries: Any, coffee: Any, gallery: str, method: str
) -> None:
    found = [galleries[gallery].recognise(coffee).explain(method) for _ in range(2)]
    one, same = (verdicts(each.query, each.reference) for each in found)
    assert one == same
    assert list(one) == ["this photo", "the known photo"]
    assert all(test.deletion < test.random < test.insertion for test in one.values())
    assert not found[0].sentence.startswith("Do not trust")


@pytest.mark.parametrize("side", [0, 1])
def test_a_map_that_does_not_hold_is_not_told_as_true(answers: Any, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    """One that is turned round: bright where nothing counts."""

    def inverted(case: PhotoPair, encoder: Encoder) -> HeatMaps:
        maps = votes(case, encoder)
        weights = list(maps.weights)
        weights[side] = weights[side].max() - weights[side]
        return replace(maps, weights=(weights[0], weights[1]))

    monkeypatch.setitem(METHODS, "votes", replace(METHODS["votes"], maps=inverted))
    found = answers["classical"].explain("votes")
    photo, other = ("this photo", "the known photo")[:: 1 - 2 * side]
    tests = verdicts(found.query, found.reference)
    assert (tests[photo].holds, tests[other].holds) == (False, True)
    assert found.sentence.startswith(f"Do not trust the map of {photo}: it does not pass the test below")
    assert found.picture.bright == "what the points that agree see, which the test does not bear out"
    assert found.to_dict()["maps"][side]["faithfulness"]["holds"] is False


def test_a_map_that_cannot_be_tested_says_so(galleries: Any, coffee: Any) -> None:
    """As much of the score is left where all of the photo is hidden."""
    maps = METHODS["votes"].maps

    def unmoved(case: Any, encoder: Any) -> Any:
        return replace(maps(case, encoder), scores=(lambda seen: 1.0, lambda seen: 1.0))

    recogniser = galleries["classical"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, "votes", replace(METHODS["votes"], maps=unmoved))
        why = recogniser.explain(coffee, method="votes")
        assert why.sentence.endswith(UNTESTED)
        assert why.query.faithfulness is None
        assert UNTESTED not in recogniser.explain(coffee, method="votes", test_faithfulness=False).sentence
    assert UNTESTED not in recogniser.explain(coffee, method="votes").sentence


def test_the_cosine_of_the_answer_is_told_beside_that_of_the_small_photos(galleries: Any, known_photos: Photos) -> None:
    """The gap between the two is what a thumbnail costs."""
    gaps = []
    for seed, name in enumerate(("coffee", "chelsea", "page", "astronaut")):
        photo = seen_again(known_photos[name], seed)
        house = galleries["house"]
        split = house.recognise(photo).explain("similarity", test_faithfulness=False).query.split
        [index] = house.index.descriptors.values()
        [descriptor] = house.extract(photo).descriptors.values()
        assert split.answered == pytest.approx(max(index.cosine(descriptor, sorted(house.index.items))), abs=1e-6)
        beside = house.explain(photo, reference=name, test_faithfulness=False).query.split
        assert beside.answered == pytest.approx(split.answered, abs=1e-6)
        gaps.append(abs(split.score - split.answered))
    assert 1e-4 < max(gaps) < 0.1
    shown = galleries["house"].explain(
        known_photos["coffee"], reference=known_photos["page"], method="similarity", test_faithfulness=False
    )
    assert shown.query.split.answered is None


def test_what_differs_is_pointed_at(galleries: Any, known_photos: Photos) -> None:
    """The page with a red block over a part of it, seen larger."""
    page = known_photos["page"].copy()
    height, width = page.shape[:2]
    page[: height // 3, : width // 3] = (200, 30, 30)
    found = galleries["classical"].recognise(page).explain("difference")
    for heat in (found.query.heat, found.reference.heat):
        rows, columns = heat.shape
        corner = heat[: rows // 3, : columns // 3]
        rest = heat[rows // 2 :, columns // 2 :]
        assert rest.mean() < 0.1
        assert corner.mean() > 3 * rest.mean()
    assert found.query.faithfulness is None


def test_where_nothing_differs_it_is_said_and_stays_dark(galleries: Any, known_photos: Photos) -> None:
    found = galleries["classical"].recognise(known_photos["coffee"]).explain("difference")
    assert found.sentence == "Matches coffee, and hardly differs between the points that agree"
    assert found.query.heat.max() < 0.5  # not blown up to the brightest


@pytest.mark.parametrize("gallery", ["classical", "house"])
def test_matching_regions_have_one_colour_and_are_found_again(answers: Any, gallery: str) -> None:
    answer = answers[gallery]
    found = answer.explain("agreement")
    regions = [photo.heat for photo in found.picture.photos]
    assert [one.shape[0] for one in regions] == [6, 6]
    for here, there in zip(*regions, strict=True):
        if here.any():
            x, known = ((one.sum(axis=0) @ np.arange(one.shape[1])) / one.sum() / one.shape[1] for one in (here, there))
            assert 2 * x == pytest.approx(known, abs=0.08 if gallery == "classical" else 0.3)
    assert ", in 6 regions, each in its colour" in found.sentence


def test_a_known_photo_may_be_named_or_shown(galleries: Any, coffee: Any, known_photos: Photos, tmp_path: Path) -> None:
    recogniser = galleries["classical"]
    path = next(item.photo for item in recogniser.index.items.values() if item.instance == "coffee")
    by_name, by_path = (recogniser.explain(coffee, reference=one, test_faithfulness=False) for one in ("coffee", path))
    np.testing.assert_array_equal(by_name.query.heat, by_path.query.heat)
    assert by_name.picture.named
    Image.fromarray(known_photos["coffee"]).save(tmp_path / "cup.png")
    shown = recogniser.explain(coffee, reference=str(tmp_path / "cup.png"), test_faithfulness=False)
    assert shown.query.target == str(tmp_path / "cup.png")
    assert _halves(shown.query.heat)[0] > 4 * _halves(shown.query.heat)[1]
    other = recogniser.explain(coffee, reference="page", test_faithfulness=False)
    assert other.query.target == "page"
    assert not other.picture.named


def test_a_reference_that_is_nothing_is_told(galleries: Any, coffee: Any) -> None:
    with pytest.raises(PhotoError, match=r"'cofee' is no known thing.*did you mean 'coffee'"):
        galleries["classical"].explain(coffee, reference="cofee")


@pytest.mark.parametrize(
    ("gallery", "method", "message"),
    [
        ("house", "votes", r"votes wants an encoder whose points vote, .* made with house; possible here: similarity,"),
        ("bow", "similarity", r"made with bow; possible here: occlusion$"),
        ("classical", "grad-cam", r"wants a network's map, .* possible here: votes, occlusion, agreement, difference"),
        ("vlad", "difference", r"possible here: similarity, occlusion"),
    ],
)
def test_an_encoder_without_such_a_map_says_what_is_possible(
    answers: Any, gallery: str, method: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        answers[gallery].explain(method)


def test_an_unknown_method_has_a_suggestion(galleries: Any, coffee: Any) -> None:
    for photo in (coffee, np.zeros((90, 120, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"no method 'grd-cam'; did you mean 'grad-cam'\?; wanted one of votes, "):
            galleries["classical"].recognise(photo).explain("grd-cam")


@pytest.mark.parametrize("gallery", ["classical", "house", "vlad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 2), (4000, 5000)])
def test_photos_of_any_size_have_a_map(galleries: Any, coffee: Any, gallery: str, size: tuple[int, int]) -> None:
    photo = np.broadcast_to(np.array([90, 140, 30], np.uint8), (*size, 3))
    found = galleries[gallery].explain(photo, reference="coffee")
    assert max(found.query.heat.shape) == 160
    assert np.isfinite(found.query.heat).all()
    assert found.picture.draw().shape[2] == 3


def test_where_nothing_is_alike_the_map_is_empty_and_says_so(galleries: Any) -> None:
    """Nothing is divided by the largest of nothing."""
    dark = np.zeros((90, 120, 3), np.uint8)
    alone = galleries["classical"].recognise(dark).explain()
    assert alone.reference is None
    assert alone.sentence == "The map is empty: nothing known has anything in common with this photo"
    beside = galleries["classical"].explain(dark, reference="coffee")
    assert beside.sentence == "The map is empty: nothing that votes looks at speaks for coffee"
    for one in (alone, beside):
        assert not one.query.heat.any()
        assert one.query.faithfulness is None
        assert one.picture.draw().shape[1] >= 900
    apart = galleries["classical"].explain(dark, reference="coffee", method="difference")
    assert apart.sentence == "This photo and coffee could not be compared: too few of their points agree"
    assert not apart.compared
    assert apart.to_dict()["compared"] is False


def test_an_answer_without_a_picture_cannot_be_explained(galleries: Any, coffee: Any) -> None:
    with pytest.raises(ValueError, match="recognise the photo again with keep_evidence=True"):
        galleries["classical"].recognise(coffee, keep_evidence=False).explain()


def test_the_json_holds_both_maps_as_png(answers: Any) -> None:
    found = answers["classical"].explain()
    written = json.loads(json.dumps(found.to_dict()))
    assert list(written) == ["caption", "hint", "compared", "sentence", "maps"]
    assert (written["caption"], written["hint"], written["compared"]) == (found.caption, None, True)
    assert found.caption.startswith("coffee: ")
    assert [each["frame"] for each in written["maps"]] == ["query", "reference"]
    for each, one in zip(written["maps"], (found.query, found.reference), strict=True):
        with Image.open(io.BytesIO(base64.b64decode(each["png"]))) as png:
            assert (png.format, png.size, png.mode) == ("PNG", (each["width"], each["height"]), "L")
            np.testing.assert_allclose(np.asarray(png) / 255, one.heat, atol=0.5 / 255)
        assert (each["method"], each["target"]) == ("votes", "coffee")
        assert set(each["faithfulness"]) == {"deletion", "insertion", "random", "holds", "told"}
        assert set(each["split"]) == {"score", "above", "below", "constant", "answered"}


def test_it_is_saved_and_shown(answers: Any, tmp_path: Path) -> None:
    found: Explanation = answers["classical"].explain(test_faithfulness=False)
    found.save(tmp_path / "why.png")
    assert (tmp_path / "why.png").read_bytes() == found._repr_png_()
    with pytest.raises(ValueError, match=r"cannot be written as '\.gif'"):
        found.save(tmp_path / "why.gif")


def test_a_reference_from_another_encoder_is_refused(galleries: Any, known_photos: Photos) -> None:
    """Even where its features look the same: codes of one width, or none at all."""
    cases = {name: one.recognise(known_photos["chelsea"]).explainer.pair for name, one in galleries.items()}
    extractor = SiftExtractor(RootSift(load(), features=200))
    fewer = replace(cases["classical"].encoders[0], extractor=extractor, fingerprint="votes-of-fewer")
    local = extract(images.read(known_photos["coffee"]), [fewer]).local
    assert local.features.values.shape[1] == cases["classical"].query.features.values.shape[1]
    with pytest.raises(EncoderMismatch, match="known photo was seen by the encoders votes-of-fewer; wanted"):
        replace(cases["classical"], reference=local)
    assert not len(cases["bow"].query.features)
    with pytest.raises(EncoderMismatch, match=r"the photo was seen by the encoders .*; wanted .*: see both with "):
        replace(cases["house"], query=cases["bow"].query)
