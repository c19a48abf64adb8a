"""Near twins: two drawn cartons that differ in one patch, and what is said of them."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from resight.calibration.simulated_views import MILD, view
from resight.features.encoder import encoders
from resight.io.images import Photo, resize
from resight.search.describe import extract
from resight.verification.comparison import NO_VOTES, LocalFeatures, verify
from resight.verification.near_twins import PLACES, TELLING, Twins, local_difference, twins
from tests.galleries import quick

SIZE = (300, 420)
THIRDS = [(down, across) for down in range(3) for across in range(3)]


@pytest.fixture(scope="module")
def carton(known_photos: dict[str, Any]) -> Any:
    """A front of a carton: letters and drawings all over."""
    return resize(known_photos["page"], SIZE, resampling="area")


def _seen(photo: Any, *, few: bool = False) -> LocalFeatures:
    with quick() if few else nullcontext():
        return extract(Photo(photo, (photo.shape[1], photo.shape[0]), b""), encoders(["classical"])).local


def _differing(query: LocalFeatures, reference: LocalFeatures) -> float:
    return local_difference(query, reference, verify(query, reference, NO_VOTES).check)


def _at(photo: Any, side: int) -> Any:
    """The photo with this longer side."""
    height, width = (round(length * side / max(photo.shape)) for length in photo.shape[:2])
    return resize(photo, (width, height), resampling="area")


def _fog(photo: Any) -> Any:
    return cv2.GaussianBlur(photo, (0, 0), 9)


def _beside(query: Any, reference: Any) -> Twins | None:
    ours, theirs = _seen(query), _seen(reference)
    return twins(ours, theirs, verify(ours, theirs, NO_VOTES).check)


def _patched(photo: Any, *boxes: tuple[int, int, int, int]) -> Any:
    """The photo with red patches, each from (left, top) to (right, bottom)."""
    patched = photo.copy()
    for left, top, right, bottom in boxes:
        patched[top:bottom, left:right] = (190, 30, 40)
    return patched


def test_one_carton_hardly_differs_from_itself(carton: Any) -> None:
    dimmer = (0.7 * carton + 20).astype(np.uint8)
    for query in (carton, dimmer):
        found = _beside(query, carton)
        assert found is not None
        assert found.share < TELLING / 4
        assert found.sentence() == "and hardly differs between the points that agree"


@pytest.mark.parametrize(
    ("boxes", "place"),
    [
        ([(45, 50, 130, 370)], "on the left of the known photo"),
        ([(170, 50, 255, 370)], "on the right of the known photo"),
        ([(90, 100, 210, 320)], "in the middle of the known photo"),
        ([(30, 40, 270, 150)], "at the top of the known photo"),
        ([(40, 60, 120, 360), (170, 50, 260, 370)], "on the right of the known photo"),
    ],
)
def test_a_patch_that_differs_is_pointed_at(carton: Any, boxes: list[tuple[int, int, int, int]], place: str) -> None:
    """The larger of two; on the known photo, which stands upright, though the other lies on its side."""
    turned = np.ascontiguousarray(np.rot90(_patched(carton, *boxes)))
    for query in (_patched(carton, *boxes), turned):
        found = _beside(query, carton)
        assert found is not None
        assert re.match(rf"but differs here: {place}; in all \d\d % of what lies between the points", found.sentence())


def test_what_differs_counts_where_the_rest_agrees(carton: Any) -> None:
    """As of another carton of the design; the larger the more. A blur, as such, is no difference."""
    known, patch = _seen(carton), (45, 50, 130, 370)
    views = [carton, _patched(carton, (200, 90, 250, 140)), _patched(carton, patch)]
    same, little, much, dim, dim_much, hidden = (
        _differing(seen, known)
        for seen in map(
            _seen, [*views, *(cv2.GaussianBlur(view, (0, 0), 3) for view in (carton, views[2])), _fog(views[2])]
        )
    )
    assert same < 0.2 < 0.5 < little < much
    assert dim < 0.2 < much / 2 < dim_much
    assert hidden == 0
    assert local_difference(known, known, NO_VOTES) == 0


@pytest.mark.parametrize("few", [False, True], ids=["all points", "few points"])
def test_it_means_the_same_of_small_photos(known_photos: dict[str, Any], few: bool) -> None:
    """The query small, the known photo, or both."""
    photo = resize(known_photos["coffee"], (480, 320), resampling="area")
    views = [
        view(shown, [], np.random.default_rng(6), how=replace(MILD, camera=0, covered=0))
        for shown in (photo, _patched(photo, (90, 70, 250, 170)))
    ]
    sizes = ((480, 480), (160, 480), (480, 160), (160, 160))
    found = np.array(
        [
            [_differing(_seen(_at(shown, asked), few=few), _seen(_at(photo, told), few=few)) for shown in views]
            for asked, told in sizes
        ]
    )
    assert (found[:, 0] < 0.1).all()
    np.testing.assert_allclose(found[:, 1], found[0, 1], rtol=0.1)
    assert found[0, 1] > 1


def _flat(*thirds: tuple[int, int]) -> Twins:
    difference = np.zeros((90, 60))
    for down, across in thirds:
        difference[30 * down + 2 : 30 * down + 28, 20 * across + 1 : 20 * across + 19] = 0.9
    return Twins(difference, np.ones((90, 60), bool))


@pytest.mark.parametrize("third", THIRDS)
def test_each_third_has_its_words(third: tuple[int, int]) -> None:
    found = _flat(third)
    alone = Twins(found.difference, found.difference > 0)  # nothing else was compared
    place = PLACES[third[0]][third[1]]
    assert alone.sentence() == (
        f"but differs here: {place} of the known photo; in all 100 % of what lies between the points that agree"
    )


def test_left_and_right_are_not_the_middle() -> None:
    """The largest is told, and that it is not all."""
    found = _flat((0, 0), (1, 0), (2, 0), (0, 2), (1, 2), (2, 2))
    found.difference[2:88, 1:19] = 0.9
    assert found.sentence().startswith("but differs here: on the left of the known photo; ")
    found.difference[28:32, 40:] = 0
    apart = _flat((0, 0), (0, 2), (2, 0), (2, 2))
    assert apart.sentence().startswith("but differs here: at the top left of the known photo, most of all; ")


def test_little_is_not_worth_a_word() -> None:
    found = _flat((0, 0))
    assert found.share == pytest.approx(26 * 18 / 5400)
    assert 0 < found.share < TELLING
    assert "hardly differs" in found.sentence()


def test_photos_that_cannot_be_laid_over_each_other_are_none(carton: Any) -> None:
    assert _beside(np.zeros_like(carton), carton) is None
    assert Twins(np.zeros((3, 4)), np.zeros((3, 4), bool)).share == 0
