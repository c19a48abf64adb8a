"""Fitting a verifier from the command line: both decisions with their figures, and a gallery that is too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resight.metrics.interval import Estimate
from resight.progress import Progress
from resight.training.verifier import train
from resight.training.verifier.judgement import BeforeAndAfter, PairJudgement, RecognitionJudgement

BOTH = BeforeAndAfter(Estimate(0.9, 0.8, 0.95, 10), Estimate(0.95, 0.9, 0.99, 10))
PAIRS = PairJudgement(Estimate(0.1, 0.05, 0.2, 10), BOTH, BOTH, BOTH, 7)
ANSWERS = RecognitionJudgement(
    Estimate(-0.02, -0.1, 0.01, 10), BOTH, Estimate(0.05, -0.01, 0.1, 10), (0.7, 0.8), (0.1, 0.05), 40
)


def test_both_decisions_are_told_with_their_figures(run: Any, gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(path: Path) -> Any:
        yield Progress("pairs", 1, 1)
        return train.VerifierTraining(True, False, PAIRS, ANSWERS, 120, 12, 3, ("a word",), str(path))

    monkeypatch.setattr(train, "iter_train_verifier", trained)
    told = run("train-verifier", gallery)
    assert told.status == 0
    assert "AUC 0.9000 before, 0.9500 after; of the 7 hardest pairs" in told.out
    assert "the cost of a pair changes by -0.1000 bits (-0.2000 to -0.0500)" in told.out
    assert "`resight verify --gallery` weighs by it from now on" in told.out
    assert "known photos named 70.0 % before, 80.0 % after, unknown ones 10.0 % before, 5.0 % after" in told.out
    assert "`resight recognise` does not use it" in told.out
    assert "note: a word" in told.err
    (report,) = run("train-verifier", gallery, "--json").lines
    assert (report["used"], report["reranks"], report["recognition"]["photos"]) == (True, False, 40)


def test_a_small_gallery_is_refused_with_words(run: Any, gallery: Path) -> None:
    told = run("train-verifier", gallery)
    assert told.status == 1
    assert "things; wanted 12 at least to fit a verifier to" in told.err
