"""A gallery's health is read off the questions that it was asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.calibration import calibration
from resight.calibration.calibration import EVEN
from resight.calibration.health.gallery_health import curve, health
from resight.calibration.held_out import HeldOutAnswers
from tests.galleries import Photos, quick


def test_it_counts_what_held_out_questions_came_to(mixed: Any) -> None:
    found = health(mixed.gallery)
    assert (found.photos, found.instances) == (5, 5)
    stored = calibration.stored(mixed.gallery)
    assert stored is not None
    answers = HeldOutAnswers.of(stored.arrays)
    named = {}
    for known, right, sure, photo in zip(
        answers.known, answers.right, answers.confidences, answers.photos, strict=True
    ):
        if known:
            named.setdefault(int(photo), []).append(bool(right and sure >= EVEN))
    rightly = sum(np.mean(one) >= EVEN for one in named.values())
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(rightly / len(named))
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high
    assert found.wanted == sum(one["photos"] for one in found.to_dict()["advice"])


def test_a_larger_rate_never_names_fewer(mixed: Any) -> None:
    points = curve(mixed.gallery)
    assert len(points) > 5
    named = [point.named for point in points]
    assert named == sorted(named)
    assert all(0 <= share <= 1 for share in named)


def test_a_photo_that_shows_nothing_hurts(known_photos: Photos, tmp_path: Any) -> None:
    from resight.gallery.stores.opening import open_gallery
    from resight.indexing.index import index
    from tests.galleries import some, write

    blank = np.full((300, 400, 3), 128, np.uint8)
    with quick("classical"):
        index(write(tmp_path / "photos", {**some(known_photos, "coffee"), "blank": blank}), tmp_path / "a.gallery")
    with open_gallery(tmp_path / "a.gallery") as gallery:
        (photo,) = health(gallery).harmful
    assert photo.item.instance == "blank"
    assert "shows nothing" in photo.reason
