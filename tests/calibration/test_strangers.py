"""Strangers: everyday photos of an encoder's background, as all of a gallery's encoders would see them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import resight
from resight.calibration.strangers import MOST, strangers
from resight.io.images import encode
from resight.search.gallery_index import GalleryIndex
from tests.galleries import quick


class Known:
    """A gallery of one photo, by two encoders of which the first has a background."""

    def __init__(self, background: Any) -> None:
        self.items = {5: None}
        self.backgrounds = {"gem": background}

    def __len__(self) -> int:
        return len(self.items)

    def features(self, id: int) -> Any:
        assert id == 5
        return SimpleNamespace(descriptors={"gem": np.ones(4, np.float32), "other": np.ones(2, np.float32)})


@pytest.mark.parametrize("size", [1, MOST - 1, MOST, MOST + 1, 8 * MOST])
def test_they_are_spread_over_the_background(size: int, rng: np.random.Generator) -> None:
    background = rng.normal(0, 1, (size, 4)).astype(np.float16)
    found = strangers(cast(GalleryIndex, Known(background)))
    assert min(size, MOST) / 2 < len(found) <= MOST
    step = -(-size // MOST)
    for stranger, row in zip(found, background[::step], strict=True):
        np.testing.assert_array_equal(stranger.descriptors["gem"], row.astype(np.float32))
        assert stranger.descriptors["other"].tolist() == [0, 0]
        assert len(stranger.local.features) == 0


def test_an_empty_gallery_meets_none() -> None:
    known = Known(np.zeros((3, 4)))
    known.items = {}
    assert strangers(cast(GalleryIndex, known)) == []


@pytest.mark.parametrize("encoders", [None, ["house"]])
def test_a_gallery_of_one_thing_and_a_placeholder_names_nothing_else(
    encoders: list[str] | None, known_photos: dict[str, Any], tmp_path: Path
) -> None:
    """Neither another photo, nor what is plain; and its own photo still."""
    white = np.full((90, 120, 3), 255, np.uint8)
    box = np.full((240, 320, 3), 245, np.uint8)
    box[60:180, 90:230] = 120
    for name, photo in (("coffee", known_photos["coffee"]), ("vase", white)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "1.png").write_bytes(encode(photo, ".png"))
    with quick():
        report = resight.index(tmp_path / "photos", tmp_path / "one.gallery", encoders=encoders)
        assert [Path(photo).parent.name for photo in report.empty] == ["vase"]
        with resight.open(tmp_path / "one.gallery") as one:
            for photo in (white // 2, box, known_photos["chelsea"]):
                assert one.recognise(photo, keep_evidence=False).instance is None
            assert one.recognise(known_photos["coffee"]).instance == "coffee"
