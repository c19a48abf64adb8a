"""Contrast of two photos with a known look-alike: for the pair that a gallery knows better, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from resight.io import images
from resight.recognition.verifier import Verifier
from resight.types import Image
from resight.verification.fusion import PARTS
from tests.galleries import Photos, opened, quick, seen_again, write

CONTRAST = PARTS.index("contrast")


@pytest.fixture(scope="module")
def sisters(known_photos: Photos) -> tuple[Image, Image]:
    """Two pictures of one design, of which a part shows something else."""
    first = images.resize(known_photos["astronaut"], (320, 320)).copy()
    second = first.copy()
    second[100:180, 100:220] = images.resize(known_photos["chelsea"], (120, 80))
    return first, second


@pytest.fixture(scope="module")
def verifier(
    sisters: tuple[Image, Image], known_photos: Photos, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Verifier]:
    folder = tmp_path_factory.mktemp("sisters")
    photos = {"first": sisters[0], "second": sisters[1], "page": known_photos["page"], "coffee": known_photos["coffee"]}
    for _ in opened(write(folder / "photos", photos), "classical", "house"):
        pass
    with quick(), Verifier.open(next(folder.glob("*.gallery"))) as found:
        yield found


def evidence(verifier: Verifier, first: Image, second: Image) -> float:
    both = (verifier.extract(photo) for photo in (first, second))
    return float(verifier.evidence(*both).values[CONTRAST])


def test_a_look_alike_that_fits_better_speaks_against_a_pair(verifier: Verifier, sisters: tuple[Image, Image]) -> None:
    first, second = sisters
    view = seen_again(first, 1)
    own, other = evidence(verifier, view, first), evidence(verifier, view, second)
    assert own == 0
    assert other < -2
    same, apart = (verifier.verify(view, photo) for photo in sisters)
    assert apart.parts["known look-alikes"] < 0 == same.parts["known look-alikes"]


def test_it_does_not_matter_which_photo_is_the_first(verifier: Verifier, sisters: tuple[Image, Image]) -> None:
    view = seen_again(sisters[0], 1)
    ways = evidence(verifier, view, sisters[1]), evidence(verifier, sisters[1], view)
    assert max(ways) < -2


def test_without_a_look_alike_there_is_none(
    verifier: Verifier, known_photos: Photos, sisters: tuple[Image, Image]
) -> None:
    assert np.isnan(evidence(verifier, seen_again(known_photos["coffee"], 2), known_photos["coffee"]))
    assert np.isnan(evidence(verifier, known_photos["page"], sisters[0]))  # that cannot be laid over each other


def test_a_verifier_lets_go_of_its_gallery(tmp_path: Path, known_photos: Photos) -> None:
    with Verifier.open() as bare:
        assert bare.gallery is None
