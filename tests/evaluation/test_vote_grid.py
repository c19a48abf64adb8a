"""µAP of votes by descriptors: each cell is that of the vote cast alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.evaluation.charts import votes
from resight.evaluation.questions import Questions
from resight.evaluation.vote_grid import VoteGrid
from resight.features.head import gallery_head, head
from resight.io.datasets.entries import Entry
from resight.metrics.ranking import micro_ap
from resight.search.exact import search
from resight.search.knn_vote import knn_vote
from resight.types import Head


def test_cells_are_those_of_votes_cast_alone() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(8, 6))
    known, asked = (np.repeat(centres, n, axis=0) + 0.7 * rng.normal(size=(8 * n, 6)) for n in (3, 2))
    known, asked = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, asked))
    known, asked = known.astype(np.float32), asked.astype(np.float32)
    entries = [Entry(f"r{n}", Path(), (f"thing {n // 3}",)) for n in range(24)]
    queries = [Entry(f"q{n}", Path(), (f"thing {n // 2}",) if n < 12 else ()) for n in range(16)]
    questions = Questions.of(entries, queries)
    settings = gallery_head(known, np.zeros((0, 6), np.float32))
    grid = VoteGrid.of("made up", known, asked, settings, questions)
    assert len(grid.cells) == 48
    for whitened, f, k in ((True, "square", 7), (False, "identity", 3), (True, "log", 23)):
        rows, others = (head(each, settings) if whitened else each for each in (known, asked))
        found = knn_vote(search(others, rows, k), questions.labels, k=k, f=f)
        expected = micro_ap(questions.correct(found), found.confidences, questions.answerable)
        cell = grid.cells[whitened, f, k]
        assert cell.value == pytest.approx(expected, abs=1e-12)
        assert cell.low <= cell.value <= cell.high
    assert {kind for kind, _, _ in VoteGrid.of("x", known, asked, Head(), questions).cells} == {False}
    pytest.importorskip("matplotlib")
    drawn = votes(grid).decode()
    assert "not whitened" in drawn
    assert "ln(x + e)" in drawn
