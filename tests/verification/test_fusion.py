"""The fusion of a pair's parts: monotone, bounded, and nothing where a part is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resight.errors import ModelError
from resight.verification.fusion import GROUPS, OF_OVERLAY, PARTS, Fusion

RNG = np.random.default_rng(0)
FUSION = Fusion(RNG.random(len(PARTS)), 0.5 + RNG.random(len(PARTS)), RNG.random(len(PARTS)), -0.5, 30, 90)
EVIDENCE = RNG.random((20, len(PARTS)))
EVIDENCE[:, PARTS.index("registered")] = 1


def test_it_is_the_sum_of_weighted_parts_and_a_constant() -> None:
    for row in EVIDENCE:
        parts = zip(row, FUSION.centre, FUSION.spread, FUSION.weights, strict=True)
        expected = FUSION.constant + sum(w * (x - c) / s for x, c, s, w in parts)
        assert float(FUSION.log_odds(row)) == pytest.approx(expected)
        assert sum(FUSION.contributions(row).values()) + FUSION.constant == pytest.approx(expected)
    assert sorted(part for group in GROUPS.values() for part in group) == sorted(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_speaks_against_what_it_is_to_speak_for(part: str) -> None:
    more = EVIDENCE.copy()
    more[:, PARTS.index(part)] += 0.5
    assert (FUSION.log_odds(more) >= FUSION.log_odds(EVIDENCE)).all()


def test_what_is_missing_says_nothing() -> None:
    missing, centred = EVIDENCE.copy(), EVIDENCE.copy()
    missing[:, -1], centred[:, -1] = np.nan, FUSION.centre[-1]
    np.testing.assert_allclose(FUSION.log_odds(missing), FUSION.log_odds(centred))
    apart, other = EVIDENCE.copy(), EVIDENCE.copy()
    apart[:, PARTS.index("registered")] = other[:, PARTS.index("registered")] = 0
    other[:, [PARTS.index(name) for name in OF_OVERLAY]] = 0
    np.testing.assert_allclose(FUSION.log_odds(apart), FUSION.log_odds(other))


def test_a_ratio_goes_no_further_than_its_pairs_support() -> None:
    assert FUSION.bounds == (1 / 31, 91)
    far = np.full((2, len(PARTS)), [[1e6], [-1e6]])
    np.testing.assert_allclose(np.exp(FUSION.log_odds(far)), [91, 1 / 31])
    assert FUSION.scores(far)[0] > FUSION.log_odds(far)[0]
    np.testing.assert_allclose(np.clip(FUSION.scores(EVIDENCE), *np.log(FUSION.bounds)), FUSION.log_odds(EVIDENCE))


def test_it_survives_json() -> None:
    again = Fusion.from_dict(json.loads(json.dumps(FUSION.to_dict())))
    np.testing.assert_array_equal(again.log_odds(EVIDENCE), FUSION.log_odds(EVIDENCE))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"constant": float("nan")}, "finite numbers"),
        ({"same": 0}, "no pairs"),
        ({"parts": {}}, "lacks or misspells 'points'"),
        ({"constant": "much"}, "lacks or misspells could not convert"),
    ],
)
def test_a_wrong_file_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        Fusion.from_dict(FUSION.to_dict() | change)
    said_of = FUSION.to_dict()
    said_of["parts"]["points"]["weight"] = -1.0
    with pytest.raises(ModelError, match="a weight below 0"):
        Fusion.from_dict(said_of)
