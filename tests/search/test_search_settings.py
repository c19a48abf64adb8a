"""Search settings: their words, their JSON, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resight.search.search_settings import SearchSettings
from resight.search.voting_rule import VotingRule

TUNED = SearchSettings(8, False, VotingRule("similarity", 3, "square"), ("because",))
EXPANDED = SearchSettings(vote=VotingRule("mean", 7, alpha=0.5))


def test_they_come_back_from_json() -> None:
    for settings in (SearchSettings(), TUNED, EXPANDED):
        found = SearchSettings.of(json.loads(json.dumps(settings.to_dict())))
        assert (found, found.reason) == (settings, settings.reason)


def test_they_are_told_in_words() -> None:
    assert str(SearchSettings()) == "5 photos compared, whitened, top score"
    assert str(TUNED) == "8 photos compared, not whitened, similarity-weighted vote, f = square, k = 3"


def test_a_reason_makes_no_difference() -> None:
    assert SearchSettings(reason=("a",)) == SearchSettings()


@pytest.mark.parametrize(
    "change",
    [
        {"compared": 5.0},
        {"compared": 0},
        {"compared": True},
        {"whiten": 1},
        {"reason": "because"},
        {"reason": [1]},
        {"vote": None},
        {"vote": {"kind": "top", "k": 1, "f": "identity"}},
        {"vote": {"kind": "mean", "k": 3, "f": "identity", "alpha": "0.5"}},
        {"vote": {"kind": "mean", "k": 3, "f": "identity", "alpha": 2.0}},
        {"vote": {"kind": "top", "k": 1, "f": "identity", "alpha": 0.5}},
        {"vote": {"kind": "mean", "k": -3, "f": "identity", "alpha": None}},
        {"vote": {"kind": ["mean"], "k": 3, "f": "identity", "alpha": None}},
        {"more": 1},
    ],
)
def test_what_was_never_written_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        SearchSettings.of({**SearchSettings().to_dict(), **change})
    with pytest.raises(ValueError, match="wanted"):
        SearchSettings.of(None)
