"""Google Landmarks v2: lists of ids, with photos under a/b/c/."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.formats.landmarks import is_landmarks, recognition, retrieval

from .conftest import Lay, noted, seen

TRAIN = "id,url,landmark_id\nabc1,http://x,7\nabd2,http://y,7\nbcd3,http://z,142\n"
SOLUTION = "id,landmarks,Usage\ncde4,7 9,Public\ndef5,,Private\nefa6,7,Ignored\n"
RETRIEVAL = "id,images,Usage\ncde4,aaa1 aaa2 zzz9,Public\ndef5,aaa1,Private\nefa6,None,Ignored\n"
PHOTOS = ("train/a/b/c/abc1.jpg", "train/a/b/d/abd2.jpg", "train/b/c/d/bcd3.jpg")
ASKED = ("test/c/d/e/cde4.jpg", "test/d/e/f/def5.jpg")
INDEX = ("index/a/a/a/aaa1.jpg", "index/a/a/a/aaa2.jpg")


@pytest.fixture
def root(lay: Lay) -> Path:
    known = {"train.csv": TRAIN, "index.csv": "id\naaa1\naaa2\n"}
    solutions = {"recognition_solution_v2.1.csv": SOLUTION, "retrieval_solution_v2.1.csv": RETRIEVAL}
    return lay(*PHOTOS, *ASKED, *INDEX, **known, **solutions)


def test_landmarks_are_known_and_those_without_are_unknown(root: Path) -> None:
    assert is_landmarks(root)
    found = recognition(root)
    assert seen(found, root) == [
        ("train/a/b/c/abc1.jpg", "reference", ("7",)),
        ("train/a/b/d/abd2.jpg", "reference", ("7",)),
        ("train/b/c/d/bcd3.jpg", "reference", ("142",)),
        ("test/c/d/e/cde4.jpg", "query", ("7", "9")),
        ("test/d/e/f/def5.jpg", "distractor", ()),
    ]
    assert found.survey.refused == ()
    assert noted(found) == {
        "photo that the solution ignores, not asked": 1,
        "column of train.csv, not used": 1,
        "list of the retrieval task, not read without --format gldv2-retrieval": 1,
    }


def test_of_the_retrieval_task_each_photo_is_a_thing_of_its_own(root: Path) -> None:
    found = retrieval(root)
    assert seen(found, root) == [
        ("index/a/a/a/aaa1.jpg", "reference", ("aaa1",)),
        ("index/a/a/a/aaa2.jpg", "reference", ("aaa2",)),
        ("test/c/d/e/cde4.jpg", "query", ("aaa1", "aaa2")),
        ("test/d/e/f/def5.jpg", "query", ("aaa1",)),
    ]
    assert noted(found)["photo to be found that is not there: it counts for nothing"] == 1


def test_missing_photos_are_counted_with_the_first_of_them(root: Path) -> None:
    (root / PHOTOS[1]).unlink()
    (root / ASKED[0]).unlink()
    first, second = recognition(root).survey.refused
    assert first.place.endswith("train.csv")
    assert first.reason == "names 1 photos that are not there, such as train/a/b/d/abd2.jpg"
    assert second.reason == "names 1 photos that are not there, such as test/c/d/e/cde4.jpg"


@pytest.mark.parametrize("text", [TRAIN.replace(",", ";"), TRAIN.replace(",", "\t"), f"\ufeff{TRAIN}"])
def test_other_separators_and_a_byte_order_mark_change_nothing(root: Path, text: str) -> None:
    expected = seen(recognition(root), root)
    (root / "train.csv").write_text(text, encoding="utf-8")
    assert seen(recognition(root), root) == expected
    (root / "train.csv").write_text(text.removeprefix("\ufeff"), encoding="utf-16")
    assert seen(recognition(root), root) == expected


def test_lists_may_lie_in_the_folders_of_their_photos(root: Path) -> None:
    expected = seen(recognition(root), root)
    (root / "train.csv").rename(root / "train" / "train.csv")
    (root / "recognition_solution_v2.1.csv").rename(root / "test" / "recognition_solution_v2.1.csv")
    assert is_landmarks(root)
    assert seen(recognition(root), root) == expected


def test_what_is_missing_or_none_is_told(root: Path) -> None:
    (root / "train.csv").write_text("name,landmark\n")
    with pytest.raises(DatasetError, match=r"begins with 'name,landmark'.*wanted .* id, landmark_id among them"):
        recognition(root)
    (root / "train.csv").write_text("id,url,landmark_id\n../x,u,1\n")
    with pytest.raises(DatasetError, match=r"train.csv', line 2: the id '../x' is none"):
        recognition(root)
    (root / "train.csv").unlink()
    with pytest.raises(DatasetError, match=r"has no train.csv"):
        recognition(root)


def test_without_any_photo_it_is_refused(lay: Lay) -> None:
    root = lay(**{"train.csv": TRAIN, "recognition_solution_v2.1.csv": SOLUTION})
    with pytest.raises(DatasetError, match=r"has no photo: .*names 3 photos that are not there"):
        recognition(root)
