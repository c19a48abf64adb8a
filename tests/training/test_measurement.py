"""The same questions asked of two encoders."""

from __future__ import annotations

import numpy as np
import pytest

from resight.features.head import FEW
from resight.features.normalisation import unit
from resight.training.measurement import compared, measure

KNOWN = np.eye(4, dtype=np.float32)
SAME = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], bool)
ALL = np.ones(4, bool)


def _asked(*rows: list[float]) -> np.ndarray:
    return unit(np.array(rows, np.float32))


GOOD = _asked([9, 1, 0, 0], [0, 8, 1, 0], [0, 1, 7, 0], [1, 1, 1, 1])
POOR = _asked([9, 1, 0, 0], [8, 1, 0, 0], [0, 1, 7, 0], [0, 0, 0, 1])


def test_neighbours_are_by_cosine_and_right_where_they_show_the_same() -> None:
    found = measure(POOR, KNOWN, SAME)
    assert found.rows[:, 0].tolist() == [0, 0, 2, 3]
    assert found.right[:, 0].tolist() == [True, False, True, False]
    assert found.answerable.tolist() == [True, True, True, False]
    assert found.scores[0, 0] == pytest.approx(9 / np.sqrt(82))


def test_what_has_no_answer_counts_in_micro_ap_alone() -> None:
    """P@1 is 2 of 3; by falling cosine the answers are wrong (1.0), right, wrong, right: (1/2 + 2/4) / 3."""
    figures = measure(POOR, KNOWN, SAME).figures()
    assert (figures["p_at_1"].value, figures["p_at_1"].n) == (pytest.approx(2 / 3), 3)
    assert figures["micro_ap"].value == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_what_is_ignored_is_neither_right_nor_wrong() -> None:
    ignored = np.zeros((4, 4), bool)
    ignored[0, 0] = ignored[1, 0] = True
    found = measure(POOR, KNOWN, SAME, ignored)
    assert found.rows[:2, 0].tolist() == [1, 1]
    assert found.right[:2, 0].tolist() == [False, True]
    assert found.answerable.tolist() == [False, True, True, False]


def test_two_encoders_are_compared_on_the_same_questions() -> None:
    told = compared(measure(POOR, KNOWN, SAME), measure(GOOD, KNOWN, SAME), ALL)
    assert (told["mended"], told["broken"], told["mcnemar_p"]) == (1, 0, 1.0)
    assert told["micro_ap_gained"]["value"] == pytest.approx(1 - (1 / 2 + 2 / 4) / 3)


def test_only_kept_questions_count() -> None:
    kept = np.array([True, False, True, False])
    assert measure(POOR, KNOWN, SAME).figures(kept)["p_at_1"].value == 1
    nothing = np.array([False, False, False, True])
    assert measure(POOR, KNOWN, SAME).figures(nothing) == {}
    assert compared(measure(POOR, KNOWN, SAME), measure(GOOD, KNOWN, SAME), nothing) == {}


def _loud(rng: np.random.Generator, n: int) -> np.ndarray:
    """Descriptors ``(n, 17)`` with a strong direction that says nothing."""
    return np.concatenate([30 * rng.normal(size=(n, 1)), rng.normal(size=(n, 16))], axis=1).astype(np.float32)


def _seen_again(known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    seen = known + 0.1 * rng.normal(size=known.shape).astype(np.float32)
    seen[:, 0] = 30 * rng.normal(size=len(known))
    return seen


@pytest.mark.parametrize(("known", "background"), [(2 * FEW, 0), (20, 100)])
def test_descriptors_are_whitened_as_in_a_gallery(known: int, background: int, rng: np.random.Generator) -> None:
    """The strong direction hides which is which until the known photos, or those of a background, tell it."""
    loud, same = _loud(rng, known), np.eye(known, dtype=bool)
    everyday = unit(_loud(rng, background)) if background else None
    seen = _seen_again(loud, rng)
    plain = (unit(seen) @ unit(loud).T).argmax(axis=1) == np.arange(known)
    found = measure(unit(seen), unit(loud), same, background=everyday)
    assert found.right[:, 0].mean() > plain.mean() + 0.2
