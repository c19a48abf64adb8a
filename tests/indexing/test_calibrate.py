"""Examples of real use: what teaches, what is told instead, and what stays when the gallery changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import resight
from resight.calibration.samples import CalibrationSamples
from resight.errors import DatasetError, GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.calibrate import calibrate, iter_calibrate
from resight.indexing.gallery_editor import edit
from resight.indexing.index import index
from tests.galleries import Photos, quick, seen_again, some, write

NAMES = ("chelsea", "coffee", "page")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick("classical"):
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of three things, "use" with a view of each, and "unknown" with two photos; only to be read."""
    root = tmp_path_factory.mktemp("taught")
    index(write(root / "photos", some(known_photos, *NAMES)), root / "known.gallery")
    write(root / "use", {name: seen_again(known_photos[name], 1) for name in NAMES})
    write(root / "unknown", some(known_photos, "moon", "rocket"))
    return root


@pytest.fixture
def path(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(folder / "known.gallery", tmp_path / "known.gallery"))


@pytest.fixture(scope="module")
def taught(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery with three examples and two unknown photos; only to be read."""
    path = Path(shutil.copy(folder / "known.gallery", tmp_path_factory.mktemp("lesson") / "known.gallery"))
    calibrate(path, examples=folder / "use", unknown=folder / "unknown")
    return path


@pytest.fixture
def learned(taught: Path, tmp_path: Path) -> Path:
    """It, to do with as one likes."""
    return Path(shutil.copy(taught, tmp_path / "learned.gallery"))


def questions(path: Path) -> Mapping[str, int]:
    with resight.open(path) as recogniser:
        return recogniser.calibration.counts


def counted(path: Path) -> tuple[int, int]:
    """How many examples, and photos of unknown things, the calibration rests on."""
    return questions(path)["example"], questions(path)["unknown"]


def test_examples_teach_and_never_become_references(folder: Path, path: Path) -> None:
    report = calibrate(path, examples=folder / "use", unknown=folder / "unknown")
    assert (report.examples, report.unknown) == counted(path) == (3, 2)
    assert report.lesson is not None
    assert (report.lesson.known, report.lesson.things, report.lesson.unknown) == (3, 3, 2)
    assert report.sentence.startswith("3 examples of 3 things, 2 photos of unknown ones: ")
    assert (report.recognised, report.references, report.contradictions, report.not_known) == ([], [], [], [])
    with open_gallery(path) as gallery:
        assert len(gallery) == 3
    with resight.open(path) as recogniser:
        assert recogniser.info()["calibration"]["questions"]["example"] == 3
        assert recogniser.unfinished is None


def test_an_unknown_photo_that_resembles_nothing_teaches_too(path: Path, tmp_path: Path) -> None:
    """A blank page has no candidate at all."""
    write(tmp_path / "unknown", {"blank": np.full((320, 240, 3), 255, np.uint8)})
    report = calibrate(path, unknown=tmp_path / "unknown")
    assert (report.examples, report.unknown) == counted(path) == (0, 1)


def test_a_second_run_asks_nothing_and_stores_nothing(
    folder: Path, learned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_gallery(learned) as gallery:
        before = gallery.calibration()
    monkeypatch.setattr("resight.calibration.asking.extract", None)
    again = calibrate(learned, examples=folder / "use", unknown=folder / "unknown")
    assert (again.examples, again.unknown, again.lesson is not None) == (3, 2, True)
    with open_gallery(learned) as gallery:
        after = gallery.calibration()
    assert before is not None
    assert after is not None
    assert after.version == before.version


def test_they_come_with_an_index_run_as_well(folder: Path, path: Path) -> None:
    report = index(folder / "photos", path, examples=folder / "use", unknown=folder / "unknown")
    assert report.taught is not None
    assert (report.taught.examples, report.taught.unknown) == counted(path) == (3, 2)
    assert index(folder / "photos", path).taught is None
    assert counted(path) == (3, 2)


def test_corrections_one_by_one_are_the_same_thing(folder: Path, path: Path, learned: Path) -> None:
    """As a service would give them: bytes by the name of what they show, None for unknown things."""
    for name in NAMES:
        calibrate(path, examples={name: (folder / "use" / name / "whole.png").read_bytes()})
    unknown = [folder / "unknown" / name / "whole.png" for name in ("moon", "rocket")]
    calibrate(path, examples={None: unknown})
    assert counted(path) == (3, 2)
    with resight.open(path) as one, resight.open(learned) as other:
        np.testing.assert_allclose(one.calibration.weights, other.calibration.weights, atol=1e-6)


def test_a_correction_of_a_correction_counts(folder: Path, learned: Path) -> None:
    """The latest word about a photo holds."""
    photo = (folder / "use" / "coffee" / "whole.png").read_bytes()
    assert calibrate(learned, examples={"page": photo}).contradictions == []
    assert counted(learned) == (3, 2)
    assert calibrate(learned, examples={None: photo}).recognised[0].known.instance == "coffee"
    assert counted(learned) == (2, 2)


def test_what_teaches_nothing_is_told(folder: Path, path: Path, tmp_path: Path, known_photos: Photos) -> None:
    use = Path(shutil.copytree(folder / "use", tmp_path / "use"))
    shutil.copy(folder / "photos" / "page" / "whole.png", use / "page" / "file.png")
    Image.fromarray(known_photos["coffee"]).save(use / "coffee" / "print.jpg", quality=80)
    Image.fromarray(known_photos["chelsea"]).save(use / "coffee" / "cat.jpg", quality=80)
    for place in (use / "chelsea", use / "page", tmp_path / "more" / "chelsea"):
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(seen_again(known_photos["coffee"], 5)).save(place / "twice.png")
    for name, quality in (("chelsea/first", 90), ("page/second", 60)):
        Image.fromarray(seen_again(known_photos["coffee"], 6)).save(use / f"{name}.jpg", quality=quality)
    write(use, {"cofee": seen_again(known_photos["coffee"], 4)})
    (use / "page" / "bad.jpg").write_bytes(b"no photo")
    Image.fromarray(known_photos["grass"]).save(use / "loose.png")
    report = calibrate(path, examples=[use, tmp_path / "more"])
    assert {Path(photo).name: item.instance for photo, item in report.references} == {
        "file.png": "page",
        "print.jpg": "coffee",
    }
    assert {(Path(one.photo).name, one.labels, one.others) for one in report.contradictions} == {
        ("cat.jpg", ("coffee",), ("chelsea",)),
        ("twice.png", ("page",), ("chelsea",)),
        ("second.jpg", ("page",), ("chelsea",)),
    }
    assert [one.labels for one in report.not_known] == [("cofee",)]
    assert [Path(bad.photo).name for bad in report.unreadable] == ["bad.jpg"]
    assert [Path(photo).name for photo in report.unlabelled] == ["loose.png"]
    assert (report.examples, report.unknown) == counted(path) == (3, 0)
    report.lesson = None
    assert report.sentence == "no examples are given but 2 of known photos, or prints of them, which teach nothing"


def test_examples_of_other_things_are_unknown_only_where_that_is_asked(folder: Path, path: Path) -> None:
    report = calibrate(path, examples=folder / "unknown")
    assert sorted(one.labels for one in report.not_known) == [("moon",), ("rocket",)]
    assert counted(path) == (0, 0)
    assert calibrate(path, examples=folder / "unknown", others_unknown=True).not_known == []
    assert counted(path) == (0, 2)


def test_they_stay_when_things_are_renamed_and_photos_come_and_go(learned: Path, known_photos: Photos) -> None:
    with edit(learned) as gallery:
        gallery.rename("coffee", "espresso")
        gallery.add(known_photos["camera"], "camera")
    assert counted(learned) == (3, 2)
    with edit(learned) as gallery:
        gallery.remove("espresso")
    assert counted(learned) == (2, 2)
    with edit(learned) as gallery:
        gallery.add(known_photos["coffee"], "espresso")
    assert counted(learned) == (3, 2)


def test_one_that_is_no_file_follows_a_new_name(folder: Path, path: Path) -> None:
    """It cannot be asked about again, and its right answer is called otherwise now."""
    calibrate(path, examples={"coffee": (folder / "use" / "coffee" / "whole.png").read_bytes()})
    with edit(path) as gallery:
        gallery.rename("coffee", "espresso")
    with open_gallery(path) as opened:
        stored, (known,) = opened.calibration(), opened.items("espresso")
    assert stored is not None
    samples = CalibrationSamples.of(stored.arrays)
    (row,) = np.flatnonzero(samples.given)
    assert samples.candidates[row, samples.answers[row]] == known.id
    assert samples.present[row, samples.answers[row]]


def test_they_come_along_when_the_gallery_is_made_anew(folder: Path, learned: Path) -> None:
    with edit(learned) as gallery:
        gallery.rename("coffee", "espresso")
    report = index(folder / "photos", learned, rebuild=True)
    assert report.taught is not None
    assert report.taught.not_known == []
    assert counted(learned) == (3, 2)


def test_an_example_that_became_a_reference_is_none(folder: Path, learned: Path) -> None:
    with edit(learned) as gallery:
        gallery.add(folder / "use" / "coffee" / "whole.png", "coffee")
    assert counted(learned) == (2, 2)


def test_an_example_of_which_a_print_became_a_reference_is_none(
    folder: Path, learned: Path, tmp_path: Path, known_photos: Photos
) -> None:
    """Its file is another one, and its digest."""
    Image.fromarray(seen_again(known_photos["coffee"], 1)).save(tmp_path / "print.jpg", quality=90)
    with edit(learned) as gallery:
        gallery.add(tmp_path / "print.jpg", "coffee")
    assert counted(learned) == (2, 2)


def test_they_are_forgotten_when_that_is_asked(folder: Path, learned: Path, path: Path) -> None:
    calibrate(learned, forget=True)
    assert counted(learned) == (0, 0)
    with resight.open(learned) as one, resight.open(path) as other:
        np.testing.assert_allclose(one.calibration.weights, other.calibration.weights)


def test_a_run_that_is_killed_goes_on(folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resight.calibration.fitting.BLOCK", 2)
    steps = iter_calibrate(path, examples=folder / "use", unknown=folder / "unknown")
    for step in steps:
        if (step.stage, step.done) == ("examples", 3):
            break
    steps.close()
    assert sum(counted(path)) == 2
    assert calibrate(path, examples=folder / "use", unknown=folder / "unknown").examples == 3
    assert counted(path) == (3, 2)


def test_of_seen_photos_the_share_of_unknown_ones_is_told_and_nothing_is_learned(
    folder: Path, learned: Path, tmp_path: Path
) -> None:
    seen = Path(shutil.copytree(folder / "use", tmp_path / "seen"))
    shutil.copy(folder / "photos" / "page" / "whole.png", seen / "known.png")
    (seen / "bad.jpg").write_bytes(b"no photo")
    before = questions(learned)
    report = calibrate(learned, seen=seen)
    assert report.seen is not None
    assert report.seen.photos == 3
    assert report.seen.low <= report.seen.share <= report.seen.high
    assert [Path(photo).name for photo, _ in report.references] == ["known.png"]
    assert [Path(bad.photo).name for bad in report.unreadable] == ["bad.jpg"]
    assert questions(learned) == before


def test_what_cannot_be_taught_is_refused(folder: Path, path: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty"):
        calibrate(path, examples=tmp_path / "empty")
    with pytest.raises(DatasetError, match="has a label"):
        calibrate(path, examples=folder / "use" / "coffee")
    with edit(path), pytest.raises(GalleryError):
        calibrate(path, examples=folder / "use")
    with edit(path) as gallery:
        gallery.remove(*NAMES)
    with pytest.raises(GalleryError, match="knows no photo"):
        calibrate(path, examples=folder / "use")
