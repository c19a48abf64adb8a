"""What is where, with the encoders that ship: copies, neighbours and unknown things in one photo, by both methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import resight
from resight.detection.detection import merged
from resight.detection.hypotheses import Hypothesis, NamedHypothesis
from resight.errors import GalleryError, PhotoError
from resight.gallery.stores.opening import open_gallery
from resight.io import images
from resight.recognition.recogniser import Recogniser
from resight.verification.polygons import NOWHERE, box
from tests.galleries import ON_SHELF, Photos, Shelf, ious, opened, pasted, quick


@pytest.fixture(scope="module")
def pooled(shelved: Path) -> Iterator[Recogniser]:
    yield from opened(shelved, "vlad")


@pytest.fixture(scope="module")
def house(shelved: Path) -> Iterator[Recogniser]:
    yield from opened(shelved, "house")


class TestHeat:
    def test_things_are_found_roughly_without_local_features(self, pooled: Recogniser, known_photos: Photos) -> None:
        scene = images.resize(known_photos["grass"], (800, 640))
        outlines = []
        for name, at in (("coffee", (40, 40)), ("chelsea", (430, 330))):
            scene, outline = pasted(known_photos[name], scene, at, 330, 0.0)
            outlines.append((name, outline))
        # Of five photos alone little is known of what VLAD's cosines say: the cup gets 0.54, and no name at 0.03.
        found = pooled.find(scene, unknown_share=0.02, keep_evidence=False)
        assert sorted(one.instance for one in found.found) == ["chelsea", "coffee"]
        assert {one.method for one in found.found} == {"heat"}
        assert min(ious(found, outlines)) > 0.5
        assert all(one.match.check is None for one in found.found)

    def test_votes_are_heat_as_well(self, classical: Recogniser, shelf: Shelf) -> None:
        photo, outlines = shelf
        found = classical.find(photo, method="heat", keep_evidence=False)
        assert {one.instance for one in found.found} <= {"chelsea", "coffee"}
        assert max(ious(found, outlines)) > 0.4

    def test_what_geometry_found_is_not_found_again(self, classical: Recogniser, shelf: Shelf) -> None:
        both, alone = (classical.find(shelf[0], method=way, keep_evidence=False) for way in ("both", "geometry"))
        assert both.to_dict()["found"][:3] == alone.to_dict()["found"]


class TestStrangers:
    @pytest.mark.parametrize("name", ["grass", "moon", "rocket"])
    def test_nothing_known_is_found_in_photos_of_other_things(
        self, mixed: Recogniser, known_photos: Photos, name: str
    ) -> None:
        found = mixed.find(known_photos[name], keep_evidence=False)
        assert found.found == ()
        assert found.to_dict() == {
            "photo": "",
            "sentence": "Nothing known was found",
            "size": list(known_photos[name].shape[1::-1]),
            "found": [],
            "hint": None,
        }

    def test_a_rate_may_be_chosen_and_is_checked(self, classical: Recogniser, shelf: Shelf) -> None:
        assert classical.find(shelf[0], false_accept_rate=1.0, keep_evidence=False).found
        for false_accept_rate in (-0.1, 2, float("nan")):
            with pytest.raises(ValueError, match="wanted a false-accept rate"):
                classical.find(shelf[0], false_accept_rate=false_accept_rate)
        with pytest.raises(ValueError, match="unknown_share"):
            classical.find(shelf[0], unknown_share=1.0)

    def test_more_unknown_things_make_every_name_less_probable(self, classical: Recogniser, shelf: Shelf) -> None:
        few, many = (
            {round(one.outline[0, 0]): one.probability for one in found.found}
            for found in (classical.find(shelf[0], method="geometry", unknown_share=share) for share in (0.1, 0.6))
        )
        assert all(many[place] < few[place] for place in many)


class TestBadInput:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 900), (2, 3)])
    def test_photos_of_hardly_a_pixel_hold_nothing(self, mixed: Recogniser, shape: tuple[int, int]) -> None:
        assert mixed.find(np.full((*shape, 3), 90, np.uint8), keep_evidence=False).found == ()

    def test_twenty_megapixels_are_found_in_their_own_pixels(
        self, classical: Recogniser, shelf: Shelf, tmp_path: Path
    ) -> None:
        photo, outlines = shelf
        (tmp_path / "large.jpg").write_bytes(images.encode(cv2.resize(photo, (5000, 4000)), ".jpg"))
        found = classical.find(tmp_path / "large.jpg", method="geometry", keep_evidence=False)
        assert found.size == (5000, 4000)
        assert min(ious(found, [(name, 6.25 * outline) for name, outline in outlines])) > 0.9

    @pytest.mark.parametrize("name", ["classical", "house"])
    def test_an_empty_gallery_finds_nothing(
        self, request: pytest.FixtureRequest, tmp_path: Path, shelf: Shelf, name: str
    ) -> None:
        path = tmp_path / "empty.gallery"
        request.getfixturevalue(name).gallery.copy(path)
        with quick(), resight.open(path) as recogniser:
            with open_gallery(path, write=True) as gallery:
                gallery.remove(instances=list(ON_SHELF))
            assert recogniser.find(shelf[0], keep_evidence=False).found == ()

    def test_geometry_without_local_features_says_what_is_possible(self, house: Recogniser, shelf: Shelf) -> None:
        with pytest.raises(GalleryError, match=r"has no local features, .* Find by heat, or index the photos with"):
            house.find(shelf[0], method="geometry")

    def test_another_way_is_refused(self, classical: Recogniser, shelf: Shelf) -> None:
        with pytest.raises(ValueError, match="method is 'smell'; wanted 'geometry', 'heat' or 'both'"):
            classical.find(shelf[0], method="smell")

    def test_what_is_no_photo_is_refused(self, classical: Recogniser) -> None:
        with pytest.raises(PhotoError):
            classical.find(b"no photo")


def _finding(name: str, probability: float, way: str, left: float) -> NamedHypothesis:
    """A square of ten pixels, its left edge there."""
    outline = box(np.array([left, 0.0]), np.array([left + 10, 10.0]))
    return NamedHypothesis(Hypothesis(0, name, np.zeros(1), outline, None), probability, way)


class TestMerging:
    def test_of_one_place_the_surest_name_stands(self) -> None:
        a, b = _finding("a", 0.7, "geometry", 0), _finding("b", 0.9, "heat", 2)
        assert merged([a, b]) == [b]

    def test_the_more_exact_outline_of_the_same_name_stands(self) -> None:
        exact, rough = _finding("a", 0.7, "geometry", 0), _finding("a", 0.9, "heat", 2)
        assert merged([exact, rough]) == [exact]

    def test_places_beside_each_other_both_stand_and_the_surest_is_first(self) -> None:
        a, b = _finding("a", 0.7, "geometry", 0), _finding("a", 0.9, "heat", 6)
        assert merged([a, b]) == [b, a]

    def test_nothing_merges_to_nothing(self) -> None:
        assert merged([]) == []
        nowhere = _finding("a", 0.6, "heat", 0)
        nowhere = replace(nowhere, hypothesis=replace(nowhere.hypothesis, outline=NOWHERE))
        assert merged([nowhere]) == [nowhere]
