"""Enrolling photos: in order, in batches that last, each once, and what cannot be enrolled is listed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from resight.errors import PhotoError
from resight.features.encoder import Encoder, LocalEncoder, encoders
from resight.gallery.feature_arrays import unpack_features
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing import enrolment
from resight.indexing.enrolment import enrol
from resight.indexing.index_report import IndexReport
from resight.io import images
from resight.io.datasets.dataset import Entry, discover
from resight.io.datasets.survey import NOTHING
from resight.io.images import Photo
from resight.search.describe import PhotoFeatures, extract
from tests.galleries import Photos, quick, some, write

NAMES = ("chelsea", "coffee", "coins", "page", "text")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photos of five things, only to be read."""
    return write(tmp_path_factory.mktemp("photos"), some(known_photos, *NAMES))


@pytest.fixture(scope="module")
def makers(quickly: None) -> tuple[Encoder, ...]:
    return encoders(["classical", "vlad"])


@pytest.fixture
def gallery(tmp_path: Path, makers: Sequence[Encoder]) -> Iterator[Gallery]:
    with create_gallery(tmp_path / "known.gallery", [maker.card() for maker in makers]) as made:
        yield made


def entries(folder: Path) -> tuple[Entry, ...]:
    return discover(folder).entries


def enrolled(gallery: Gallery, of: Sequence[Entry], makers: Sequence[Encoder]) -> IndexReport:
    *_, last = enrol(gallery, of, makers)
    return last


def instances(gallery: Gallery) -> list[str]:
    return [item.instance for item in gallery.items()]


def test_what_is_stored_is_what_the_encoders_see(gallery: Gallery, folder: Path, makers: Sequence[Encoder]) -> None:
    entry = entries(folder)[1]
    enrolled(gallery, [entry], makers)
    (item,) = gallery.items()
    data = Path(entry.source).read_bytes()
    photo = images.read(data)
    assert (item.photo, item.instance, item.file_bytes) == (entry.name, "coffee", len(data))
    assert (item.digest, (item.width, item.height)) == (images.digest(data), photo.size)
    seen = extract(photo, makers)
    [(_, arrays)] = gallery.features(makers[0].fingerprint)
    features = unpack_features(arrays, photo.size)
    np.testing.assert_array_equal(features.values, seen.local.features.values)
    np.testing.assert_allclose(features.points, seen.local.features.points, atol=0.01)
    assert isinstance(makers[0], LocalEncoder)
    np.testing.assert_array_equal(arrays["cells"], makers[0].cells.assign(features.values))
    vector = gallery.descriptors(makers[1].fingerprint)[1][0]
    np.testing.assert_allclose(vector, seen.descriptors[makers[1].fingerprint], atol=1e-3)
    assert images.read(gallery.thumbnail(item.id)).image.shape == seen.local.image.shape


