"""Photos of places: how spots are told apart, what is made equal, and what is refused or said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.interpretation.place_photos import PlacePhotos, equal, read_places
from resight.io import images
from resight.progress import finished

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, known_photos: dict[str, Any]) -> Write:
    """``folder(*names)``: a small photo under each of these paths."""

    def write(*names: str) -> Path:
        photo = images.encode(known_photos["coffee"][:60, :90], ".jpg")
        for name in names:
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo)
        return tmp_path / "data"

    return write


def _read(data: Path) -> PlacePhotos:
    return finished(read_places(data))


def test_frames_of_a_clip_are_one_spot(folder: Write) -> None:
    names = [f"{place}/clip{clip}_{frame}.jpg" for place in "ab" for clip in "xyz" for frame in (1, 2)]
    found = _read(folder(*names))
    assert found.told_by == "names but for the number at their end"
    assert len({*found.spots}) == 6
    assert found.pixels.shape == (12, 224, 224, 3)
    assert "smaller than 224" in found.notes[-1]
    assert (found.files["a"].width, found.files["b"].height) == (90, 60)


def test_a_column_of_the_table_tells_clips(folder: Write) -> None:
    names = [f"{place}/{number}.jpg" for place in "ab" for number in range(6)]
    data = folder(*names)
    rows = [f"{name},{name[0]},clip {place // 2}" for place, name in enumerate(names)]
    (data / "metadata.csv").write_text("\n".join(["file_name,label,clip", *rows]))
    found = _read(data)
    assert (found.told_by, len({*found.spots})) == ("the column clip of metadata.csv", 6)


def test_folders_and_coordinates_tell_spots(folder: Write) -> None:
    nested = [f"{place}/street {spot}/{photo}.jpg" for place in "ab" for spot in range(3) for photo in "xy"]
    assert _read(folder(*nested)).told_by == "the folders inside a place's folder"


def test_numbered_photos_are_cut_into_stretches_and_small_places_left_out(folder: Write) -> None:
    """A place with five photos has five stretches; one with two has too few."""
    names = [f"big/IMG_{number:02}.jpg" for number in range(20)] + [f"five/IMG_{number}.jpg" for number in range(5)]
    found = _read(folder(*names, "two/IMG_1.jpg", "two/IMG_2.jpg"))
    assert found.places == ("big", "five")
    assert found.told_by.startswith("time: 10 stretches")
    assert "two (2)" in found.notes[0]
    assert "from 5 photos (five) to 20 (big)" in found.notes[1]
    assert found.spots[:3] == ("big/0", "big/0", "big/1")


def test_one_place_alone_is_refused(folder: Write) -> None:
    with pytest.raises(DatasetError, match=r"holds only 'a' of the places.*add another place"):
        _read(folder(*(f"a/{number}.jpg" for number in range(9))))


def test_photos_are_made_equal(known_photos: dict[str, Any]) -> None:
    photo = known_photos["coffee"]
    small = equal(photo)
    assert small.shape == (224, 224, 3)
    plain = images.resize(photo, (224, 224)).astype(float)
    assert 0 < np.abs(small - plain).mean() < 5


def test_positions_that_are_none_are_told_once(known_photos: dict[str, Any], tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8825).update({2: (52.0, 0.0, 0.0), 4: (4.0, 0.0, 0.0)})
    for name in (f"{place}/clip{clip}_{frame}.jpg" for place in "ab" for clip in "xyz" for frame in (1, 2)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(known_photos["coffee"][:40, :40]).save(tmp_path / name, exif=exif)
    found = _read(tmp_path)
    assert found.positions == (None,) * 12
    assert [note for note in found.notes if "position" in note] == [
        f"The position of {found.entries[0].name} and 11 more is left out: the latitude has no N or S."
    ]
