"""Mirror images: what is found in one is told where it lies on the photo as it was given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from resight.features.encoder import Encoder, encoders
from resight.io.images import Photo
from resight.search.candidates import CLEAR
from resight.search.describe import extract
from resight.search.mirror_image import MirrorImage, as_given, check_as_given, mirrored, reflection
from resight.types import Image
from resight.verification.comparison import NO_VOTES, verify
from tests.galleries import Photos, quick, seen_again


@pytest.fixture(scope="module")
def makers() -> Iterator[tuple[Encoder, ...]]:
    with quick():
        yield encoders(["classical"])


def photo(image: Image) -> Photo:
    return Photo(image, (image.shape[1], image.shape[0]), b"")


def test_there_and_back(known_photos: Photos) -> None:
    cup = photo(known_photos["coffee"])
    np.testing.assert_array_equal(mirrored(mirrored(cup)).image, cup.image)
    np.testing.assert_array_equal(mirrored(cup).image[:, 0], cup.image[:, -1])
    np.testing.assert_array_equal(reflection(600) @ reflection(600), np.eye(3))
    np.testing.assert_array_equal(reflection(600) @ [0, 7, 1], [599, 7, 1])


def test_points_lie_on_the_photo_as_it_was_given(known_photos: Photos, makers: tuple[Encoder, ...]) -> None:
    cup = photo(known_photos["coffee"])
    turned = extract(mirrored(cup), makers).local
    given = as_given(turned)
    assert np.abs(given.image.astype(int) - extract(cup, makers).local.image).mean() < 1
    np.testing.assert_allclose(given.features.points[:, 0], 599 - turned.features.points[:, 0], atol=1e-3)
    np.testing.assert_array_equal(given.features.points[:, 1], turned.features.points[:, 1])
    np.testing.assert_allclose(np.cos(given.features.angles), -np.cos(turned.features.angles), atol=1e-5)
    np.testing.assert_allclose(np.sin(given.features.angles), np.sin(turned.features.angles), atol=1e-5)
    assert ((given.features.angles >= 0) & (given.features.angles < 2 * np.pi)).all()


def test_geometry_leads_from_the_photo_as_it_was_given(known_photos: Photos, makers: tuple[Encoder, ...]) -> None:
    """Of a photo and its own mirror image it is the reflection."""
    cup = extract(photo(known_photos["coffee"]), makers).local
    check = verify(extract(mirrored(mirrored(photo(known_photos["coffee"]))), makers).local, cup, NO_VOTES).check
    given = check_as_given(check, 600)
    assert given.transform is not None
    for corner in ([0, 0, 1], [599, 0, 1], [599, 399, 1]):
        x, y, w = given.transform @ corner
        np.testing.assert_allclose([x / w, y / w], [599 - corner[0], corner[1]], atol=2)
    assert np.linalg.det(given.transform[:2, :2]) < 0
    assert check_as_given(NO_VOTES, 600) is NO_VOTES


@pytest.mark.parametrize("name", ["coffee", "page"])
def test_what_fits_only_mirrored(known_photos: Photos, makers: tuple[Encoder, ...], name: str) -> None:
    known = extract(photo(known_photos[name]), makers).local
    plain = photo(seen_again(known_photos[name], 1))
    for query, only in ((mirrored(plain), True), (plain, False)):
        local = extract(query, makers).local
        found = MirrorImage.of(local, makers).fits_alone(known, verify(local, known, NO_VOTES).check)
        assert (found is not None) == only


def test_what_fits_both_ways_does_not_fit_mirrored_alone(known_photos: Photos, makers: tuple[Encoder, ...]) -> None:
    half = known_photos["coffee"][:, :300]
    both = photo(np.hstack([half, half[:, ::-1]]))
    local = extract(both, makers).local
    check = verify(extract(mirrored(both), makers).local, local, NO_VOTES).check
    assert check.score >= CLEAR
    assert MirrorImage.of(local, makers).fits_alone(local, check) is None
    assert MirrorImage.of(local, ()).fits_alone(local, NO_VOTES) is None


def test_a_mirror_image_is_not_looked_at_before_it_is_needed(known_photos: Photos, makers: tuple[Encoder, ...]) -> None:
    local = extract(photo(known_photos["coffee"]), makers).local
    looks = []
    image = MirrorImage(lambda: looks.append(1) or local.features)  # type: ignore[func-returns-value]
    clear = verify(local, local, NO_VOTES).check
    assert clear.score >= CLEAR
    assert image.fits_alone(local, clear) is None
    assert looks == []
    for _ in range(2):
        assert image.fits_alone(local, NO_VOTES) is not None
    assert looks == [1]
