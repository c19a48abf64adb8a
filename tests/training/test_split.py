"""Who learns, who is known, who is asked: no photo on two sides, whatever the folder."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.training.split import LEAST, split
from resight.types import UNKNOWN

LABELS = np.repeat(np.arange(100), np.tile([1, 2, 3, 4], 25))
NONE = np.zeros(len(LABELS), bool)


@pytest.mark.parametrize("kind", ["image", "instance"])
@pytest.mark.parametrize("seed", range(5))
def test_no_photo_is_asked_about_and_learned_or_known(kind: str, seed: int) -> None:
    parts = split(LABELS, NONE, kind, share=0.2, rng=np.random.default_rng(seed))
    asked = parts.asked[~parts.viewed]
    assert not set(asked) & set(parts.learned)
    assert not set(asked) & set(parts.known)
    assert set(parts.asked[parts.viewed]) <= set(parts.known)
    assert set(parts.learned) <= set(parts.known)
    assert len(set(LABELS[parts.asked])) == len(parts.asked) == LEAST


def test_by_image_every_instance_is_learned_and_known() -> None:
    parts = split(LABELS, NONE, "image", share=0.9, rng=np.random.default_rng(0))
    assert len(parts.asked) == 90
    assert set(LABELS[parts.learned]) == set(range(100))
    assert np.array_equal(parts.learned, parts.known)


def test_by_instance_what_is_asked_is_not_learned_but_known() -> None:
    parts = split(LABELS, NONE, "instance", share=0.2, rng=np.random.default_rng(0))
    assert not set(LABELS[parts.asked]) & set(LABELS[parts.learned])
    assert set(LABELS[parts.asked]) <= set(LABELS[parts.known])


def test_a_view_is_asked_only_of_what_has_one_photo() -> None:
    parts = split(LABELS, NONE, "image", share=0.9, rng=np.random.default_rng(0))
    counts = np.bincount(LABELS)[LABELS[parts.asked]]
    assert np.array_equal(parts.viewed, counts == 1)


def test_the_data_sets_own_questions_are_asked_and_nothing_else() -> None:
    labels = np.array([0, 0, 1, 1, UNKNOWN, 0])
    queries = np.array([0, 0, 0, 1, 1, 0], bool)
    parts = split(labels, queries, "image", share=0.5, rng=np.random.default_rng(0))
    assert parts.asked.tolist() == [3, 4]
    assert parts.learned.tolist() == parts.known.tolist() == [0, 1, 2, 5]
    assert parts.given
    assert not parts.viewed.any()


def test_by_instance_the_data_sets_own_questions_are_of_what_is_not_learned() -> None:
    labels = np.concatenate([np.arange(6), np.arange(6), [UNKNOWN]])
    queries = np.arange(13) >= 6
    parts = split(labels, queries, "instance", share=0.5, rng=np.random.default_rng(0))
    assert set(labels[parts.asked]) == {*range(6), UNKNOWN} - set(labels[parts.learned])
    assert parts.known.tolist() == list(range(6))


def test_photos_without_a_label_are_on_no_side() -> None:
    labels = np.array([0, 0, UNKNOWN, 1, 1])
    parts = split(labels, np.zeros(5, bool), "image", share=0.5, rng=np.random.default_rng(0))
    assert 2 not in {*parts.learned, *parts.known, *parts.asked}


@pytest.mark.parametrize(
    ("labels", "kind", "share", "said"),
    [
        ([0, 0, 0], "image", 0.5, "1 of 1 instances would be learned; wanted two"),
        ([0, 0, 1, 1], "instance", 0.5, "1 of 2 instances would be learned"),
        ([0, 1], "imag", 0.5, "did you mean 'image'"),
        ([0, 1], "image", 1.5, "share of 1.5"),
    ],
)
def test_what_cannot_be_parted_is_refused(labels: list[int], kind: str, share: float, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        split(np.array(labels), np.zeros(len(labels), bool), kind, share=share, rng=np.random.default_rng(0))
