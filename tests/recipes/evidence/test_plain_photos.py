"""Plain photos: the same ones at every call, of several kinds, most of which show something."""

from __future__ import annotations

import numpy as np

from resight.features.content import shows_something
from resight.recipes.evidence.plain_photos import EACH, plain_photos


def test_they_are_photos_that_stay_the_same() -> None:
    found, again = plain_photos(), plain_photos()
    assert len(found) % EACH == 0
    assert all(photo.dtype == np.uint8 and photo.shape == (360, 480, 3) for photo in found)
    assert len({photo.tobytes() for photo in found}) == len(found)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_most_show_something_to_be_confused_by() -> None:
    """What shows nothing gets no name anyway."""
    assert np.mean([shows_something(photo) for photo in plain_photos()]) > 0.8
