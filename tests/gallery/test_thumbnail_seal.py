"""Seals: every change of a sealed image, or of whose it is, shows; and the pixels are as they were."""

from __future__ import annotations

import numpy as np
import pytest

from resight.gallery.thumbnail_seal import is_broken, sealed
from resight.io import images


@pytest.fixture
def jpeg(rng: np.random.Generator) -> bytes:
    return images.encode(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8), ".jpg")


def test_a_seal_changes_no_pixel(jpeg: bytes) -> None:
    np.testing.assert_array_equal(images.read(sealed(jpeg, b"mine")).image, images.read(jpeg).image)
    assert not is_broken(sealed(jpeg, b"mine"), b"mine")


def test_a_seal_is_of_one_owner(jpeg: bytes) -> None:
    assert is_broken(sealed(jpeg, b"mine"), b"yours")


def test_every_changed_byte_shows_or_is_in_the_words_of_the_seal(jpeg: bytes, rng: np.random.Generator) -> None:
    """What is no seal any more is a comment, which no decoder looks at."""
    seal = sealed(jpeg, b"mine")
    for place in [*range(40), *rng.integers(40, len(seal), 200)]:
        changed = seal[:place] + bytes([seal[place] ^ 4]) + seal[place + 1 :]
        assert is_broken(changed, b"mine") or 20 <= place < 28 or place in (4, 5)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\xff\xff", b"thumbnail"])
def test_what_has_no_seal_has_no_broken_one(data: bytes, jpeg: bytes) -> None:
    assert not is_broken(data, b"mine")
    assert not is_broken(jpeg, b"mine")
