"""Look-alikes: a page and the same page with a patch; where they differ is pointed at on either and on a view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.features.encoder import encoders
from resight.io.images import Photo, resize
from resight.search.describe import extract
from resight.verification.comparison import NO_VOTES, LocalFeatures, agreed
from resight.verification.look_alikes import POINTED, LookAlikes

PATCH = (170, 60, 260, 190)
"""Left, top, right and bottom on a carton of 300 × 420 pixels: to the right, above the middle."""


@pytest.fixture(scope="module")
def photos(known_photos: dict[str, Any]) -> tuple[Any, Any]:
    """A front of a carton, and its sister's."""
    first = resize(known_photos["page"], (300, 420), resampling="area")
    second = first.copy()
    left, top, right, bottom = PATCH
    second[top:bottom, left:right] = (190, 30, 40)
    return first, second


SAME = np.eye(3)


def seen(photo: Any) -> LocalFeatures:
    return extract(Photo(photo, (photo.shape[1], photo.shape[0]), b""), encoders(["classical"])).local


@pytest.fixture(scope="module")
def pair(photos: tuple[Any, Any]) -> LookAlikes:
    return LookAlikes(*map(seen, photos))


def around_patch(outline: Any, to_carton: Any = SAME) -> bool:
    """Whether the middle of an outline, carried to the carton, lies in the patch."""
    x, y, w = to_carton @ (*outline.mean(axis=0), 1)
    left, top, right, bottom = PATCH
    return bool(left < x / w < right and top < y / w < bottom)


def test_the_patch_is_pointed_at_on_both(pair: LookAlikes) -> None:
    assert 1 <= len(pair.on_second) <= POINTED
    assert around_patch(pair.on_second[0])
    assert around_patch(pair.on_first[0])
    sizes = [mask.sum() for mask in pair.masks]
    assert sizes == sorted(sizes, reverse=True)
    low, high = pair.on_second[0].min(axis=0), pair.on_second[0].max(axis=0)
    assert (high - low < 2.2 * np.array([PATCH[2] - PATCH[0], PATCH[3] - PATCH[1]])).all()


def test_and_on_a_view(pair: LookAlikes, photos: tuple[Any, Any]) -> None:
    """Which stands on its head, so that the patch is at the bottom left; by either check, and by none nowhere."""
    query = seen(np.ascontiguousarray(photos[0][::-1, ::-1]))
    checks = [agreed(query.features, known.features, NO_VOTES) for known in (pair.first, pair.second)]
    turned = np.array([[-1, 0, 299], [0, -1, 419], [0, 0, 1]])
    for to_first, to_second in (checks, (NO_VOTES, checks[1]), (checks[0], NO_VOTES)):
        outlines = pair.on(query, to_first, to_second)
        assert len(outlines) == len(pair.masks)
        assert around_patch(outlines[0], turned)
    assert pair.on(query, NO_VOTES, NO_VOTES) == ()


def test_it_is_told_in_words(pair: LookAlikes) -> None:
    assert pair.sentence("Mild", "Hot") == "Mild and Hot look alike and differ most at the top right: compare there"


def test_what_does_not_differ_or_cannot_be_compared_is_told(pair: LookAlikes) -> None:
    same = LookAlikes(pair.first, pair.first)
    assert (same.masks, same.on_first, same.on_second) == ((), (), ())
    assert same.sentence("A", "B") == "A and B look alike and hardly differ between the points that agree"
    blank = LookAlikes(pair.first, seen(np.zeros((90, 90, 3), np.uint8)))
    assert blank.masks == ()
    assert blank.sentence("A", "B") == "A and B look alike, but cannot be laid over each other"
