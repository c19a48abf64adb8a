"""One picture under two names is found, told, and not asked about as a stranger to itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import resight
from resight.calibration import near_duplicates
from resight.calibration.near_duplicates import Duplicates
from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.gallery.records import Item
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index, recalibrate
from resight.io import images
from resight.progress import Progress
from resight.search.gallery_index import GalleryIndex
from resight.verification import reprint
from resight.verification.registration import RegisteredPair
from resight.verification.reprint import is_reprint
from tests import jobs
from tests.galleries import Photos, quick, some, write

NAMES = ("chelsea", "coffee", "coins", "page")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four things; the cat is known as "tabby" too, smaller and as a JPEG, and a turned and cut cup as "mug"."""
    root = write(tmp_path_factory.mktemp("twice") / "photos", some(known_photos, *NAMES))
    for name in ("tabby", "mug"):
        (root / name).mkdir()
    Image.fromarray(known_photos["chelsea"]).resize((330, 220)).save(root / "tabby" / "small.jpg", quality=60)
    cup = Image.fromarray(known_photos["coffee"]).crop((40, 20, 560, 380)).transpose(Image.Transpose.ROTATE_90)
    cup.save(root / "mug" / "turned.png")
    return root


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    index(folder, folder.parent / "known.gallery")
    return folder.parent / "known.gallery"


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "known.gallery"))


def told(path: Path) -> list[tuple[str, str]]:
    with open_gallery(path) as gallery:
        return [(pair.first.instance, pair.second.instance) for pair in near_duplicates.known_in(gallery)]


def rivals(path: Path, instance: str) -> set[str]:
    """The things that an instance's photos got as candidates when it was left out."""
    with open_gallery(path) as gallery:
        stored = gallery.calibration()
        assert stored is not None
        asked = CalibrationSamples.of(stored.arrays)
        names = {item.id: item.instance for item in gallery.items()}
    rows = [
        row
        for row, id in enumerate(asked.ids)
        if names.get(int(id)) == instance and asked.kinds[row] == QueryKind.LEFT_OUT
    ]
    return {names[int(id)] for row in rows for id in asked.candidates[row][asked.present[row]]}


def test_both_are_told_each_time(folder: Path, made: Path, path: Path) -> None:
    assert sorted(told(made)) == [("chelsea", "tabby"), ("coffee", "mug")]
    report = index(folder, path).to_dict()
    pairs = [{photo["instance"] for photo in pair} for pair in report["near_duplicates"]]
    assert sorted(map(sorted, pairs)) == [["chelsea", "tabby"], ["coffee", "mug"]]
    with open_gallery(path) as gallery:
        ids = {item.id: item.photo for item in gallery.items()}
    assert all(ids[photo["id"]] == photo["photo"] for pair in report["near_duplicates"] for photo in pair)


def test_neither_was_asked_about_with_the_other_known(made: Path) -> None:
    assert "tabby" not in rivals(made, "chelsea")
    assert "chelsea" not in rivals(made, "tabby")
    assert "mug" not in rivals(made, "coffee")
    with resight.open(made) as recogniser:
        assert max(recogniser.calibration.impostors) < 0.5


def test_one_name_for_both_ends_it(path: Path) -> None:
    with open_gallery(path, write=True) as gallery:
        gallery.rename("tabby", "chelsea", merge=True)
        (cup,) = gallery.items("mug")
        gallery.remove(ids=[cup.id])
    list(recalibrate(path))
    assert told(path) == []
    assert rivals(path, "chelsea")


def test_a_later_run_meets_the_photos_of_an_earlier_one(folder: Path, known_photos: Photos, tmp_path: Path) -> None:
    """Also of a gallery that was made before anybody looked for such pictures."""
    path = tmp_path / "known.gallery"
    index(write(tmp_path / "photos", some(known_photos, *NAMES)), path)
    with open_gallery(path, write=True) as gallery:
        stored = gallery.calibration()
        assert stored is not None
        gallery.save_calibration(
            stored.parameters, {name: array for name, array in stored.arrays.items() if "print" not in name}
        )
    assert told(path) == []
    (tmp_path / "more").mkdir()
    shutil.copytree(folder / "tabby", tmp_path / "more" / "tabby")
    index(tmp_path / "more", path)
    assert told(path) == [("chelsea", "tabby")]
    assert "tabby" not in rivals(path, "chelsea")


def test_near_twins_are_strangers(known_photos: Photos, tmp_path: Path) -> None:
    """A label with another word is another thing, as are two that a table calls each other's junk to be told of."""
    sister = cv2.putText(known_photos["coffee"].copy(), "DECAF", (60, 90), 0, 2, (20, 60, 20), 6)
    photos = write(tmp_path / "photos", {**some(known_photos, "coffee", "page"), "decaf": sister})
    index(photos, tmp_path / "known.gallery")
    assert told(tmp_path / "known.gallery") == []
    assert "decaf" in rivals(tmp_path / "known.gallery", "coffee")


