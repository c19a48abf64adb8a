"""Sketches pass whatever is a print of one picture, and little else."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.verification import colour_thumbnails
from resight.verification.colour_thumbnails import ColourThumbnails

Photo = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def chelsea(known_photos: dict[str, Photo]) -> Photo:
    return known_photos["chelsea"]


def drawn(photos: Sequence[Photo]) -> ColourThumbnails:
    drawn = ColourThumbnails(len(photos))
    for row, photo in enumerate(photos):
        drawn.add(row, photo)
    return drawn


def alike(*photos: Photo) -> list[int]:
    """Rows of the photos that pass as the first one's."""
    return drawn(photos).alike(0, np.arange(1, len(photos))).tolist()


def test_what_is_saved_anew_passes_nearest_first(chelsea: Photo) -> None:
    small = cv2.resize(chelsea, (120, 80), interpolation=cv2.INTER_AREA)
    rough = cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    lit = np.clip(chelsea.astype(int) + 20, 0, 255).astype(np.uint8)
    assert alike(chelsea, rough, lit, chelsea)[0] == 3
    assert sorted(alike(chelsea, rough, lit, chelsea)) == [1, 2, 3]


@pytest.mark.parametrize("side", colour_thumbnails.SIDES)
def test_a_dot_of_another_colour_does_not(chelsea: Photo, side: int) -> None:
    """Of the size of a place of each level: the finer ones see what the coarse ones do not."""
    width, height = chelsea.shape[1] // side, chelsea.shape[0] // side
    dotted = chelsea.copy()
    row, column = side // 2, side // 3
    dotted[row * height : (row + 2) * height, column * width : (column + 2) * width] = (250, 20, 250)
    assert alike(chelsea, dotted) == []


def test_it_is_the_same_in_parts(chelsea: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [chelsea, *(np.roll(chelsea, shift, axis=1) for shift in (0, 1, 60, 2, 0, 90))]
    whole = alike(*photos)
    monkeypatch.setattr(colour_thumbnails, "AT_ONCE", 2)
    assert alike(*photos) == whole
    assert {1, 5} <= set(whole) < set(range(1, 7))


def test_none_is_compared_with_none(chelsea: Photo) -> None:
    drawn = ColourThumbnails(2)
    drawn.add(1, chelsea)
    assert (0 in drawn, 1 in drawn) == (False, True)
    assert drawn.alike(1, np.zeros(0, np.int64)).tolist() == []
