"""The fit of a fusion: it finds what tells pairs apart, and lets nothing speak the wrong way."""

from __future__ import annotations

import numpy as np
import pytest

from resight.training.verifier.fusion_fitting import fit_fusion
from resight.types import Array
from resight.verification.fusion import PARTS


def _pairs(count: int = 400, *, share: float = 0.25) -> tuple[Array, Array]:
    """Points tell; structure does where there is an overlay; the network tells the wrong way; the rest is noise."""
    rng = np.random.default_rng(0)
    same = rng.random(count) < share
    evidence = rng.standard_normal((count, len(PARTS)))
    evidence[:, PARTS.index("registered")] = rng.random(count) < np.where(same, 0.9, 0.3)
    evidence[:, PARTS.index("points")] += 2 * same
    evidence[:, PARTS.index("network")] -= 2 * same
    evidence[::7, PARTS.index("descriptor")] = np.nan
    return evidence, same


def test_what_tells_counts_and_what_tells_the_wrong_way_does_not() -> None:
    evidence, same = _pairs()
    fusion = fit_fusion(evidence, same)
    weights = dict(zip(PARTS, fusion.weights, strict=True))
    assert weights["points"] > 1
    assert weights["network"] == 0
    assert (fusion.weights >= 0).all()
    assert (fusion.same, fusion.different) == (int(same.sum()), int((~same).sum()))


def test_both_kinds_count_alike_however_many_there_are() -> None:
    """A balanced fit: the mean probability of both kinds is one half."""
    evidence, same = _pairs(share=0.1)
    odds = fit_fusion(evidence, same).log_odds(evidence)
    chance = 1 / (1 + np.exp(-odds))
    assert (chance[same].mean() + chance[~same].mean()) / 2 == pytest.approx(0.5, abs=0.02)


def test_pairs_of_one_kind_are_refused() -> None:
    evidence, same = _pairs()
    with pytest.raises(ValueError, match="400 of 400 pairs show one thing"):
        fit_fusion(evidence, np.ones_like(same))
