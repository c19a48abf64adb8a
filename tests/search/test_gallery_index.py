"""The known photos in memory: the same as the gallery's, whatever has been done to it since."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.calibration.fitting import calibrate
from resight.errors import EncoderMismatch, GalleryError
from resight.features import whitening
from resight.features.encoder import Encoder, GlobalEncoder, encoders
from resight.features.normalisation import unit
from resight.gallery.protocol import Gallery
from resight.gallery.records import NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing.enrolment import enrol
from resight.indexing.index import whiten
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.io.datasets.place import Place
from resight.search.describe import extract
from resight.search.gallery_index import GalleryIndex
from resight.types import Array, Head
from tests.galleries import Photos, quick, some, write

NAMES = ("chelsea", "coffee", "coins", "page", "rocket", "text")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def makers(quickly: None) -> tuple[Encoder, ...]:
    return encoders(["classical", "vlad"])


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("photos"), some(known_photos, *NAMES))


@pytest.fixture(scope="module")
def made(folder: Path, makers: Sequence[Encoder]) -> Path:
    """A gallery of four things, only to be read."""
    path = folder / "known.gallery"
    with create_gallery(path, [maker.card() for maker in makers]) as gallery:
        fill(gallery, folder, makers, *NAMES[:4])
    return path


@pytest.fixture
def gallery(made: Path, tmp_path: Path) -> Iterator[Gallery]:
    with open_gallery(shutil.copy(made, tmp_path / "known.gallery"), write=True) as copy:
        yield copy


def fill(gallery: Gallery, folder: Path, makers: Sequence[Encoder], *names: str) -> None:
    list(enrol(gallery, [entry for entry in discover(folder).entries if entry.label in names], makers))


def told(known: GalleryIndex, folder: Path, makers: Sequence[Encoder]) -> dict[str, Any]:
    """What is known and what is answered, in a form that does not depend on how it came to be known."""
    answers = {}
    for name in NAMES:
        query = extract(images.read(folder / name / "whole.png"), makers)
        votes = {known.items[one.id].instance: one.check.score for one in known.propose(query.local, 10)}
        (index,) = known.descriptors.values()
        near = index.propose(next(iter(query.descriptors.values())), 10)
        answers[name] = votes, [known.items[id].instance for id in near]
    return {"items": dict(sorted(known.items.items())), "answers": answers}


def test_what_is_known_is_what_the_gallery_holds(gallery: Gallery, folder: Path, makers: Sequence[Encoder]) -> None:
    known = GalleryIndex(gallery, makers)
    assert len(known) == 4
    assert known.items == {item.id: item for item in gallery.items()}
    for id, item in known.items.items():
        seen = extract(images.read(folder / item.instance / "whole.png"), makers)
        local = known.local(id)
        np.testing.assert_array_equal(local.features.values, seen.local.features.values)
        np.testing.assert_allclose(local.features.points, seen.local.features.points, atol=0.01)
        assert local.features.size == (item.width, item.height)
        assert np.abs(local.image.astype(int) - seen.local.image).mean() < 5  # it went through JPEG
        vector = known.descriptor(makers[1].fingerprint, id)
        np.testing.assert_allclose(vector, seen.descriptors[makers[1].fingerprint], atol=1e-3)


def test_each_photo_is_nearest_to_itself(gallery: Gallery, folder: Path, makers: Sequence[Encoder]) -> None:
    answers = told(GalleryIndex(gallery, makers), folder, makers)["answers"]
    for name in NAMES[:4]:
        votes, near = answers[name]
        assert next(iter(votes)) == near[0] == name
        assert list(votes.values()) == sorted(votes.values(), reverse=True)


def test_a_look_at_an_unchanged_gallery_changes_nothing(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    known = GalleryIndex(gallery, makers)
    local = known.local(1)
    assert known.is_current()
    assert not known.refresh()
    assert known.local(1) is local


def test_changes_are_followed(gallery: Gallery, folder: Path, makers: Sequence[Encoder]) -> None:
    """Step by step, and in one look at all: as if the gallery were read anew."""
    known, late = GalleryIndex(gallery, makers), GalleryIndex(gallery, makers)
    for change in (
        lambda: fill(gallery, folder, makers, "rocket"),
        lambda: gallery.remove(instances=["coffee"]),
        lambda: gallery.rename("coins", "money"),
        lambda: gallery.rename("page", "text", merge=True),
        lambda: fill(gallery, folder, makers, "coffee", "text"),
        lambda: gallery.remove(instances=["rocket"]),
    ):
        change()
        assert not known.is_current()
        assert known.refresh()
        assert known.is_current()
        assert told(known, folder, makers) == told(GalleryIndex(gallery, makers), folder, makers)
    late.refresh()
    assert told(late, folder, makers) == told(known, folder, makers)
    assert {item.instance for item in known.items.values()} == {"chelsea", "coffee", "money", "text"}


def test_another_gallery_in_its_place_is_read_anew(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], tmp_path: Path
) -> None:
    known = GalleryIndex(gallery, makers)
    with create_gallery(tmp_path / "other.gallery", [maker.card() for maker in makers]) as other:
        fill(other, folder, makers, "rocket", "text")
    gallery.restore(tmp_path / "other.gallery")
    assert known.refresh()
    assert {item.instance for item in known.items.values()} == {"rocket", "text"}
    assert told(known, folder, makers) == told(GalleryIndex(gallery, makers), folder, makers)


def test_a_gallery_of_another_encoder_in_its_place_is_refused_at_every_look(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], tmp_path: Path
) -> None:
    known = GalleryIndex(gallery, makers[:1])
    with create_gallery(tmp_path / "other.gallery", [makers[1].card()]) as other:
        fill(other, folder, makers[1:], "rocket")
    gallery.restore(tmp_path / "other.gallery")
    for _ in range(2):
        with pytest.raises(EncoderMismatch, match="--rebuild"):
            known.refresh()


def test_a_look_that_failed_half_way_is_taken_again(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = GalleryIndex(gallery, makers)
    fill(gallery, folder, makers, "rocket", "text")
    whole = SqliteGallery.features

    def half(self: Gallery, encoder: str, **which: Any) -> Iterator[Any]:
        yield next(iter(whole(self, encoder, **which)))
        raise GalleryError("the disk failed")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteGallery, "features", half)
        with pytest.raises(GalleryError, match="the disk failed"):
            known.refresh()
    gallery.remove(instances=["rocket"])
    known.refresh()
    assert told(known, folder, makers) == told(GalleryIndex(gallery, makers), folder, makers)


def test_a_new_whitening_is_followed(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = GalleryIndex(gallery, makers)
    assert known.whitenings == {makers[1].fingerprint: 0}
    monkeypatch.setattr("resight.features.head.FEW", 4)
    whiten(gallery, makers)
    assert known.is_current()  # the old whitening and the old calibration belong together
    list(calibrate(gallery, makers))
    assert not known.is_current()
    assert known.refresh()
    assert known.whitenings == {makers[1].fingerprint: 1}
    assert told(known, folder, makers) == told(GalleryIndex(gallery, makers), folder, makers)


def test_without_an_encoder_that_votes_nothing_is_proposed_by_votes(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder]
) -> None:
    known = GalleryIndex(gallery, makers[1:])
    query = extract(images.read(folder / "coffee" / "whole.png"), makers)
    assert known.propose(query.local, 5) == []
    assert len(known.local(1).features) == 0
    assert known.local(1).features.size == (known.items[1].width, known.items[1].height)


def test_a_head_that_is_not_stored_is_fitted_once_until_the_gallery_has_grown(
    gallery: Gallery, folder: Path, makers: Sequence[Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted_on = []

    def fit(rows: Array, background: Array | None) -> Head:
        fitted_on.append(len(rows))
        return Head()

    monkeypatch.setattr("resight.search.gallery_index.gallery_head", fit)
    monkeypatch.setattr("resight.search.gallery_index.GROWN", 1.5)
    known = GalleryIndex(gallery, makers)
    for name in NAMES[4:]:
        fill(gallery, folder, makers, name)
        known.refresh()
    assert fitted_on == [4, 6]


@pytest.mark.parametrize("version", [0, 1])
def test_of_many_photos_the_new_ones_alone_are_read(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """And answers are to the bit those of a gallery that is read anew."""
    maker = by_mean()
    rows = unit(rng.normal(0.3, 1, (300, 16)).astype(np.float32))
    read: list[list[int] | None] = []
    whole = SqliteGallery.descriptors

    def counted(self: Gallery, encoder: str, *, ids: Sequence[int] | None = None) -> Any:
        read.append(None if ids is None else list(ids))
        return whole(self, encoder, ids=ids)

    monkeypatch.setattr(SqliteGallery, "descriptors", counted)
    with create_gallery(tmp_path / "many.gallery", [maker.card()]) as gallery:
        gallery.add(described(number, row) for number, row in enumerate(rows[:290]))
        gallery.save_whitening("mean:1", whitening.fit(rows, dims=8), n=290)
        gallery.save_calibration({"whitened": {"mean:1": version}})
        known = GalleryIndex(gallery, [maker])
        gallery.remove(ids=[3, 77])
        gallery.add(described(number, row) for number, row in enumerate(rows[290:], 290))
        gallery.rename("thing 5", "other")
        assert known.refresh()
        assert read == [None, list(range(291, 301))]
        gallery.rename("other", "thing 5")
        assert known.refresh()
        assert read == [None, list(range(291, 301))]
        anew = GalleryIndex(gallery, [maker])
        assert known.whitenings == anew.whitenings == {"mean:1": version}
        (index,), (fresh,) = known.descriptors.values(), anew.descriptors.values()
        for query in rng.normal(0.3, 1, (5, 16)):
            assert index.propose(query, 20) == fresh.propose(query, 20)
            np.testing.assert_array_equal(index.cosine(query, [*known.items]), fresh.cosine(query, [*known.items]))


def test_a_head_that_was_not_stored_is_not_taken_for_the_one_of_a_calibration(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    """Before there is a calibration many photos are whitened; this one was fitted without."""
    maker = by_mean()
    rows = unit(rng.normal(0.3, 1, (300, 16)).astype(np.float32))
    with create_gallery(tmp_path / "many.gallery", [maker.card()]) as gallery:
        gallery.add(described(number, row) for number, row in enumerate(rows))
        known = GalleryIndex(gallery, [maker])
        assert known.descriptors["mean:1"].settings.whitening is not None
        gallery.save_calibration({"whitened": {"mean:1": 0}})
        assert known.refresh()
        assert known.descriptors["mean:1"].settings.whitening is None


def by_mean() -> GlobalEncoder:
    extractor = encoders("classical")[0].extractor
    return GlobalEncoder("mean", "mean", "mean:1", extractor, {}, lambda values: values.mean(axis=0))


def described(number: int, row: Array) -> NewItem:
    digest = number.to_bytes(4, "big")
    return NewItem(f"{number}.jpg", f"thing {number}", digest, 1, 1, 1, descriptors={"mean:1": row})


def test_an_empty_gallery_knows_nothing(folder: Path, makers: Sequence[Encoder], tmp_path: Path) -> None:
    with create_gallery(tmp_path / "empty.gallery", [maker.card() for maker in makers]) as empty:
        known = GalleryIndex(empty, makers)
    assert len(known) == 0
    assert told(known, folder, makers)["answers"] == dict.fromkeys(NAMES, ({}, []))


def test_a_known_photo_is_found_by_its_path_or_its_instance(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    known = GalleryIndex(gallery, makers)
    for id, item in known.items.items():
        assert known.find(item.photo) == known.find(item.instance) == id
    assert known.find("nothing of the kind") is None


def test_a_path_that_fits_photos_of_two_places_is_refused(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    (one, other), name = gallery.items()[:2], "photos/caf\u00e9.png"
    roots = {one.id: "/A/photos", other.id: "/B/photos"}
    gallery.move(dict.fromkeys(roots, name), {id: Place(root, "caf\u00e9.png") for id, root in roots.items()})
    known = GalleryIndex(gallery, makers)
    with pytest.raises(
        GalleryError, match=rf"fits several photos: /A/photos/.* \(id {one.id}\), /B/photos/.* \(id {other.id}\)"
    ):
        known.find(name)
    assert known.find("/B/photos/cafe\u0301.png") == other.id
    assert known.find(f"\u00a0{one.instance} ") == one.id
