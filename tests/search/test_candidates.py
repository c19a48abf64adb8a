"""Candidates: of different instances, with evidence for each, and none where nothing resembles the query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from resight.features.encoder import Encoder, encoders
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import create_gallery
from resight.indexing.enrolment import enrol
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.search import candidates as module
from resight.search.candidates import Candidates, candidates, columns, verify_all
from resight.search.describe import PhotoFeatures, extract
from resight.search.gallery_index import GalleryIndex
from resight.search.search_settings import COMPARED, SearchSettings
from resight.search.voting_rule import VotingRule
from resight.verification.comparison import BESIDE, LOCAL, NO_VOTES
from tests.galleries import Photos, quick, seen_again, write

NAMES = ("astronaut", "chelsea", "coffee", "coins", "page", "rocket", "text")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def makers(quickly: None) -> tuple[Encoder, ...]:
    return encoders(["classical", "vlad"])


@pytest.fixture(scope="module")
def gallery(
    known_photos: Photos, makers: Sequence[Encoder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    """Seven things, each in two photos; only to be read."""
    folder = tmp_path_factory.mktemp("photos")
    whole = {name: known_photos[name] for name in NAMES}
    part = {f"{name}/part": known_photos[name][10:, 20:] for name in NAMES}
    write(folder, {**whole, **part})
    with create_gallery(folder / "known.gallery", [maker.card() for maker in makers]) as made:
        list(enrol(made, discover(folder).entries, makers))
        yield made


@pytest.fixture(scope="module")
def known(gallery: Gallery, makers: Sequence[Encoder]) -> GalleryIndex:
    return GalleryIndex(gallery, makers)


@pytest.fixture(scope="module")
def coffee(known_photos: Photos, makers: Sequence[Encoder]) -> PhotoFeatures:
    return extract(images.read(seen_again(known_photos["coffee"], 0)), makers)


def instances(known: GalleryIndex, found: Candidates) -> list[str]:
    return [known.items[id].instance for id in found.ids]


def test_two_photos_of_one_thing_are_no_rivals(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    """However alike they are, neither counts against the other."""
    both = {item.id: NO_VOTES for item in known.items.values() if item.instance == "coffee"}
    found = verify_all(known, coffee, both)
    assert len(found) == 2
    assert known.look_alike(*both) is not None
    assert not found.twins
    assert not found.evidence[:, [LOCAL.index(kind) for kind in ("contrast", "explained", "misfit")]].any()


def test_each_candidate_is_of_another_instance_and_has_evidence(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    found = candidates(known, coffee)
    names = instances(known, found)
    assert names[0] == "coffee"
    assert len(set(names)) == len(names) == len(found) == len(found.checks)
    assert COMPARED <= len(names) <= COMPARED + 2
    (vlad,) = known.descriptors
    assert columns(known) == (*LOCAL, vlad, f"{vlad} alone")
    assert found.evidence.shape == (len(names), len(columns(known)))
    assert np.isfinite(found.evidence).all()
    right = found.evidence[0]
    assert right[1] == 1  # registered; others may be, by chance
    assert (right[[0, 2]] > found.evidence[1:, [0, 2]]).all()  # votes, structure


def test_no_more_are_looked_at_than_is_allowed(
    gallery: Gallery, makers: Sequence[Encoder], coffee: PhotoFeatures
) -> None:
    few = GalleryIndex(gallery, makers, settings=SearchSettings(compared=2))
    assert 2 <= len(candidates(few, coffee)) <= 4


def test_a_vote_takes_the_place_of_the_cosine(
    gallery: Gallery, makers: Sequence[Encoder], known: GalleryIndex, coffee: PhotoFeatures
) -> None:
    voting = GalleryIndex(gallery, makers, settings=SearchSettings(vote=VotingRule("majority", 3)))
    plain, voted = candidates(known, coffee), candidates(voting, coffee)
    assert plain.ids == voted.ids
    np.testing.assert_array_equal(plain.evidence[:, : len(LOCAL)], voted.evidence[:, : len(LOCAL)])
    shares = voted.evidence[:, len(LOCAL) :].sum(axis=1)
    assert shares[0] == pytest.approx(2 / 3)  # both photos of the cup are among the three nearest
    assert shares.sum() <= 1 + 1e-9
    alone = candidates(voting, coffee, exclude=[voted.ids[0]])
    assert alone.evidence[0, len(LOCAL) :].sum() == pytest.approx(1 / 3)


def test_cosines_are_those_of_the_descriptors(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    found = candidates(known, coffee)
    (encoder,) = known.descriptors
    query = coffee.descriptors[encoder].astype(float)
    for id, cosine in zip(found.ids, found.evidence[:, len(LOCAL) :].sum(axis=1), strict=True):
        row = known.descriptor(encoder, id).astype(float)
        assert cosine == pytest.approx((query @ row) / np.sqrt((query @ query) * (row @ row)), abs=1e-5)


def test_what_is_left_out_is_as_good_as_unknown(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    first = candidates(known, coffee).ids[0]
    (other,) = (id for id, item in known.items.items() if item.instance == "coffee" and id != first)
    assert candidates(known, coffee, exclude=[first]).ids[0] == other
    assert "coffee" not in instances(known, candidates(known, coffee, exclude=[first, other]))
    assert len(candidates(known, coffee, exclude=list(known.items))) == 0


@pytest.mark.parametrize("kind", ["classical", "vlad", "both"])
def test_a_black_photo_is_no_accident(known: GalleryIndex, gallery: Gallery, kind: str) -> None:
    makers = encoders(["classical", "vlad"] if kind == "both" else [kind])
    of_kind = known if kind == "both" else GalleryIndex(gallery, makers)
    found = candidates(of_kind, extract(images.read(np.zeros((90, 120, 3), np.uint8)), makers))
    assert (len(found), found.evidence.shape, found.checks) == (0, (0, len(columns(of_kind))), ())


def test_an_empty_gallery_has_no_candidates(makers: Sequence[Encoder], coffee: PhotoFeatures, tmp_path: Path) -> None:
    with create_gallery(tmp_path / "empty.gallery", [maker.card() for maker in makers]) as empty:
        found = candidates(GalleryIndex(empty, makers), coffee)
    assert (len(found), found.evidence.shape, found.checks) == (0, (0, len(LOCAL) + 2), ())


def test_descriptors_alone_propose_as_well(known: GalleryIndex, gallery: Gallery, coffee: PhotoFeatures) -> None:
    makers = encoders(["vlad"])
    alone = GalleryIndex(gallery, makers)
    found = candidates(alone, PhotoFeatures(alone.local(1), coffee.descriptors))
    assert instances(alone, found)[0] == "coffee"
    assert (found.evidence[:, : len(LOCAL)] == 0).all()
    assert list(found.evidence[:, -1]) == sorted(found.evidence[:, -1], reverse=True)


@pytest.fixture(scope="module")
def sisters(
    known_photos: Photos, makers: Sequence[Encoder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GalleryIndex]:
    """Two things that differ in one place, and a third one."""
    folder = tmp_path_factory.mktemp("sisters")
    write(
        folder, {**{name: _with_word(known_photos["coffee"], name) for name in WORDS}, "cat": known_photos["chelsea"]}
    )
    with create_gallery(folder / "sisters.gallery", [maker.card() for maker in makers]) as made:
        list(enrol(made, discover(folder).entries, makers))
        yield GalleryIndex(made, makers)


WORDS = ("MOCHA", "LATTE")


def _with_word(photo: np.ndarray, word: str) -> np.ndarray:
    written = photo.copy()
    written[60:130, 40:300] = 235
    return cv2.putText(written, word, (50, 118), cv2.FONT_HERSHEY_DUPLEX, 2.0, (120, 20, 20), 5)


def _beside(found: Candidates, kind: str) -> list[float]:
    return [float(value) for value in found.evidence[:, LOCAL.index(kind)]]


@pytest.mark.parametrize("shown", WORDS)
def test_of_twins_the_one_that_is_shown_has_the_contrast(
    sisters: GalleryIndex, known_photos: Photos, makers: Sequence[Encoder], shown: str
) -> None:
    seen = extract(images.read(seen_again(_with_word(known_photos["coffee"], shown), 1)), makers)
    found = candidates(sisters, seen)
    names = instances(sisters, found)
    right, other = names.index(shown), names.index(next(word for word in WORDS if word != shown))
    assert found.twins == {(min(right, other), max(right, other))}
    for kind in ("contrast", "explained"):
        assert _beside(found, kind)[right] == 0
    assert _beside(found, "contrast")[other] < -2
    assert 0 <= _beside(found, "misfit")[right] == _beside(found, "misfit")[other] < 0.7
    assert 0 <= _beside(found, "difference")[right] == _beside(found, "difference")[other] < 1
    assert all(_beside(found, kind)[names.index("cat")] == 0 for kind in BESIDE)
    assert _beside(found, "print") == [0, 0, 0]
    left = found.exclude(found.ids[right])
    assert (len(left), left.twins) == (2, frozenset())
    assert found.exclude(found.ids[names.index("cat")]).twins == {(0, 1)}


def test_a_twin_that_is_left_out_tells_still_where_its_likes_differ(
    sisters: GalleryIndex, known_photos: Photos, makers: Sequence[Encoder]
) -> None:
    """The one that is left has all of their design, and nothing of the word."""
    seen = extract(images.read(seen_again(_with_word(known_photos["coffee"], "LATTE"), 1)), makers)
    (gone,) = (id for id, item in sisters.items.items() if item.instance == "LATTE")
    plain, beside = candidates(sisters, seen, exclude=[gone]), candidates(sisters, seen, exclude=[gone], twin=gone)
    row = instances(sisters, beside).index("MOCHA")
    assert _beside(plain, "misfit")[row] == 0
    assert _beside(beside, "misfit")[row] > 0.7
    assert (_beside(beside, "contrast")[row], beside.twins) == (0, frozenset())
    assert gone not in beside.ids


def test_without_look_alikes_there_is_nothing_beside(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    found = candidates(known, coffee)
    assert found.twins == frozenset()
    beside = [LOCAL.index(kind) for kind in BESIDE if kind != "difference"]
    assert (found.evidence[:, beside] == 0).all()
    assert (found.evidence[1:, LOCAL.index("difference")] == 0).all()


def test_the_file_that_is_known_is_that_thing(known: GalleryIndex, coffee: PhotoFeatures) -> None:
    """Whatever is seen in it: here something else is. It is no thing of its own where it is left out."""
    (cat,) = (id for id, item in known.items.items() if item.photo.endswith("chelsea/whole.png"))
    named = replace(coffee, digest=known.items[cat].digest)
    found = candidates(known, named)
    assert found.ids[0] == cat
    assert _beside(found, "print") == [1, *[0] * (len(found) - 1)]
    assert instances(known, found).count("chelsea") == 1
    assert cat not in candidates(known, named, exclude=[cat]).ids
    assert known.holding(b"unknown") is None


@pytest.mark.parametrize("shown", WORDS)
@pytest.mark.parametrize("quality", [50, 90])
def test_a_picture_saved_anew_is_the_one_that_is_known(
    sisters: GalleryIndex, known_photos: Photos, makers: Sequence[Encoder], shown: str, quality: int
) -> None:
    """And its sister is not, though all but a word is the same picture."""
    again = images.encode(_with_word(known_photos["coffee"], shown), ".jpg", quality=quality)
    found = candidates(sisters, extract(images.read(again), makers))
    prints = dict(zip(instances(sisters, found), _beside(found, "print"), strict=True))
    assert prints.pop(shown) >= 0.5
    assert set(prints.values()) == {0.0}


def test_a_third_picture_of_the_design_is_neither(
    sisters: GalleryIndex, known: GalleryIndex, known_photos: Photos, makers: Sequence[Encoder]
) -> None:
    """Where one of the design alone is known, it may as well be that one, written on."""
    seen = extract(images.read(_with_word(known_photos["coffee"], "CHAI")), makers)
    found = candidates(sisters, seen)
    told = dict(zip(instances(sisters, found), _beside(found, "print"), strict=True))
    assert told["MOCHA"] == told["LATTE"] <= -0.2
    assert told["cat"] == 0
    assert _beside(found, "difference")[0] > 0.5
    assert not any(_beside(candidates(known, seen), "print"))


def test_a_picture_that_is_known_under_two_names_has_both(
    sisters: GalleryIndex, known_photos: Photos, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several prints the nearest is it, but for those that are as near."""
    seen = extract(images.read(_with_word(known_photos["coffee"], WORDS[0])), makers)
    for sure, kept in (({"MOCHA": 0.9, "LATTE": 0.88}, 2), ({"MOCHA": 0.9, "LATTE": 0.55}, 1)):
        told = {id: sure.get(item.instance, 0.0) for id, item in sisters.items.items()}
        monkeypatch.setattr(
            module,
            "print_sureness",
            lambda query, reference, told=told: next(v for id, v in told.items() if sisters.local(id) is reference),
        )
        assert np.count_nonzero(_beside(candidates(sisters, replace(seen, digest=b"")), "print")) == kept


@pytest.mark.parametrize(
    ("votes", "outvoted"),
    [
        ([], []),
        ([99], [False]),
        ([20, 4, 3, 2, 0], [False, False, True, True, True]),  # the last was named by its descriptor alone
        ([20, 6, 3, 2], [False] * 4),  # a rival
        ([14, 1, 1, 1], [False] * 4),  # few votes for anybody
        ([3, 20, 1, 4], [True, False, True, False]),
        ([0, 0], [False, False]),
    ],
)
def test_who_is_outvoted_by_hand(votes: list[float], outvoted: list[bool]) -> None:
    assert module._outvoted(votes) == outvoted


def test_a_closer_look_at_the_outvoted_changes_no_order(
    known: GalleryIndex, coffee: PhotoFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = candidates(known, coffee)
    monkeypatch.setattr(module, "CLEAR", np.inf)
    closely = candidates(known, coffee)
    assert quickly.ids == closely.ids
    np.testing.assert_array_equal(quickly.evidence[:2], closely.evidence[:2])
    assert (quickly.evidence[2:, 1] == 0).any()
