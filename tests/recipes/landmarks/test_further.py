"""Rows beyond the tables: what they are compared with, and that what is learned is learned on the gallery alone."""

from __future__ import annotations

import numpy as np
import pytest

from resight.evaluation.questions import Questions
from resight.metrics.ranking import micro_ap
from resight.metrics.resampling import Resamples
from resight.recipes.landmarks import further
from resight.recipes.landmarks.further import FIRST, Lessons
from resight.recipes.landmarks.measurement import Answers, Described, Measurements


@pytest.fixture(scope="module")
def settings(described: Described, questions: Questions) -> dict[str, Answers]:
    shown = np.arange(0, 36, 3)
    rng = np.random.default_rng(1)
    taught = described.known[shown] + 0.02 * rng.normal(size=described.known[shown].shape).astype(np.float32)
    return further.settings(described, Lessons(taught, shown, described), questions)


def test_the_first_row_is_the_cell_of_the_table(
    settings: dict[str, Answers], questions: Questions, measured: Measurements
) -> None:
    for name, cell in ((FIRST, ("5.1", (True, "identity", 7))), ("sum of 1 and √2", ("5.6", (True, "identity", 7)))):
        found = micro_ap(*settings[name], questions.answerable)
        assert found == pytest.approx(measured.cells[cell[0]][cell[1]].value, abs=1e-12)
    found = micro_ap(*settings["matrix, columns"], questions.answerable)
    assert found == pytest.approx(measured.cells["5.5"][True, "columns", 7].value, abs=1e-12)


def test_rows_have_paired_gains(settings: dict[str, Answers], questions: Questions, resamples: Resamples) -> None:
    rows = further.rows({**settings, "the same again": settings[FIRST]}, questions, resamples)
    first, same = rows[0], rows[-1]
    assert (first.name, first.gain, first.p) == (FIRST, None, None)
    assert same.gain is not None
    assert (same.value.value, same.gain.value, same.p) == (first.value.value, 0.0, 1.0)
    assert len(rows) == 11
    told = rows[1].to_dict()
    assert told["gain"]["value"] == pytest.approx(told["value"] - first.value.value)


def test_an_encoder_beside_itself_changes_nothing(described: Described, questions: Questions) -> None:
    alone = further.joined([described], questions)
    twice = further.joined([described, described], questions)
    np.testing.assert_array_equal(alone[0], twice[0])
    np.testing.assert_allclose(alone[1], twice[1], atol=1e-6)


def test_the_nearest_leave_out_what_a_query_ignores(described: Described, questions: Questions) -> None:
    found = further.nearest(described, questions, 4)
    assert found.rows.shape == (24, 4)
    assert 0 not in found.rows[0]
