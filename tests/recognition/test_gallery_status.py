"""Status of a gallery: what is said of one that its last run has not finished."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from resight.calibration import calibration
from resight.calibration.calibration import Calibration
from resight.calibration.samples import concatenate
from resight.gallery.records import StoredCalibration
from resight.recognition.gallery_status import unfinished
from resight.verification.comparison import LOCAL

STORED = StoredCalibration(1, {"photos": 1234}, {}, revision=5)


class Index:
    """An index of so many photos, whose gallery is at revision 5."""

    def __init__(self, photos: int, stored: StoredCalibration | None) -> None:
        self.photos = photos
        self.gallery = SimpleNamespace(revision=5, calibration=lambda: stored)

    def __len__(self) -> int:
        return self.photos


def fitted(photos: int) -> Calibration:
    return calibration.fit(LOCAL, concatenate([], len(LOCAL)), photos=photos)


@pytest.mark.parametrize(
    ("index", "photos", "said"),
    [
        (Index(0, None), 0, "holds no photos"),
        (Index(7, None), 0, "its first run was interrupted or still goes on"),
        (
            Index(7, StoredCalibration(1, {"photos": 1234}, {}, revision=4)),
            7,
            "probabilities are those of 1,234 photos",
        ),
        (Index(7, STORED), 0, "is calibrated by other evidence than is weighed now"),
    ],
)
def test_what_is_left_undone_is_said(index: Any, photos: int, said: str) -> None:
    assert said in str(unfinished(index, fitted(photos)))


def test_nothing_is_said_of_a_whole_one() -> None:
    index: Any = Index(7, STORED)
    assert unfinished(index, fitted(7)) is None
