"""Prints of one picture are told from photos that only look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.sister_products import sisters
from resight.search.describe import featureless
from resight.types import SpatialVerification
from resight.verification.comparison import LocalFeatures
from resight.verification.registration import RegisteredPair, lab, resized
from resight.verification.reprint import (
    COVERED,
    LEAST,
    alteration,
    are_prints,
    is_reprint,
    may_be_whole,
    print_sureness,
)


@pytest.fixture(scope="module")
def chelsea(known_photos: dict[str, npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    return cv2.resize(known_photos["chelsea"], (160, 106), interpolation=cv2.INTER_AREA)


def laid(query: Any, reference: Any) -> RegisteredPair:
    """All of both."""
    return RegisteredPair(lab(query), lab(reference), np.ones(reference.shape[:2], bool))


def jpeg(image: Any, quality: int) -> Any:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize("change", ["nothing", "quality", "light", "size"])
def test_saved_anew(chelsea: Any, change: str) -> None:
    again = {
        "nothing": chelsea,
        "quality": jpeg(chelsea, 40),
        "light": np.clip(chelsea.astype(int) + 20, 0, 255).astype(np.uint8),
        "size": cv2.resize(cv2.resize(chelsea, (80, 53), interpolation=cv2.INTER_AREA), (160, 106)),
    }[change]
    assert is_reprint(laid(again, chelsea), 1.0)


def test_sister_products_differ_somewhere(chelsea: Any) -> None:
    """But for words of a few pixels; as do a picture and the same with a word or a dot of another colour."""
    told = []
    for seed in range(40):
        family = sisters([chelsea], np.random.default_rng(seed), 3)
        small = [cv2.resize(one, (80, 160), interpolation=cv2.INTER_AREA) for one in family]
        # Some families are grey, and hues of grey are none.
        others = [one for one in small[1:] if np.abs(one.astype(int) - small[0]).max() > 40]
        told += [is_reprint(laid(other, small[0]), 1.0) for other in others]
    assert len(told) > 60
    assert sum(told) <= 1
    written = cv2.putText(chelsea.copy(), "500 g", (10, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    dotted = cv2.circle(chelsea.copy(), (40, 30), 6, (250, 60, 60), -1)
    assert not is_reprint(laid(written, chelsea), 1.0)
    assert not is_reprint(laid(dotted, chelsea), 1.0)


def test_what_shows_nothing_is_no_print_of_anything() -> None:
    plain = np.full((100, 160, 3), 200, np.uint8)
    assert not is_reprint(laid(plain, plain), 1.0)


def test_one_of_the_two_is_seen_whole(chelsea: Any) -> None:
    whole = laid(chelsea, chelsea)
    part = np.zeros_like(whole.mask)
    part[:60, :80] = True
    assert is_reprint(replace(whole, mask=part), 1.0)
    assert is_reprint(whole, 0.3)
    assert not is_reprint(replace(whole, mask=part), COVERED - 0.01)
    few = np.zeros_like(whole.mask)
    few[:20, :20] = True
    assert few.mean() < LEAST
    assert not is_reprint(replace(whole, mask=few), 1.0)


def _label(year: str) -> Any:
    """A label of which a small figure alone differs from others'."""
    rng = np.random.default_rng(5)
    image = np.full((320, 240, 3), (236, 230, 214), np.uint8)
    for x, y, radius in rng.integers((20, 20, 5), (220, 150, 18), (40, 3)).tolist():
        cv2.circle(image, (x, y), radius, tuple(rng.integers(30, 220, 3).tolist()), -1)
    cv2.putText(image, "Riviere", (40, 200), cv2.FONT_HERSHEY_COMPLEX, 1.2, (70, 40, 60), 2)
    return cv2.putText(image, year, (95, 240), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (120, 20, 20), 1)


def _local(image: Any) -> LocalFeatures:
    return LocalFeatures(featureless(image.shape[1::-1]), image)


@pytest.mark.parametrize(("size", "quality"), [((240, 320), 95), ((240, 320), 30), ((150, 200), 60)])
def test_a_label_saved_anew_is_itself_and_not_that_of_another_year(size: tuple[int, int], quality: int) -> None:
    """Smoothed, both are one picture."""
    known, other = _local(_label("2011")), _local(_label("2014"))
    again = _local(jpeg(cv2.resize(known.image, size, interpolation=cv2.INTER_AREA), quality))
    assert print_sureness(known, known) == 1
    assert print_sureness(again, known) >= 0.5
    small = [cv2.resize(one.image, (120, 160), interpolation=cv2.INTER_AREA) for one in (other, known)]
    assert is_reprint(laid(*small), 1.0)
    assert print_sureness(other, known) == print_sureness(again, other) == 0
    whole = resized(np.array(known.features.size) / np.array(again.features.size))
    assert are_prints(again, known, whole)
    assert not are_prints(again, other, whole)
    assert alteration(again, known) == 0
    assert (alteration(other, known) or 0) > 0.3


def test_a_photo_of_something_else_is_no_picture_altered(known_photos: dict[str, npt.NDArray[np.uint8]]) -> None:
    cat, cup = (_local(cv2.resize(known_photos[name], (240, 320))) for name in ("chelsea", "coffee"))
    assert alteration(cup, cat) is None
    assert alteration(_local(cv2.GaussianBlur(cat.image, (0, 0), 8)), cat) is None


def test_what_is_too_small_to_read_is_no_print_beyond_doubt() -> None:
    known = _local(_label("2011"))
    tiny = _local(cv2.resize(known.image, (48, 64), interpolation=cv2.INTER_AREA))
    assert print_sureness(tiny, known) == 0


def test_only_whole_photos_may_be_whole_prints() -> None:
    known, half = _local(_label("2011")), _local(_label("2011")[:160])
    cut = SpatialVerification(
        0.0, np.zeros((0, 2), np.int64), np.array([[1.0, 0, 30], [0, 1, 0], [0, 0, 1]]), np.zeros(0, np.float32)
    )
    nothing, still = replace(cut, transform=None), replace(cut, transform=np.eye(3))
    behind = replace(cut, transform=np.diag([1.0, 1, -1]))
    assert [may_be_whole(known, known, check) for check in (nothing, still, cut, behind)] == [True, True, False, False]
    assert not may_be_whole(half, known, nothing)
