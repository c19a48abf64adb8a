"""What is where, with the encoders that ship: copies, neighbours and strangers in one photo, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import resight
from resight.claims import Claim, Finding, Rule
from resight.core.polygons import NOWHERE, box, iou
from resight.errors import GalleryError, PhotoError
from resight.finding import find, merged
from resight.indexing import index
from resight.io import images
from resight.look import Look
from resight.recogniser import Recogniser
from resight.stores.gallery import Gallery
from resight.types import Findings

from .galleries import Photos, quick, some, write

Photo = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]
KNOWN = ("astronaut", "camera", "chelsea", "coffee", "page")
PLACED = (("coffee", (40, 30), 300, 0.0), ("coffee", (515, 370), 220, 0.8), ("chelsea", (480, 30), 250, -0.4))
"""Name, upper left corner, width and turn of what stands before the grass; two of one thing, and a neighbour."""


def _pasted(photo: Photo, scene: Photo, at: tuple[int, int], width: int, turn: float) -> tuple[Photo, Array]:
    """The scene with the photo on it, and its outline from its upper left corner clockwise."""
    height = width * photo.shape[0] / photo.shape[1]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    rotated = (corners - corners.mean(axis=0)) @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    outline = rotated - rotated.min(axis=0) + at
    source = np.array([(0, 0), photo.shape[1::-1], (0, 0), (0, 0)], np.float32)
    source[1:] = (photo.shape[1], 0), (photo.shape[1], photo.shape[0]), (0, photo.shape[0])
    pose, size = cv2.getPerspectiveTransform(source, outline.astype(np.float32)), scene.shape[1::-1]
    soft = cv2.GaussianBlur(photo, (0, 0), max(0.3, 0.4 * photo.shape[1] / width))
    cover = cv2.warpPerspective(np.ones(photo.shape[:2], np.float32), pose, size)[..., None]
    laid = cv2.warpPerspective(soft, pose, size) * cover + scene * (1 - cover)
    return np.rint(laid).astype(np.uint8), outline


@pytest.fixture(scope="module")
def shelf(known_photos: Photos) -> tuple[Photo, list[tuple[str, Array]]]:
    """A photo of 800 × 640 pixels with PLACED and a stranger, the moon, and where they are."""
    scene = images.resize(known_photos["grass"], (800, 640))
    outlines = []
    for name, *place in PLACED:
        scene, outline = _pasted(known_photos[name], scene, *place)
        outlines.append((name, outline))
    return _pasted(known_photos["moon"], scene, (60, 330), 260, 0.2)[0], outlines


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("found") / "photos", some(known_photos, *KNOWN))


def _opened(folder: Path, *encoders: str) -> Iterator[Recogniser]:
    with quick():
        path = folder.parent / f"{'-'.join(encoders)}.gallery"
        index(folder, path, encoders=encoders)
        with resight.open(path) as recogniser:
            yield recogniser


@pytest.fixture(scope="module")
def classical(folder: Path) -> Iterator[Recogniser]:
    yield from _opened(folder, "classical")


@pytest.fixture(scope="module")
def pooled(folder: Path) -> Iterator[Recogniser]:
    yield from _opened(folder, "vlad")


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[Recogniser]:
    yield from _opened(folder, "house")


@pytest.fixture(scope="module")
def mixed(folder: Path) -> Iterator[Recogniser]:
    yield from _opened(folder, "classical", "house")


def _ious(found: Findings, outlines: list[tuple[str, Array]]) -> list[float]:
    """Of every outline with the nearest finding of its name."""
    return [max([iou(one.outline, outline) for one in found.found if one.instance == name], default=0.0)
            for name, outline in outlines]  # fmt: skip


class TestGeometry:
    def test_both_copies_and_the_neighbour_are_outlined_and_the_stranger_is_not(
        self, classical: Recogniser, shelf: Any
    ) -> None:
        photo, outlines = shelf
        found = classical.find(photo, way="geometry", picture=False)
        assert sorted(one.instance for one in found.found) == ["chelsea", "coffee", "coffee"]
        assert min(_ious(found, outlines)) > 0.9
        assert {one.way for one in found.found} == {"geometry"}
        for one in found.found:
            (outline,) = [outline for _, outline in outlines if iou(one.outline, outline) > 0.5]
            np.testing.assert_allclose(one.outline, outline, atol=12)  # from the same corner, the same way round
            assert one.match.check is not None
            assert one.probability == one.match.probability > 0.5

    def test_the_surest_comes_first(self, classical: Recogniser, shelf: Any) -> None:
        chances = [one.probability for one in classical.find(shelf[0], picture=False).found]
        assert chances == sorted(chances, reverse=True)

    def test_a_gallery_of_several_encoders_finds_the_same(self, mixed: Recogniser, shelf: Any) -> None:
        photo, outlines = shelf
        found = mixed.find(photo, way="geometry", picture=False)
        assert sorted(one.instance for one in found.found) == ["chelsea", "coffee", "coffee"]
        assert min(_ious(found, outlines)) > 0.9

    def test_what_is_left_out_is_a_stranger(self, classical: Recogniser, shelf: Any) -> None:
        barred = [id for id, item in classical.known.items.items() if item.instance == "coffee"]
        look = Look(images.read(shelf[0]), classical.encoders)
        rule = Rule(classical.calibration, None, 0.5)
        found = find(classical.known, look, rule, way="geometry", without=barred)
        assert [one.claim.instance for one in found] == ["chelsea"]

    def test_a_photo_of_one_thing_is_outlined_as_far_as_it_shows_it(
        self, classical: Recogniser, known_photos: Photos
    ) -> None:
        photo = known_photos["coffee"][100:, 150:]
        (one,) = classical.find(photo, way="geometry", picture=False).found
        assert one.instance == "coffee"
        assert iou(one.outline, box(np.zeros(2), np.array(photo.shape[1::-1]))) > 0.97


class TestHeat:
    def test_things_are_found_roughly_without_local_features(self, pooled: Recogniser, known_photos: Photos) -> None:
        scene = images.resize(known_photos["grass"], (800, 640))
        outlines = []
        for name, at in (("coffee", (40, 40)), ("chelsea", (430, 330))):
            scene, outline = _pasted(known_photos[name], scene, at, 330, 0.0)
            outlines.append((name, outline))
        found = pooled.find(scene, unknown_share=0.05, picture=False)
        assert sorted(one.instance for one in found.found) == ["chelsea", "coffee"]
        assert {one.way for one in found.found} == {"heat"}
        assert min(_ious(found, outlines)) > 0.5
        assert all(one.match.check is None for one in found.found)

    def test_votes_are_heat_as_well(self, classical: Recogniser, shelf: Any) -> None:
        photo, outlines = shelf
        found = classical.find(photo, way="heat", picture=False)
        assert {one.instance for one in found.found} <= {"chelsea", "coffee"}
        assert max(_ious(found, outlines)) > 0.4

    def test_what_geometry_found_is_not_found_again(self, classical: Recogniser, shelf: Any) -> None:
        both, alone = (classical.find(shelf[0], way=way, picture=False) for way in ("both", "geometry"))
        assert both.to_dict()["found"][:3] == alone.to_dict()["found"]


class TestStrangers:
    @pytest.mark.parametrize("name", ["grass", "moon", "rocket"])
    def test_nothing_known_is_found_in_photos_of_other_things(
        self, mixed: Recogniser, known_photos: Photos, name: str
    ) -> None:
        found = mixed.find(known_photos[name], picture=False)
        assert found.found == ()
        assert found.to_dict() == {"photo": "", "size": list(known_photos[name].shape[1::-1]), "found": []}

    def test_a_rate_may_be_chosen_and_is_checked(self, classical: Recogniser, shelf: Any) -> None:
        assert classical.find(shelf[0], far=1.0, picture=False).found
        for far in (-0.1, 2, float("nan")):
            with pytest.raises(ValueError, match="wanted a false-accept rate"):
                classical.find(shelf[0], far=far)
        with pytest.raises(ValueError, match="unknown_share"):
            classical.find(shelf[0], unknown_share=1.0)

    def test_more_unknown_things_make_every_name_less_probable(self, classical: Recogniser, shelf: Any) -> None:
        few, many = (
            {round(one.outline[0, 0]): one.probability for one in found.found}
            for found in (classical.find(shelf[0], way="geometry", unknown_share=share) for share in (0.1, 0.6))
        )
        assert all(many[place] < few[place] for place in many)


class TestBadInput:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 900), (2, 3)])
    def test_photos_of_hardly_a_pixel_hold_nothing(self, mixed: Recogniser, shape: tuple[int, int]) -> None:
        assert mixed.find(np.full((*shape, 3), 90, np.uint8), picture=False).found == ()

    def test_twenty_megapixels_are_found_in_their_own_pixels(
        self, classical: Recogniser, shelf: Any, tmp_path: Path
    ) -> None:
        photo, outlines = shelf
        (tmp_path / "large.jpg").write_bytes(images.encode(cv2.resize(photo, (5000, 4000)), ".jpg"))
        found = classical.find(tmp_path / "large.jpg", way="geometry", picture=False)
        assert found.size == (5000, 4000)
        assert min(_ious(found, [(name, 6.25 * outline) for name, outline in outlines])) > 0.9

    @pytest.mark.parametrize("encoders", [("classical",), ("house",)])
    def test_an_empty_gallery_finds_nothing(self, folder: Path, tmp_path: Path, shelf: Any, encoders: Any) -> None:
        path = tmp_path / "empty.gallery"
        with quick():
            index(folder, path, encoders=encoders)
            with resight.open(path) as recogniser:
                with Gallery.open(path, write=True) as gallery:
                    gallery.remove(instances=list(KNOWN))
                assert recogniser.find(shelf[0], picture=False).found == ()

    def test_geometry_without_local_features_says_what_is_possible(self, house: Recogniser, shelf: Any) -> None:
        with pytest.raises(GalleryError, match=r"has no local features, .* Find by heat, or index the photos with"):
            house.find(shelf[0], way="geometry")

    def test_another_way_is_refused(self, classical: Recogniser, shelf: Any) -> None:
        with pytest.raises(ValueError, match="way is 'smell'; wanted 'geometry', 'heat' or 'both'"):
            classical.find(shelf[0], way="smell")

    def test_what_is_no_photo_is_refused(self, classical: Recogniser) -> None:
        with pytest.raises(PhotoError):
            classical.find(b"no photo")


def _finding(name: str, probability: float, way: str, left: float) -> Finding:
    """A square of ten pixels, its left edge there."""
    outline = box(np.array([left, 0.0]), np.array([left + 10, 10.0]))
    return Finding(Claim(0, name, np.zeros(1), outline, None), probability, way)


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
        nowhere = replace(nowhere, claim=replace(nowhere.claim, outline=NOWHERE))
        assert merged([nowhere]) == [nowhere]
