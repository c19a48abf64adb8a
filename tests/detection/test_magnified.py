"""A closer look: larger where the photo has the pixels, and parts cut out where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from resight.detection.magnified import MagnifiedPhoto, longest
from resight.features.coarse_quantiser import CoarseQuantiser
from resight.features.encoder import GlobalEncoder, LocalEncoder
from resight.io.images import Photo
from resight.types import Features, Preprocess


@dataclass(frozen=True, eq=False)
class Extractor:
    """No points, but the side at which they were looked for, as their one value."""

    preprocess: Preprocess
    fingerprint: str = "sides"

    def at(self, long_side: int) -> Extractor:
        return replace(self, preprocess=Preprocess(long_side=long_side))

    def features(self, photo: Photo) -> Features:
        side = np.full((1, 1), self.preprocess.long_side, np.float32)
        return Features(np.zeros((1, 2), np.float32), side, np.ones(1), np.zeros(1), photo.size)


CELLS = CoarseQuantiser(np.zeros((1, 3), np.uint8))
VOTES = LocalEncoder("votes", "votes", "votes", Extractor(Preprocess(long_side=100)), {}, CELLS)
POOLED = GlobalEncoder("pooled", "pooled", "pooled", Extractor(Preprocess(long_side=140)), {}, np.mean)


def _photo(width: int, height: int, shrunk: int = 1) -> Photo:
    """Grey levels that rise to the right, from a file of so many times as many pixels each way."""
    image = np.repeat(np.linspace(0, 255, width).astype(np.uint8)[None, :, None], height, axis=0).repeat(3, axis=2)
    return Photo(image, (shrunk * width, shrunk * height), b"")


@pytest.mark.parametrize(("width", "side"), [(30, 100), (100, 100), (130, 130), (200, 200), (900, 200)])
def test_it_is_as_close_as_the_photo_has_pixels_for(width: int, side: int) -> None:
    look = MagnifiedPhoto(_photo(width, 20), (VOTES,))
    assert look.local.features.values[0, 0] == side
    assert look.local.image.shape[1] == min(width, 200)


def test_encoders_that_do_not_vote_leave_no_local_features() -> None:
    look = MagnifiedPhoto(_photo(300, 200), (POOLED,))
    assert len(look.local.features) == 0
    assert look.features(POOLED, 1.5).values[0, 0] == 210
    assert longest((VOTES, POOLED)) == 280


def test_a_part_is_what_lies_around_the_outline_of_the_whole_photo() -> None:
    photo = _photo(100, 50, shrunk=4)
    part = MagnifiedPhoto(photo, (VOTES,)).part(np.array([(80.0, 40), (241, 40), (160, 90)]))
    assert part is not None
    np.testing.assert_array_equal(part.image, photo.image[10:23, 20:61])
    assert part.size == (41, 13)


@pytest.mark.parametrize("place", [(-50.0, 5.0), (500.0, 5.0), (10.0, -40.0)])
def test_what_lies_off_the_photo_has_no_part(place: tuple[float, float]) -> None:
    outline = np.array(place) + np.array([(0, 0), (9, 0), (9, 9)])
    assert MagnifiedPhoto(_photo(100, 50), (VOTES,)).part(outline) is None
