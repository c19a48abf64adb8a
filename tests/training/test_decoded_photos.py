"""The album: decoded once, read back, and never taken for another one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.io.datasets.preflight import PhotosLeftOut
from resight.training import decoded_photos


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos of two things, one of them wide, one high, and one that is no photo."""
    rng = np.random.default_rng(0)
    for name, size in {"b/wide": (8, 20), "a/high": (24, 8), "a/square": (16, 16)}.items():
        path = tmp_path / "photos" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.encode(rng.integers(0, 256, (*size, 3), dtype=np.uint8), ".png"))
    (tmp_path / "photos" / "b" / "broken.png").write_bytes(b"no photo")
    return tmp_path / "photos"


def test_photos_are_decoded_once_and_read_back(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    assert list(decoded_photos.fill(folder, entries, side=8)) == [1, 2, 4]
    found = decoded_photos.opened(folder)
    assert [Path(name).stem for name in found.names] == ["high", "square", "wide"]
    assert found.labels.tolist() == [0, 0, 1]
    assert found.pixels.shape == (3, 8, 8, 3)
    wide = images.read(photos / "b" / "wide.png").image
    assert np.array_equal(found.pixels[2], wide[:, 6:14])
    (skipped,) = found.skipped
    assert "broken.png" in skipped
    assert list(decoded_photos.fill(folder, entries, side=8)) == [1, 2, 3, 4]


def test_the_steps_of_an_album_end_with_what_cannot_be_read(photos: Path, tmp_path: Path) -> None:
    for _ in range(2):  # made, and looked through
        *steps, last = decoded_photos.filled(tmp_path / "work", discover(photos).entries, side=8)
        assert {(step.stage, step.total) for step in steps} == {("photos", 4)}
        skipped = decoded_photos.opened(tmp_path / "work").skipped
        assert (last, len(skipped)) == (PhotosLeftOut.of(skipped, 4), 1)


def test_the_middle_is_kept_at_the_wanted_side() -> None:
    image = np.zeros((20, 60, 3), np.uint8)
    image[:, 20:40] = 200
    assert (decoded_photos.square(image, 10) == 200).all()
    assert decoded_photos.square(image, 10).shape == (10, 10, 3)


@pytest.mark.parametrize("change", ["side", "photo"])
def test_another_album_in_the_folder_is_refused(change: str, photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    asked = (entries, 9) if change == "side" else (entries[:-1], 8)
    with pytest.raises(DatasetError, match=r"holds an album of other photos \(3 at 8 pixels\); wanted one of these"):
        list(decoded_photos.fill(folder, asked[0], side=asked[1]))


def test_an_album_that_was_never_finished_is_made_again(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    making = decoded_photos.fill(folder, entries, side=8)
    next(making)
    making.close()
    with pytest.raises(DatasetError, match="holds no whole album"):
        decoded_photos.opened(folder)
    assert list(decoded_photos.fill(folder, entries, side=8)) == [1, 2, 4]
    assert len(decoded_photos.opened(folder)) == 3


def test_an_album_without_a_readable_photo_is_refused(photos: Path, tmp_path: Path) -> None:
    entries = [entry for entry in discover(photos).entries if "broken" in entry.name]
    with pytest.raises(DatasetError, match=r"none of 1 photos can be read, the first: .*broken"):
        list(decoded_photos.fill(tmp_path / "work", entries, side=8))


def test_an_album_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no photo is there to be decoded; wanted some in the splits"):
        list(decoded_photos.fill(tmp_path / "work", [], side=8))
    assert not list(tmp_path.iterdir())


def test_a_stretched_album_has_all_of_a_photo_and_is_another_album(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8, fit="stretch"))
    wide = images.read(photos / "b" / "wide.png").image
    assert np.array_equal(decoded_photos.opened(folder).pixels[2], images.resize(wide, (8, 8)))
    assert list(decoded_photos.fill(folder, entries, side=8, fit="stretch")) == [1, 2, 3, 4]
    with pytest.raises(DatasetError, match="holds an album of other photos"):
        list(decoded_photos.fill(folder, entries, side=8))


def test_a_disk_without_room_is_told_before(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=767))
    entries = discover(photos).entries
    assert len(entries) * 8 * 8 * 3 == 768
    with pytest.raises(DatasetError, match=r"need 0 MB, and the disk of .* has 0 MB left: make room"):
        list(decoded_photos.fill(tmp_path / "work", entries, side=8))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=768))
    assert list(decoded_photos.fill(tmp_path / "work", entries, side=8))


