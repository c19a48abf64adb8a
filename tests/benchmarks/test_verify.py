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
    assert row[:4] == ("drawn", f"{same.sum()}", f"{(~same).sum()}", "1.000 (1.000–1.000)")
    assert row[4].startswith(".000")
    assert verify._hardest("drawn", found)[2] == "1.000 (1.000–1.000)"