def item(id: int, instance: str, **about: list[str]) -> Item:
    return Item(id, f"{id}.jpg", instance, b"%d" % id, 1, 1, 1, about)


def test_pairs_by_hand() -> None:
    pairs = np.array([(1, 2), (1, 3), (2, 4), (5, 6)])
    found = Duplicates(np.arange(1, 7), np.zeros(6, np.uint64), pairs, np.array([2, 6]))
    items = {1: item(1, "a"), 2: item(2, "b"), 3: item(3, "a"), 4: item(4, "c", ignore=["2.jpg"]), 5: item(5, "d")}
    assert [(pair.first.id, pair.second.id) for pair in found.among(items)] == [(1, 2)]
    assert found.links(items) == {"a": {"b"}, "b": {"a"}}
    assert found.forgetting([2]).pairs.tolist() == [[1, 3], [5, 6]]
    assert found.forgetting([2]).ids.tolist() == [1, 3, 4, 5, 6]
    assert found.forgetting([2]).crowded.tolist() == [6]
    assert found.adding([(1, 2), (3, 4)]).pairs.tolist() == [[1, 2], [1, 3], [2, 4], [3, 4], [5, 6]]


def test_a_file_of_before_knows_of_none() -> None:
    found = Duplicates.of({"weights": np.zeros(3)})
    assert (len(found.ids), len(found.pairs)) == (0, 0)
    again = Duplicates.of(found.adding([(1, 2)]).arrays())
    assert again.pairs.tolist() == [[1, 2]]
    older = {name: array for name, array in again.arrays().items() if name != "crowded"}
    assert Duplicates.of(older).crowded.tolist() == []


def bottle(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Always of one shape, on white, of another colour and with other labels."""
    photo = np.full((320, 240, 3), 255, np.uint8)
    photo[30:300, 90:150] = rng.integers(60, 200, 3)
    for x, y in rng.integers((90, 50), (140, 280), (6, 2)):
        width, height = rng.integers(2, 10, 2)
        photo[y : y + height, x : x + width] = rng.integers(0, 255, 3)
    return photo


class Shown:
    """Stands for the known photos: pictures in memory, each under a name of its own."""

    def __init__(self, photos: Sequence[npt.NDArray[np.uint8]]) -> None:
        self._photos = photos
        height, width = photos[0].shape[:2]
        self.items = {
            id: replace(item(id, f"thing {id}"), width=width, height=height) for id in range(1, len(photos) + 1)
        }

    def image(self, id: int) -> npt.NDArray[np.uint8]:
        return self._photos[id - 1]


def looked_at(photos: Sequence[npt.NDArray[np.uint8]]) -> tuple[list[Progress], Duplicates]:
    """The steps of looking at the photos, and what was found."""
    return jobs.told(near_duplicates.find_near_duplicates(cast(GalleryIndex, Shown(photos)), Duplicates.of({})))


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """An entry for each two photos that were laid over each other."""
    calls: list[float] = []

    def counted(laid: RegisteredPair, share: float) -> bool:
        calls.append(share)
        return is_reprint(laid, share)

    monkeypatch.setattr(reprint, "is_reprint", counted)
    return calls


def test_photos_of_one_shape_are_told_apart_by_their_thumbnails(laid: list[float]) -> None:
    """Their fingerprints are alike, of nearly all 11,175 pairs; no more are laid over than there are photos."""
    rng = np.random.default_rng(0)
    photos = [bottle(rng) for _ in range(150)]
    prints = np.array([images.fingerprint(photo) for photo in photos])
    assert (np.bitwise_count(prints[:, None] ^ prints) <= near_duplicates.NEAR).mean() > 0.9
    photos[140] = cv2.resize(cv2.resize(photos[3], (180, 240), interpolation=cv2.INTER_AREA), (240, 320))
    steps, found = looked_at(photos)
    assert [4, 141] in found.pairs.tolist()
    assert len(laid) <= len(photos)
    assert found.crowded.tolist() == []
    stages = [step.stage for step in steps]
    assert stages.count("looks") == stages.count("near duplicates") == len(photos) // near_duplicates.STEP


def test_a_photo_is_laid_over_the_most_alike_alone(laid: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was passed over is told."""
    monkeypatch.setattr(near_duplicates, "LAID", 2)
    _, found = looked_at([bottle(np.random.default_rng(0))] * 8)
    assert len(laid) == 1 + 6 * 2
    assert found.crowded.tolist() == [4, 5, 6, 7, 8]
    assert len(found.pairs) == len(laid)
