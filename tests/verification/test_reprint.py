"""Prints of one picture are told from photos that only look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.recipes.evidence.sister_products import sisters
from resight.verification.registration import RegisteredPair, lab
from resight.verification.reprint import COVERED, LEAST, is_reprint


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
