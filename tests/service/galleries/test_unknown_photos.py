"""Photos without a name are kept, grouped and forgotten as their owner wants, by services that come and go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resight.errors import GalleryError, PhotoError
from resight.io import images
from resight.search.describe import PhotoFeatures
from resight.service.galleries.unknown_photos import Retention, UnknownPhotos

KEEP = Retention(keep=True, limit=10, days=1)


@pytest.fixture
def photos(views: Mapping[str, bytes]) -> list[bytes]:
    """Twice one thing, and another."""
    return [views["moon"], _saved_anew(views["moon"]), views["gravel"]]


def _saved_anew(photo: bytes) -> bytes:
    return images.encode(images.read(photo).image, ".jpg", quality=80)


def _extracted(known: Any, photo: bytes | Path) -> PhotoFeatures:
    features: PhotoFeatures = known.extract(photo)
    return features


def test_an_end_and_a_new_start_change_no_group(tmp_path: Path, mixed: Any, photos: list[bytes]) -> None:
    first, again, other = photos
    before = UnknownPhotos(tmp_path)
    before.set(KEEP)
    before.add(first, _extracted(mixed, first))
    after = UnknownPhotos(tmp_path)
    after.remember(lambda photo: _extracted(mixed, photo))
    for photo in (again, other):
        after.add(photo, _extracted(mixed, photo))
    assert [len(group) for group in after.groups()] == [2, 1]


def test_a_photo_that_is_damaged_meanwhile_stays_alone(tmp_path: Path, mixed: Any, photos: list[bytes]) -> None:
    kept = UnknownPhotos(tmp_path)
    kept.set(KEEP)
    kept.add(photos[0], _extracted(mixed, photos[0]))
    after = UnknownPhotos(tmp_path)

    def fail(photo: bytes) -> PhotoFeatures:
        raise PhotoError("damaged")

    after.remember(fail)
    after.add(photos[1], _extracted(mixed, photos[1]))
    assert [len(group) for group in after.groups()] == [1, 1]


def test_what_no_list_knows_is_deleted(tmp_path: Path, mixed: Any, photos: list[bytes]) -> None:
    kept = UnknownPhotos(tmp_path)
    kept.set(KEEP)
    kept.add(photos[0], _extracted(mixed, photos[0]))
    lost = kept.path("lost")
    lost.write_bytes(photos[1])
    assert len(UnknownPhotos(tmp_path).groups()) == 1
    assert not lost.exists()


@pytest.mark.parametrize("text", ["", "{", '{"keeping": {}}', '{"keeping": {"days": 1}, "photos": [{"id": "a"}]}'])
def test_a_damaged_list_is_refused_and_no_photo_lost(tmp_path: Path, text: str) -> None:
    (tmp_path / "unknown.json").write_text(text)
    (tmp_path / "unknown").mkdir()
    photo = tmp_path / "unknown" / "one.jpg"
    photo.write_bytes(b"a photo")
    with pytest.raises(GalleryError, match=r"unknown\.json does not say .* put a copy of it back, or delete it"):
        UnknownPhotos(tmp_path)
    assert photo.exists()
