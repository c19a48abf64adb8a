"""That the files which are damaged for the benchmark are valid, and show one picture."""

from __future__ import annotations

import numpy as np
import pytest
from data.photo_files import photo_files, picture

from resight.io import images


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return photo_files()


def test_every_kind_is_read_and_shows_the_picture(files: dict[str, bytes]) -> None:
    greys = np.asarray(picture().convert("L"), np.int16)
    for kind, data in files.items():
        photo = images.read(data).image
        upright = np.rot90(photo) if kind == "JPEG, baseline" else photo  # the one whose EXIF turns it
        if kind != "JPEG, arithmetic" and "alpha" not in kind and "RGBA" not in kind:
            assert np.corrcoef(greys.ravel(), upright.mean(axis=2).ravel())[0, 1] > 0.3, kind
    assert len(set(files.values())) == len(files)


def test_files_are_the_same_each_time(files: dict[str, bytes]) -> None:
    again = photo_files()
    assert {kind for kind, data in files.items() if again[kind] != data} <= {"AVIF, animated"}  # which tells the time
