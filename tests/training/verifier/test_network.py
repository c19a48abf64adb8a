"""The network of a verifier: where it is not trained, why; and that it learns what tells things apart."""

from __future__ import annotations

import numpy as np
import pytest

from resight.features.similarity_network import SimilarityNetwork
from resight.progress import finished
from resight.training.verifier import network
from resight.training.verifier.network import learn, why_untrained

RNG = np.random.default_rng(0)
D = 8
SHAPES = ((D // 2, 2 * D), (D // 4, D // 2), (2, D // 4))
START = SimilarityNetwork(
    "with-product",
    tuple(RNG.normal(0, 0.3, shape).astype(np.float32) for shape in SHAPES),
    tuple(np.zeros(shape[0], np.float32) for shape in SHAPES),
)
THINGS = np.repeat(np.arange(40), 3)


def test_why_none_is_trained() -> None:
    assert why_untrained(THINGS, START) == ""
    assert "lacks the house encoder" in why_untrained(THINGS, None)
    assert "no thing with two photos or more" in why_untrained(THINGS[:0], START)
    assert "1 thing with two photos or more" in why_untrained(THINGS[:2], START)
    assert "4 things with two photos or more to learn from, wanted 30" in why_untrained(THINGS[:12], START)


def test_it_learns_on_from_where_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "RATE", 0.05)
    centres = RNG.normal(size=(40, D))
    rows = (centres[THINGS] + RNG.normal(0, 0.2, (len(THINGS), D))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    learned = finished(learn(START, rows, THINGS, seed=0, stage="network"))
    first, second = np.repeat(rows[::3], 2, axis=0), np.concatenate([rows[1::3], np.roll(rows[1::3], 3, axis=0)])
    second = second.reshape(2, 40, D).transpose(1, 0, 2).reshape(80, D)
    same = np.arange(80) % 2 == 0

    def gap(of: SimilarityNetwork) -> float:
        found = of.log_odds(first, second)
        return float(found[same].mean() - found[~same].mean())

    assert gap(learned) > gap(START) + 0.5
