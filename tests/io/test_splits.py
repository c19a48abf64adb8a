"""Words for splits: read where they can mean one thing, refused with what may be meant where they nearly do."""

from __future__ import annotations

import pytest

from resight.io.splits import SPLITS, WORDS, folder_splits, split_of


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
        (("train", "bus", "plane"), {}),
        (("gallery", "station"), {}),
        (("gallery", "train"), {}),
        (("reference", "query", "unknown"), {"reference": "reference", "query": "query", "unknown": "distractor"}),
        (("unknown", "ant"), {}),
        (("test",), None),
        (("ant", "bee"), {}),
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
        (("reference", "mona"), "holds 'reference' beside 'mona': wanted only splits"),
        (("Query", "mona"), "holds 'Query' beside 'mona'"),
        (("train", "test", "ant"), "holds 'test', 'train' beside 'ant'"),
        (("train",), "holds one folder, 'train', with 2 folders of photos in it, .* did you mean 'train' itself"),
    ],
)
def test_what_is_doubtful_is_refused(names: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _splits(*names)


def test_splits_below_one_folder_are_asked_about() -> None:
    with pytest.raises(ValueError, match=r"holds one folder, 'data', .* did you mean 'data' itself"):
        folder_splits({"data": ["train", "test"]})
    assert folder_splits({"hall": ["front", "test"]}) == {}
