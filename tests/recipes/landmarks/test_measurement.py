"""The tables on a made-up gallery: what must be equal, and single cells against votes that are cast by hand."""

from __future__ import annotations

import numpy as np
import pytest

from resight.evaluation.questions import Questions
from resight.features.multiscale import scale_heads, through_heads
from resight.metrics.ranking import micro_ap
from resight.recipes.landmarks.measurement import SINGLE, Described, Measurements
from resight.recipes.landmarks.thesis import TABLES, TRANSFORMS
from resight.types import Array


def by_hand(known: Array, asked: Array, questions: Questions, k: int) -> float:
    """µAP of the similarity-weighted vote, query by query."""
    right, sure = [], []
    for row, query in enumerate(asked.astype(np.float64)):
        cosines = np.where(questions.ignored[row], -np.inf, known.astype(np.float64) @ query)
        sums: dict[int, float] = {}
        for place in np.argsort(-cosines, kind="stable")[:k]:
            label = int(questions.labels[place])
            sums[label] = sums.get(label, 0.0) + cosines[place]
        best = max(sums, key=lambda label: sums[label])
        right.append(bool(questions.right[row, best]) and bool(questions.answerable[row]))
        sure.append(sums[best])
    return micro_ap(np.array(right), np.array(sure), questions.answerable)


def test_every_cell_of_the_thesis_is_measured(measured: Measurements) -> None:
    assert {number: set(cells) for number, cells in measured.cells.items()} == {
        number: set(cells) for number, cells in TABLES.items()
    }


@pytest.mark.parametrize("k", [1, 3, 13])
@pytest.mark.parametrize("whitened", [True, False])
def test_table_5_1_is_the_vote_by_hand(
    measured: Measurements, described: Described, questions: Questions, k: int, whitened: bool
) -> None:
    known, asked = described.known, described.asked
    if whitened:
        heads = scale_heads(known)
        known, asked = through_heads(known, heads), through_heads(asked, heads)
    expected = by_hand(known[:, SINGLE], asked[:, SINGLE], questions, k)
    assert measured.cells["5.1"][whitened, "identity", k].value == pytest.approx(expected, abs=1e-6)


def test_at_k_1_every_transform_gives_the_same(measured: Measurements) -> None:
    for number in ("5.1", "5.6"):
        for whitened in (True, False):
            assert len({measured.cells[number][whitened, name, 1].value for name in TRANSFORMS}) == 1


def test_sums_of_one_scale_are_the_single_descriptor(measured: Measurements) -> None:
    for name in TRANSFORMS:
        for k in (1, 7):
            alone = measured.subsets[(1.0,), (False, name, k)]
            assert alone == pytest.approx(measured.cells["5.1"][False, name, k].value, abs=1e-9)


def test_all_sums_are_measured_and_that_of_table_5_6_is_among_them(measured: Measurements) -> None:
    assert len({scales for scales, _ in measured.subsets}) == 31
    both = (1.0, np.sqrt(2).item())
    for cell, found in measured.cells["5.6"].items():
        assert measured.subsets[both, cell] == found.value
