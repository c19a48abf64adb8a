"""The benchmark of verification: pairs are those that it says, and its tables hold what was measured."""

from __future__ import annotations

import numpy as np
import pytest
import verify
from data.packs import Pack

from resight.recognition.verifier import Verifier
from resight.verification.fusion import PARTS


def test_queries_are_verified_against_their_thing_and_the_nearest_others(
    museum: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "NEAR", 2)
    found = verify._verified(museum, Verifier.open())
    known = [query for query in museum.queries if museum.answers(query)]
    assert found.same.sum() >= len(known)
    assert (~found.same).sum() == 2 * len(known)
    assert found.evidence.shape == (len(found.same), len(PARTS))
    assert found.log_odds[found.same].mean() > found.log_odds[~found.same].mean()


def test_a_perfect_verifier_misses_nothing() -> None:
    ends = np.random.default_rng(0).integers(30, size=(400, 2))
    ends[:100, 1] = ends[:100, 0]
    same = ends[:, 0] == ends[:, 1]
    sure = np.where(same, 9.0, -9.0)
    found = verify.Verified(np.zeros((400, len(PARTS))), sure, sure, same, ends)
    row = verify._row("drawn", found)
    assert row[:3] == ("drawn", f"{same.sum()}", f"{(~same).sum()}")
    assert row[3].startswith("1.000 (")
    assert row[4].startswith(".000")
    assert verify._hardest("drawn", found)[2].startswith("1.000 (")


def test_a_naive_interval_stands_beside_that_by_things() -> None:
    """Of few things with many pairs each, whose scores go together, pairs alone look surer than they are."""
    rng = np.random.default_rng(0)
    ends = np.repeat(np.arange(12), 60)[:, None] + np.array([[0, 0]])
    ends[::2, 1] = (ends[::2, 0] + 1) % 12
    same = ends[:, 0] == ends[:, 1]
    scores = np.where(same, 1.0, 0.0) + 2 * rng.standard_normal(12)[ends[:, 0]] + 0.1 * rng.standard_normal(720)
    found = verify.Verified(np.zeros((720, len(PARTS))), scores, scores, same, ends)
    name, sound, naive, times = verify._naive("drawn", found)
    assert name == "drawn"
    assert sound.startswith(".")
    assert "–" in naive
    assert float(times) > 2
