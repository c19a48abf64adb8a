"""Of labels that differ by a word, the one that a photo shows is told by that word, and by nothing where it is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.features.sift import RootSift
from resight.features.vocabulary import load
from resight.types import SpatialVerification
from resight.verification.comparison import LocalFeatures, agreed
from resight.verification.contrast import Contrast, LookAlike, contrast, explained, look_alike

Image = npt.NDArray[np.uint8]
NOTHING = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))
SIFT = RootSift(load(), features=400)
BOX = (slice(200, 260), slice(40, 200))
"""Where the labels differ, and nowhere else."""


def _label(word: str, ink: tuple[int, int, int] = (150, 30, 30)) -> Image:
    """A label of 240 × 320 pixels, all of whose kind are drawn alike but for a word."""
    rng = np.random.default_rng(3)
    image = np.full((320, 240, 3), (240, 230, 210), np.uint8)
    for _ in range(70):
        x, y, radius = (int(each) for each in rng.integers((0, 0, 4), (240, 190, 14)))
        cv2.circle(image, (x, y), radius, tuple(rng.integers(30, 220, 3).tolist()), -1)
    for row in range(4):
        cv2.putText(image, "kept by hand", (20, 275 + 12 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (60, 50, 40), 1)
    cv2.putText(image, word, (45, 240), cv2.FONT_HERSHEY_DUPLEX, 1.0, ink, 2)
    return image


def _local(image: Image) -> LocalFeatures:
    return LocalFeatures(SIFT.extract([image])[0], image)


def _seen(image: Image, *, blur: float = 0.6, light: float = 0.8, shift: float = 5.0) -> Image:
    """The label from a little aside, in another light, with noise."""
    matrix = np.array([[0.9, 0.06, 12 + shift], [-0.05, 0.88, 20.0], [2e-4, 1e-4, 1.0]])
    warped = cv2.warpPerspective(image, matrix, (240, 320), borderValue=(110, 110, 105)).astype(np.float32)
    soft = cv2.GaussianBlur(warped, (0, 0), blur) * light * (1.05, 1.0, 0.92)
    return np.clip(soft + np.random.default_rng(0).normal(0, 2, soft.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def known() -> list[LocalFeatures]:
    return [_local(_label(word)) for word in ("CUMIN", "BASIL", "MACE")]


def _contrast(query: LocalFeatures, known: list[LocalFeatures]) -> Contrast:
    first, *others = known
    alike = [(other, look_alike(other, first)) for other in others]
    check = agreed(query.features, first.features, NOTHING)
    return contrast(query, first, check, [(other, like) for other, like in alike if like is not None])


def test_labels_of_one_design_differ_where_their_words_do(known: list[LocalFeatures]) -> None:
    like = look_alike(known[1], known[0])
    assert like is not None
    np.testing.assert_allclose(like.matrix, np.eye(3), atol=0.02)
    rows, columns = (axis * 2 for axis in np.nonzero(like.differs))
    assert like.shared[rows // 2, columns // 2].all()
    assert (BOX[0].start <= rows.min(), rows.max() <= BOX[0].stop) == (True, True)
    assert (BOX[1].start <= columns.min(), columns.max() <= BOX[1].stop) == (True, True)


def test_other_things_do_not_look_alike(known: list[LocalFeatures], known_photos: dict[str, Any]) -> None:
    cat = cv2.resize(known_photos["chelsea"], (320, 212), interpolation=cv2.INTER_AREA)
    assert look_alike(_local(cat), known[0]) is None
    same = look_alike(known[0], known[0])
    assert same is not None
    assert not same.differs.any()


@pytest.mark.parametrize("row", range(3))
def test_a_photo_speaks_for_the_label_that_it_shows(known: list[LocalFeatures], row: int) -> None:
    shown = _local(_seen(_label(("CUMIN", "BASIL", "MACE")[row])))
    found = _contrast(shown, known)
    others = [other for other in range(3) if other != row]
    assert (found.ratios[row, others] > 10).all()
    assert found.misfits.argmin() == row
    np.testing.assert_array_equal(found.ratios, -found.ratios.T)


def test_which_is_laid_under_the_others_hardly_matters(known: list[LocalFeatures]) -> None:
    shown = _local(_seen(_label("BASIL")))
    one, other = _contrast(shown, known[:2]), _contrast(shown, known[1::-1])
    assert 0.5 < one.ratios[1, 0] / other.ratios[0, 1] < 2


@pytest.mark.parametrize("how", [{"light": 0.55}, {"light": 1.1}, {"shift": 5.5}, {"shift": -4.0}, {"blur": 1.2}])
def test_light_place_and_some_blur_change_little(known: list[LocalFeatures], how: dict[str, float]) -> None:
    usual = _contrast(_local(_seen(_label("CUMIN"))), known).ratios
    assert (_contrast(_local(_seen(_label("CUMIN"), **how)), known).ratios[0, 1:] > usual[0, 1:] / 4).all()


def test_a_colour_tells(known: list[LocalFeatures]) -> None:
    """The word is the same, and as dark."""
    red, green = _local(_label("CUMIN", (170, 40, 40))), _local(_label("CUMIN", (20, 95, 35)))
    for row, ink in enumerate(((170, 40, 40), (20, 95, 35))):
        ratios = _contrast(_local(_seen(_label("CUMIN", ink))), [red, green]).ratios
        assert ratios[row, 1 - row] > 10


@pytest.mark.parametrize("word", ["CUMIN", "BASIL"])
def test_what_is_not_resolved_tells_nothing(known: list[LocalFeatures], word: str) -> None:
    """The word is wiped out, or so small in the photo that nobody could read it."""
    sharp = _local(_seen(_label(word)))
    blurred = replace(sharp, image=cv2.GaussianBlur(sharp.image, (0, 0), 9))
    tiny = replace(sharp, image=cv2.resize(sharp.image, (18, 24), interpolation=cv2.INTER_AREA))
    clear = np.abs(_contrast(sharp, known[:2]).ratios).max()
    right = ("CUMIN", "BASIL").index(word)
    for lost in (blurred, tiny):
        ratios = _contrast(lost, known[:2]).ratios
        assert -1 < ratios[right, 1 - right] < clear / 10


def test_a_third_label_fits_neither_word(known: list[LocalFeatures]) -> None:
    own = _contrast(_local(_seen(_label("CUMIN"))), known[:2]).misfits
    third = _contrast(_local(_seen(_label("THYME"))), known[:2]).misfits
    assert third.min() > 1.5 * own.min()


def test_what_hides_the_word_speaks_for_neither(known: list[LocalFeatures]) -> None:
    covered = _label("CUMIN")
    covered[BOX] = (120, 160, 90)
    found = _contrast(_local(_seen(covered)), known[:2])
    shown = _contrast(_local(_seen(_label("CUMIN"))), known[:2])
    assert np.abs(found.ratios).max() < np.abs(shown.ratios).max() / 5


def test_without_a_transform_or_a_place_that_differs_there_is_nothing_to_tell(known: list[LocalFeatures]) -> None:
    like = look_alike(known[1], known[0])
    assert like is not None
    same = LookAlike(like.matrix, np.zeros_like(like.differs), like.shared)
    still = SpatialVerification(0.0, np.zeros((0, 2), np.int64), np.eye(3), np.zeros(0, np.float32))
    for check, alike in ((NOTHING, like), (still, same)):
        found = contrast(known[0], known[0], check, [(known[1], alike)])
        np.testing.assert_array_equal(found.ratios, np.zeros((2, 2)))
        np.testing.assert_array_equal(found.misfits, np.zeros(2))


def test_points_that_one_photo_alone_explains() -> None:
    """Of points 0-9 both explain five, the first three more and the second one more."""
    checks = [_explaining([0, 1, 2, 3, 4, 5, 6, 7]), _explaining([0, 1, 2, 3, 4, 9])]
    np.testing.assert_allclose(explained(checks), [[0, np.log(4 / 2)], [np.log(2 / 4), 0]])
    np.testing.assert_array_equal(explained([checks[0]]), [[0]])


def _explaining(points: list[int]) -> SpatialVerification:
    weights = np.ones(len(points), np.float32)
    return SpatialVerification(float(len(points)), np.column_stack([points, points]), np.eye(3), weights)