def test_photos_are_enrolled_in_order_whatever_takes_long(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(photo: Photo, of: Sequence[Encoder]) -> PhotoFeatures:
        time.sleep(0.2 if photo.size == (600, 400) else 0)  # coffee, the second
        return extract(photo, of)

    monkeypatch.setattr(enrolment, "extract", slowly)
    report = enrolled(gallery, entries(folder), makers)
    assert instances(gallery) == list(NAMES)
    assert (report.total, report.added, report.done, report.skipped) == (5, 5, 5, 0)


def test_what_is_yielded_is_on_the_disk(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment, "BATCH", 2)
    found = []
    for report in enrol(gallery, entries(folder), makers):
        with open_gallery(gallery.path) as other:
            found.append((report.done, len(other)))
    assert found == [(2, 2), (4, 4), (5, 5)]


def test_only_a_few_photos_are_read_ahead_of_a_slow_writer(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(enrolment, "BATCH", 1)
    monkeypatch.setattr(Entry, "read", lambda entry: read.append(entry.name) or Path(entry.source).read_bytes())
    steps = enrol(gallery, entries(folder), makers)
    next(steps)
    steps.close()
    assert 1 <= len(read) <= 1 + 2 * enrolment.BATCH < len(entries(folder))
    assert instances(gallery) == ["chelsea"]


def test_an_abandoned_run_is_gone_on_with(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment, "BATCH", 2)
    steps = enrol(gallery, entries(folder), makers)
    next(steps)
    steps.close()
    assert instances(gallery) == ["chelsea", "coffee"]
    report = enrolled(gallery, entries(folder), makers)
    assert (report.added, report.skipped) == (3, 2)
    assert instances(gallery) == list(NAMES)


def test_known_photos_are_not_extracted_again(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(gallery, entries(folder), makers)
    before = gallery.revision
    monkeypatch.setattr(enrolment, "extract", None)
    report = enrolled(gallery, entries(folder), makers)
    assert (report.added, report.skipped, gallery.revision) == (0, 5, before)


def test_a_copy_is_skipped_and_one_under_another_label_is_a_clash(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], tmp_path: Path
) -> None:
    """In one run, where both are new, and in the next, where one is known."""
    for copy in ("coffee/again", "tea/whole"):
        target = tmp_path / "photos" / f"{copy}.png"
        target.parent.mkdir(parents=True)
        shutil.copy(folder / "coffee" / "whole.png", target)
    both = (*entries(folder)[:2], *entries(tmp_path / "photos"))
    for added in (2, 0):
        report = enrolled(gallery, both, makers)
        assert (report.added, report.skipped, report.done) == (added, 3 - added, 4)
        (clash,) = report.label_conflicts
        assert (clash.photo, clash.instance) == (str(tmp_path / "photos" / "tea" / "whole.png"), "tea")
        assert (clash.known.photo, clash.known.instance) == (str(folder / "coffee" / "whole.png"), "coffee")


def test_photos_that_cannot_be_read_are_listed_and_stop_nobody(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], tmp_path: Path
) -> None:
    whole = images.encode(images.read(folder / "coffee" / "whole.png").image, ".jpg")
    bad = {
        "empty.jpg": (b"", "an empty file"),
        "huge.ppm": (b"P6 20000 20000 255\n", "20000 × 20000 pixels (400.0 megapixels)"),
        "text.jpg": (b"a list of paintings\n", "a text of 20 bytes"),
        "truncated.jpg": (whole[: len(whole) // 2], "a JPEG without an end"),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.jpg").mkdir()
    wrong = [Entry(name, tmp_path / name, ("thing",)) for name in (*bad, "folder.jpg", "missing.jpg")]
    good = entries(folder)
    report = enrolled(gallery, (good[0], *wrong, good[1]), makers)
    assert (report.added, report.done) == (2, 8)
    assert [one.photo for one in report.unreadable] == [entry.name for entry in wrong]
    wanted = [*(found for _, found in bad.values()), "a folder", "no such file"]
    for one, found in zip(report.unreadable, wanted, strict=True):
        assert found in one.reason
    assert instances(gallery) == ["chelsea", "coffee"]


def test_names_are_stored_as_they_are(
    gallery: Gallery, makers: Sequence[Encoder], tmp_path: Path, known_photos: Photos
) -> None:
    photo = known_photos["coffee"]
    names = ["line\nbreak", "Ζωή 🗿", "two  spaces", "50 % [bold]"]
    turned = {name: np.rot90(photo, turns).copy() for turns, name in enumerate(names)}
    report = enrolled(gallery, entries(write(tmp_path / "photos", turned)), makers)
    assert report.added == 4
    assert sorted(instances(gallery)) == sorted(names)
    slashed = Entry("a/b.png", tmp_path / "photos" / names[0] / "whole.png", ("room 1/left",))
    (clash,) = enrolled(gallery, [slashed], makers).label_conflicts
    assert (clash.instance, clash.known.instance) == ("room 1/left", "line\nbreak")


def test_nothing_to_enrol_is_nothing_done(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    assert [report.to_dict() for report in enrol(gallery, [], makers)] == [IndexReport(0).to_dict()]


def test_the_report_is_json(gallery: Gallery, folder: Path, makers: Sequence[Encoder], tmp_path: Path) -> None:
    report: dict[str, Any] = enrolled(
        gallery,
        [
            *entries(folder)[:1],
            Entry("x.jpg", tmp_path / "x.jpg", ("x",)),
            Entry("y.png", Path(entries(folder)[0].source), ("y",)),
        ],
        makers,
    ).to_dict()
    reason = report["unreadable"][0].pop("reason")
    assert "there is no such file" in reason
    assert report == {
        "photos": 3,
        "added": 1,
        "already_there": 0,
        "unreadable": [{"photo": "x.jpg"}],
        "conflicts": [{"photo": "y.png", "instance": "y", "known_as": "chelsea"}],
        "near_duplicates": [],
        "look_alikes": [],
        "crowded": [],
        "recognised": [],
        "unlabelled": [],
        "unlabelled_rows": {},
        "forgotten_settings": "",
        "blank": [],
        "empty": [],
        "stale": [],
        "away": [],
        "unplaced": 0,
        "removed": [],
        "kept_names": [],
        "lost": [],
        "alike": [],
        "unreadable_things": [],
        "impostors": 0,
        "not_indexed": {},
        **NOTHING.to_dict(),
    }


def test_photos_that_none_has_begun_are_left_alone_where_the_work_is_ended(
    gallery: Gallery, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a first photo at which somebody presses Ctrl-C, and a second one that takes until the pool is told to end."""
    ended, begun = Event(), list[str]()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            ended.set()
            super().shutdown(wait=wait)

    def read(entry: Entry) -> bytes:
        begun.append(entry.name)
        if len(begun) == 1:
            raise KeyboardInterrupt
        assert ended.wait(60)
        raise PhotoError("not this one")

    monkeypatch.setattr(enrolment, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(enrolment.processors, "available", lambda: 1)
    monkeypatch.setattr(Entry, "read", read)
    with pytest.raises(KeyboardInterrupt):
        enrolled(gallery, [Entry(f"{number}.jpg", Path(f"{number}.jpg"), ("a",)) for number in range(9)], makers)
    assert len(begun) <= 2
