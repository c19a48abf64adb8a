"""Answers about a photo and its mirror image, and hints at what to ask next."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resight.calibration.calibration import EVEN
from resight.drawing.either_picture import EitherPicture
from resight.drawing.match_picture import MatchEvidence
from resight.indexing.index import index
from resight.recognition import answering
from resight.recognition.recogniser import Recogniser
from resight.results import Recognition
from resight.search.candidates import Candidates, candidates
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.types import Image as Pixels
from tests.galleries import Photos, opened, quick, seen_again, some, write

NAMES = ("camera", "chelsea", "coffee", "page", "text")


@pytest.fixture(scope="module")
def known(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recogniser]:
    """Five things, and one that is the same in the mirror."""
    half = known_photos["rocket"][:, :320]
    photos = {**some(known_photos, *NAMES), "symmetric": np.hstack([half, half[:, ::-1]])}
    with quick():
        folder = write(tmp_path_factory.mktemp("mirror") / "photos", photos)
        index(folder, folder.parent / "known.gallery")
        with Recogniser.open(folder.parent / "known.gallery") as recogniser:
            yield recogniser


def flipped(photo: Pixels) -> Pixels:
    return np.ascontiguousarray(photo[:, ::-1])


@pytest.mark.parametrize("name", ["coffee"])
def test_a_mirror_image_gets_the_answer_of_the_photo(known: Recogniser, known_photos: Photos, name: str) -> None:
    """But for what a second question costs; the geometry is that of the photo as it is given."""
    photo = seen_again(known_photos[name], 1)
    plain, answer = known.recognise(photo), known.recognise(flipped(photo), mirrored=True)
    assert (answer.instance, answer.mirrored, plain.mirrored) == (name, True, False)
    assert answer.matches[0].score == pytest.approx(plain.matches[0].score)
    assert answer.probability < plain.probability
    (ours, theirs) = (one.matches[0].check for one in (answer, plain))
    assert ours is not None
    assert theirs is not None
    assert ours.transform is not None
    reflection = [[-1, 0, photo.shape[1] - 1], [0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(ours.transform, theirs.transform @ reflection)
    found = json.loads(json.dumps(answer.to_dict()))
    assert (found["mirrored"], found["matches"][0]["mirrored"], found["hint"]) == (True, True, None)


def test_without_being_asked_nothing_is_named_that_fits_only_mirrored(known: Recogniser, known_photos: Photos) -> None:
    """Whatever a descriptor of the whole photo says, which hardly tells left from right."""
    for name in ("coffee", "page"):
        photo = flipped(known_photos[name])
        found = known.candidates(known.extract(photo))
        assert known.calibration.probabilities(found.evidence).max() >= EVEN  # the descriptor would have it named
        answer = known.recognise(photo)
        assert answer.instance is None
        assert answer.hint.startswith(f"the mirror image of this photo shows {name}")
        assert name not in [match.instance for match in answer.matches]
        assert known.recognise(photo, mirrored=True).instance == name


def test_a_symmetric_thing_needs_no_mirror(known: Recogniser, known_photos: Photos) -> None:
    half = known_photos["rocket"][:, :320]
    for photo in (np.hstack([half, half[:, ::-1]]), flipped(np.hstack([half, half[:, ::-1]]))):
        assert known.recognise(photo).instance == "symmetric"
        assert known.recognise(photo, mirrored=True).instance == "symmetric"


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_is_no_mirrored_one(known: Recogniser, known_photos: Photos, quarters: int) -> None:
    photo = np.rot90(seen_again(known_photos["coffee"], 1), quarters).copy()
    ways = [known.extract(photo), known.extract(flipped(photo))]
    asked = (ways[:1], ways, ways[1:], ways[::-1])
    answers = [known.answer("", *each, keep_evidence=False) for each in asked]
    found = [(answer.instance, answer.mirrored) for answer in answers]
    assert found == [("coffee", False), ("coffee", False), (None, False), ("coffee", True)]


def test_plain_photos_keep_their_answer_but_for_the_price(known: Recogniser, known_photos: Photos) -> None:
    for name in ("page", "text", "moon"):
        photo = seen_again(known_photos[name], 2)
        plain, both = (
            known.recognise(photo, keep_evidence=False),
            known.recognise(photo, keep_evidence=False, mirrored=True),
        )
        assert both.instance in (plain.instance, None)
        assert not both.mirrored
        assert both.probability <= plain.probability + 1e-9


def test_half_of_a_rate_is_kept_each_way(known: Recogniser, known_photos: Photos) -> None:
    rates = (0.2, 0.4, 0.8)
    for name in ("coffee", "moon"):
        ways = [
            known.extract(photo)
            for photo in (seen_again(known_photos[name], 2), flipped(seen_again(known_photos[name], 2)))
        ]
        for false_accept_rate in rates:
            either = [
                known.answer("", way, false_accept_rate=false_accept_rate / 2, keep_evidence=False).instance is not None
                for way in ways
            ]
            assert (
                known.answer("", *ways, false_accept_rate=false_accept_rate, keep_evidence=False).instance is not None
            ) == any(either)


def test_several_photos_are_asked_both_ways(known: Recogniser, known_photos: Photos, tmp_path: Path) -> None:
    photo = seen_again(known_photos["coffee"], 1)
    Image.fromarray(flipped(photo)).save(tmp_path / "mirror.png")
    [answer, other] = known.recognise_many([str(tmp_path / "mirror.png"), photo], mirrored=True, keep_evidence=False)
    assert isinstance(answer, Recognition)
    assert isinstance(other, Recognition)
    assert (answer.instance, answer.mirrored, other.instance, other.mirrored) == ("coffee", True, "coffee", False)


@pytest.mark.parametrize("method", ["votes", "similarity", "difference"])
def test_maps_lie_on_the_photo_as_it_was_given(known: Recogniser, known_photos: Photos, method: str) -> None:
    """They are those of the photo, turned; and so is what is drawn."""
    photo = seen_again(known_photos["coffee"], 1)
    plain = known.explain(photo, method=method, test_faithfulness=False)
    why = known.explain(flipped(photo), method=method, test_faithfulness=False, mirrored=True)
    assert plain.reference is not None
    assert why.reference is not None
    np.testing.assert_allclose(why.query.heat, plain.query.heat[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(why.reference.heat, plain.reference.heat, atol=1e-6)
    assert why.sentence == f"In the mirror: {plain.sentence}"
    assert why.picture.encode(".png") != plain.picture.encode(".png")


def test_explained_beside_a_photo_that_is_named(known: Recogniser, known_photos: Photos) -> None:
    photo = flipped(seen_again(known_photos["coffee"], 1))
    why = known.explain(photo, reference="coffee", method="votes", test_faithfulness=False, mirrored=True)
    assert why.sentence.startswith("In the mirror: ")
    assert not known.explain(photo, reference="coffee", method="votes", test_faithfulness=False).sentence.startswith(
        "In the mirror"
    )


def test_the_picture_shows_the_photo_as_it_was_given(known: Recogniser, known_photos: Photos) -> None:
    photo = flipped(seen_again(known_photos["coffee"], 1))
    drawn = known.recognise(photo, mirrored=True).picture
    assert isinstance(drawn, MatchEvidence)
    assert drawn.caption.startswith("coffee in the mirror")
    given, turned = (known.extract(each).local.image.astype(int) for each in (photo, flipped(photo)))
    assert np.abs(drawn.query.image - given).mean() < np.abs(drawn.query.image - turned).mean() / 4
    assert drawn.encode(".png").startswith(b"\x89PNG")


def test_two_things_in_one_photo_are_hinted_at(known: Recogniser, known_photos: Photos) -> None:
    cup, cat = (Image.fromarray(known_photos[name]).resize((450, 300)) for name in ("coffee", "chelsea"))
    shelf = np.hstack([np.asarray(cup), np.asarray(cat)])
    answer = known.recognise(shelf, keep_evidence=False)
    other = {"coffee": "chelsea", "chelsea": "coffee"}[answer.matches[0].instance]
    assert answer.hint == f"{other} is in this photo too: `resight find` names each known thing in it"
    assert known.recognise(known_photos["coffee"], keep_evidence=False).hint == ""


def test_the_mirror_image_beside_the_nearest_is_hinted_at(known: Recogniser, known_photos: Photos) -> None:
    """Where the thing is a candidate already, and gets no name; the answer stays what it was."""
    hinted = []
    for name in NAMES:
        photo = flipped(seen_again(known_photos[name], 1))
        answer = known.recognise(photo, false_accept_rate=0.0001, unknown_share=0.999, keep_evidence=False)
        assert answer.instance is None
        if name in [match.instance for match in answer.matches[:2]]:
            hinted.append(answer.hint.startswith(f"the mirror image of this photo shows {name}: ask with --mirrored"))
    assert len(hinted) > 1
    assert all(hinted)


def test_photos_of_unknown_things_get_no_hint(known: Recogniser, known_photos: Photos) -> None:
    for name in ("moon", "grass", "brick"):
        assert known.recognise(known_photos[name], keep_evidence=False).hint == ""


@pytest.fixture(scope="module")
def sisters(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recogniser]:
    """Two pages that differ in one patch."""
    mild, hot = known_photos["page"].copy(), known_photos["page"].copy()
    for page, colour in ((mild, (40, 160, 60)), (hot, (190, 30, 40))):
        page[60:130, 230:330] = colour
    folder = write(tmp_path_factory.mktemp("sisters") / "photos", {"mild": mild, "hot": hot})
    yield from opened(folder, "classical")


def cut(photo: Pixels) -> Pixels:
    """The part of the page that both have."""
    return np.ascontiguousarray(photo[:, :225])


def apart(index: GalleryIndex, query: PhotoFeatures, *, exclude: Collection[int] = ()) -> Candidates:
    """The candidates, none of which looks like another."""
    return replace(candidates(index, query, exclude=exclude), twins=frozenset())


def between(recogniser: Recogniser, photo: Pixels, *, mirrored: bool = False) -> Recognition:
    """The answer at a small share of unknown photos at which neither of two gets its name."""
    sides = [recogniser.extract(photo), *([recogniser.extract(flipped(photo))] if mirrored else [])]
    share = next(
        share for share in (0.05, 0.2, 0.5, 0.8) if recogniser.answer("", *sides, unknown_share=share).instance is None
    )
    return recogniser.answer("", *sides, unknown_share=share)


def test_one_of_two_look_alikes_is_drawn_and_explained_beside_both(sisters: Recogniser, known_photos: Photos) -> None:
    photo = cut(known_photos["page"])
    answer = between(sisters, photo)
    assert set(answer.either) == {"mild", "hot"}
    assert [match.instance for match in answer.matches] == list(answer.either)
    first, second = (match.probability for match in answer.matches)
    assert max(first, second) < EVEN <= first + second
    assert answer.sentence.startswith(f"{' or '.join(answer.either)}, which look alike: ")
    assert answer.hint.startswith(f"{' and '.join(answer.either)} look alike: --save draws")
    why = answer.explain("votes", test_faithfulness=False)
    assert f". {' and '.join(answer.either)} look alike and differ most on the right: compare there" in why.sentence
    drawn = answer.picture
    assert isinstance(drawn, EitherPicture)
    assert (drawn.names, drawn.caption) == (answer.either, answer.sentence)
    for (place,) in (drawn.known.on_first, drawn.known.on_second):
        assert np.abs(place.mean(axis=0) - (280, 95)).max() < 20
    (place,) = drawn.known.on(drawn.query, *drawn.checks)
    assert place[:, 0].max() <= 225  # what this photo shows of it
    assert drawn.encode(".png").startswith(b"\x89PNG")


def test_without_look_alikes_neither_is_told(
    sisters: Recogniser, known_photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "candidates", apart)
    answer = between(sisters, cut(known_photos["page"]))
    assert answer.either == ()
    assert answer.sentence.startswith("Not sure; perhaps ")
    assert isinstance(answer.picture, MatchEvidence)


def test_what_fits_only_mirrored_is_not_one_of_two_either(sisters: Recogniser, known_photos: Photos) -> None:
    photo = flipped(cut(known_photos["page"]))
    assert between(sisters, photo).either == ()
    answer = between(sisters, photo, mirrored=True)
    assert set(answer.either) == {"mild", "hot"}
    assert "in the mirror, which look alike" in answer.sentence
    assert isinstance(answer.picture, EitherPicture)
    assert answer.picture.encode(".png").startswith(b"\x89PNG")


def test_a_place_may_show_one_of_two_as_well(sisters: Recogniser, known_photos: Photos) -> None:
    page = cut(known_photos["page"])
    room = np.full((page.shape[0] + 60, page.shape[1] + 200, 3), 90, np.uint8)
    room[30:-30, 40 : 40 + page.shape[1]] = page
    shares = 1 - np.geomspace(0.5, 0.002, 12)
    answers = (sisters.find(room, method="geometry", unknown_share=float(share)) for share in shares)
    answer = next(one for one in answers if one.found and one.found[0].instance is None)
    (found,) = answer.found
    assert set(found.either) == {"mild", "hot"}
    assert found.other is not None
    assert found.probability < EVEN <= found.probability + found.other.probability
    assert found.name == " or ".join(found.either)
    assert answer.picture is not None
    assert answer.picture.encode(".png").startswith(b"\x89PNG")
