"""Rankings: order, ties, what is left out, and the way through JSON."""

from __future__ import annotations

import json

import numpy as np
from systems.ranking import Ranking, ranked

NAMES = np.array(["a", "b", "c", "d"], object)


def test_the_largest_score_comes_first_and_equals_keep_their_order() -> None:
    found = ranked(NAMES, np.array([1.0, 3.0, 3.0, 2.0]))
    assert found == Ranking(("b", "c", "d", "a"), (3.0, 3.0, 2.0, 1.0))


def test_what_is_left_out_makes_room() -> None:
    found = ranked(NAMES, np.array([1.0, 3.0, 3.0, 2.0]), shown=2, exclude=["b", "elsewhere"])
    assert found == Ranking(("c", "d"), (3.0, 2.0))


def test_nothing_known_is_an_empty_ranking() -> None:
    assert ranked(NAMES[:0], np.zeros(0)) == Ranking((), ())


def test_json_keeps_every_bit() -> None:
    found = ranked(NAMES, np.array([0.1, 1 / 3, 1e-300, -2.5], np.float32))
    assert Ranking.of(json.loads(json.dumps(found.to_dict()))) == found
