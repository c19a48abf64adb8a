"""A user's folder as training takes it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from resight.errors import DatasetError
from resight.io.datasets.dataset import discover
from resight.io.datasets.identity import labelled_identity
from resight.training.training_set import TrainingSet, labelled_photos, prepare_training_set
from resight.types import UNKNOWN
from tests.jobs import told


def _training_set(photos: Path, folder: Path) -> TrainingSet:
    return told(
        prepare_training_set(labelled_photos([photos]).entries, folder, side=32, kind="image", share=0.2, seed=0)
    )[1]


@pytest.fixture
def photos(things: Path, tmp_path: Path) -> Path:
    """The things, with questions of the data set's own: one of them a copy, one a thing that nobody knows."""
    folder = tmp_path / "photos"
    shutil.copytree(things, folder / "reference")
    for place in ("query/coffee", "query/chelsea", "distractor"):
        (folder / place).mkdir(parents=True)
    shutil.copy(things / "coffee" / "0.jpg", folder / "query" / "coffee" / "copy.jpg")
    shutil.move(folder / "reference" / "chelsea" / "1.jpg", folder / "query" / "chelsea" / "1.jpg")
    shutil.move(folder / "reference" / "grass", folder / "distractor" / "grass")
    shutil.copy(things / "moon" / "0.jpg", folder / "reference" / "nowhere.jpg")
    return folder


def test_a_data_sets_own_questions_are_judged_by_its_labels(photos: Path, tmp_path: Path) -> None:
    training_set = _training_set(photos, tmp_path / "album")
    asked = [training_set.entries[row] for row in training_set.parts.asked]
    known = [training_set.entries[row].label for row in training_set.parts.known]
    for entry, same in zip(asked, training_set.same(), strict=True):
        assert [label for label, right in zip(known, same, strict=True) if right] == [
            label for label in known if label == entry.label
        ]
    assert "grass" not in known
    assert {entry.split for entry in asked} == {"query", "distractor"}


def test_a_copy_is_not_asked_and_told(photos: Path, tmp_path: Path) -> None:
    training_set = _training_set(photos, tmp_path / "album")
    [leak] = [leak for leak in training_set.leaks if leak.kind == "content"]
    assert leak.query.endswith("copy.jpg")
    names = [training_set.entries[row].name for row in training_set.parts.asked[training_set.kept]]
    assert leak.query not in names


def test_photos_without_a_label_take_no_part(photos: Path, tmp_path: Path) -> None:
    training_set = _training_set(photos, tmp_path / "album")
    [row] = [row for row, entry in enumerate(training_set.entries) if entry.name.endswith("nowhere.jpg")]
    assert training_set.labels[row] == UNKNOWN
    assert row not in {*training_set.parts.learned, *training_set.parts.known, *training_set.parts.asked}


def test_equal_photos_have_one_identity_and_another_label_another(things: Path, tmp_path: Path) -> None:
    first = _training_set(things, tmp_path / "one")
    moved = shutil.copytree(things, tmp_path / "moved")
    assert _training_set(moved, tmp_path / "two").identity == first.identity
    (moved / "moon").rename(moved / "sun")
    assert _training_set(moved, tmp_path / "three").identity != first.identity


def test_what_was_learned_is_known_again_in_a_data_set_wherever_it_lies(things: Path, tmp_path: Path) -> None:
    training_set = _training_set(things, tmp_path / "album")
    moved = shutil.copytree(things, tmp_path / "moved")
    entries = [entry for entry in discover([moved]).entries if not entry.name.endswith("broken.jpg")]
    digests = {entry.name: entry.photo().digest for entry in entries}
    assert training_set.learned_identity == labelled_identity([*reversed(entries)], digests)


def test_things_whose_photos_cannot_be_read_are_no_things(things: Path, tmp_path: Path) -> None:
    shutil.copytree(things / "coffee", tmp_path / "photos" / "coffee")
    (tmp_path / "photos" / "broken").mkdir()
    shutil.copy(things / "moon" / "broken.jpg", tmp_path / "photos" / "broken" / "0.jpg")
    with pytest.raises(DatasetError, match="show only 'coffee'; wanted two things"):
        _training_set(tmp_path / "photos", tmp_path / "album")


def test_other_photos_do_not_go_on_from_an_album(things: Path, tmp_path: Path) -> None:
    _training_set(things, tmp_path / "album")
    moved: Any = shutil.copytree(things, tmp_path / "moved")
    (moved / "coffee" / "0.jpg").unlink()
    with pytest.raises(DatasetError, match="album of other photos"):
        _training_set(moved, tmp_path / "album")
