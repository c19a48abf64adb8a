"""Words for splits: read where they can mean one thing, refused with what may be meant where they nearly do."""

from __future__ import annotations

import pytest

from resight.io.datasets.splits import SPLITS, WORDS, folder_splits, split_of


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("reference", "reference"),
        (" Reference ", "reference"),
        ("TEST", "query"),
        ("Queries", "query"),
        ("database", "reference"),
        ("gallery", "reference"),
        ("validation", "val"),
        ("TRAIN", "train"),
        ("fold 1", "fold 1"),
        ("train2", "train2"),
        ("Zürich", "Zürich"),
        ("latest", "latest"),
    ],
)
def test_a_word_is_read_whatever_its_case(word: str, split: str) -> None:
    assert split_of(word) == split


@pytest.mark.parametrize(
    ("word", "meant"), [("refrence", "reference"), ("Querys", "query"), ("distracters", "distractors")]
)
def test_a_word_that_is_nearly_one_is_refused(word: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"the split '{word}' is none of .*; did you mean '{meant}'"):
        split_of(word)


def test_every_word_is_itself_one_of_ours_or_of_learning() -> None:
    assert set(WORDS.values()) == {*SPLITS, "train", "val"}
    assert all(word == word.casefold() and split_of(word) == split for word, split in WORDS.items())


def _splits(*names: str, inside: tuple[str, ...] = ("a", "b")) -> dict[str, str]:
    return folder_splits(dict.fromkeys(names, inside))


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("reference",), {"reference": "reference"}),
        (("Reference", "QUERY"), {"Reference": "reference", "QUERY": "query"}),
        (("query", "train"), {"query": "query", "train": "train"}),
        (("train", "val", "test"), {"train": "train", "val": "val", "test": "query"}),
        (("gallery", "query"), {"gallery": "reference", "query": "query"}),
        (("database", "queries"), {"database": "reference", "queries": "query"}),
        (("train", "bus", "plane"), None),
        (("gallery", "station"), None),
        (("gallery", "train"), None),
        (("trains", "buses"), {}),
        (("quarry", "test tube"), None),
        (("reference", "query", "unknown"), {"reference": "reference", "query": "query", "unknown": "distractor"}),
        (("unknown", "ant"), None),
        (("test",), None),
        (("ant", "bee"), {}),
        (("known", "unknown"), {"known": "reference", "unknown": "distractor"}),
        (("enrol", "test"), {"enrol": "reference", "test": "query"}),
        (("base", "query"), {"base": "reference", "query": "query"}),
        (("images", "query"), {"images": "reference", "query": "query"}),
        (
            ("bounding_box_train", "bounding_box_test", "query"),
            {"bounding_box_train": "train", "bounding_box_test": "reference", "query": "query"},
        ),
        ((), {}),
    ],
)
def test_folders_are_splits_where_they_can_be_nothing_else(
    names: tuple[str, ...], splits: dict[str, str] | None
) -> None:
    if splits is not None:
        assert _splits(*names) == splits
    assert _splits(*names, inside=()) == (splits or {})


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (
            ("enrolment", "latest"),
            "holds 2 folders with folders of photos in them, 'enrolment' among them, that may be",
        ),
        (("refrence", "later"), "did you mean 'reference' by 'refrence'"),
        (("training", "testt"), "did you mean 'test' by 'testt'"),
        (("query_images", "gallery_images"), "did you mean 'gallery' by 'gallery_images'"),
        (
            ("refrence", "query"),
            r"holds 'query' beside 'refrence'.*; did you mean 'reference' by 'refrence'\? Else move",
        ),
        (("querys", "references"), "did you mean 'query' by 'querys'"),
        (("reference", "mona"), "holds 'reference' beside 'mona': wanted only splits"),
        (("Query", "mona"), "holds 'Query' beside 'mona'"),
        (("train", "test", "ant"), "holds 'test', 'train' beside 'ant'"),
        (("train",), "holds one folder, 'train', with 2 folders of photos in it, .* did you mean 'train' itself"),
    ],
)
def test_what_is_doubtful_is_refused(names: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _splits(*names)


def test_folders_of_one_name_in_several_are_labels_below_splits() -> None:
    """Photos that lie beside the folders make no thing of what holds them then, but else they do."""
    with pytest.raises(ValueError, match="may be splits or things"):
        folder_splits({"enrol": ["a", "b", ""], "latest": ["a", ""]})
    assert folder_splits({"train": ["front", ""], "bus": ["rear", ""], "plane": [""]}) == {}


def test_unknown_photos_need_no_folders_of_their_own() -> None:
    with pytest.raises(ValueError, match="may be splits or things"):
        folder_splits({"mine": ["a", "b"], "unknown": [""]})
    assert folder_splits({"ant": [""], "unknown": [""]}) == {}
    assert folder_splits({"unknown": [""], "unknowns": [""]}) == {}


def test_splits_below_one_folder_are_asked_about() -> None:
    with pytest.raises(ValueError, match=r"holds one folder, 'data', .* did you mean 'data' itself"):
        folder_splits({"data": ["train", "test"]})
    with pytest.raises(ValueError, match=r"did you mean 'data' itself"):
        folder_splits({"data": ["query", "refrence"]})
    assert folder_splits({"hall": ["front", "test"]}) == {}
    assert folder_splits({"test": ["", "a"]}) == {}