def test_other_photos_under_the_same_names_are_refused(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    (photos / "b" / "wide.png").write_bytes((photos / "a" / "high.png").read_bytes())
    with pytest.raises(DatasetError, match=r"1 of 4 photos have changed since they were decoded .*wide\.png: put the"):
        list(decoded_photos.fill(folder, entries, side=8))


def test_a_photo_in_the_place_of_one_that_could_not_be_read_is_refused(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    (photos / "b" / "broken.png").write_bytes((photos / "a" / "high.png").read_bytes())
    with pytest.raises(DatasetError, match="1 of 4 photos have changed"):
        list(decoded_photos.fill(folder, entries, side=8))


def test_a_photo_that_changed_at_its_size_and_time_is_refused(photos: Path, tmp_path: Path) -> None:
    """As copies that keep times, and programs that write in place, leave it."""
    entries, folder, file = discover(photos).entries, tmp_path / "work", photos / "b" / "wide.png"
    list(decoded_photos.fill(folder, entries, side=8))
    before = file.stat()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    with pytest.raises(DatasetError, match=r"1 of 4 photos have changed since they were decoded .*wide\.png"):
        list(decoded_photos.fill(folder, entries, side=8))


def test_the_same_photos_with_another_time_are_taken(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    os.utime(photos / "b" / "wide.png", (0, 0))
    assert list(decoded_photos.fill(folder, entries, side=8)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"names": None},
        {"names": ["one"]},
        {"labels": [0, 1]},
        {"labels": ["a", "b", "c"]},
        {"digests": {"one": "00"}},
        {"digests": [1]},
    ],
)
def test_damaged_contents_are_refused(change: dict[str, object], photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    said = json.loads((folder / decoded_photos.CONTENTS).read_text(encoding="utf-8"))
    (folder / decoded_photos.CONTENTS).write_text(json.dumps({**said, **change}), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"holds no whole album .*: remove its photos\.json, and the photos are"):
        list(decoded_photos.fill(folder, entries, side=8))


def test_damaged_pixels_are_refused(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    for content in (b"", (folder / decoded_photos.PIXELS).read_bytes()[:-1]):
        (folder / decoded_photos.PIXELS).write_bytes(content)
        with pytest.raises(DatasetError, match="holds no whole album"):
            decoded_photos.opened(folder)


def test_an_album_of_before_is_taken_and_what_it_lacks_is_noted(photos: Path, tmp_path: Path) -> None:
    entries, folder = discover(photos).entries, tmp_path / "work"
    list(decoded_photos.fill(folder, entries, side=8))
    whole, file = decoded_photos.opened(folder), folder / decoded_photos.CONTENTS
    said = json.loads(file.read_text(encoding="utf-8"))
    assert whole.digests == tuple(images.digest(Path(name).read_bytes()) for name in whole.names)
    file.write_text(json.dumps({key: said[key] for key in said if key != "digests"}), encoding="utf-8")
    assert decoded_photos.opened(folder).digests == ()
    assert list(decoded_photos.fill(folder, entries, side=8)) == [1, 2, 3, 4]
    assert decoded_photos.opened(folder).content == whole.content
    (photos / "b" / "wide.png").write_bytes(b"another")
    with pytest.raises(DatasetError, match="1 of 4 photos have changed"):
        list(decoded_photos.fill(folder, entries, side=8))
