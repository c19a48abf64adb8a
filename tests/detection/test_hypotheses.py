"""Claims to places: who competes with whom, and who gets a name."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from resight.calibration.decision import Decision
from resight.detection.hypotheses import SAME_PLACE, Hypothesis, named_hypothesis, places
from resight.verification.polygons import NOWHERE, box

Array = npt.NDArray[Any]


def _square(left: float, side: float = 10.0) -> Array:
    return box(np.array([left, 0.0]), np.array([left + side, side]))


def test_places_are_taken_by_the_strongest_that_overlap() -> None:
    outlines = [_square(0), _square(2), _square(40), _square(41, side=4), _square(5.1)]
    found = [group.tolist() for group in places(outlines, np.array([1.0, 3.0, 2.0, 5.0, 0.5]))]
    assert found == [[3, 2], [1, 0, 4]]
    assert [group.tolist() for group in places([NOWHERE, NOWHERE], np.array([1.0, 2.0]))] == [[1], [0]]
    assert places([], np.zeros(0)) == []
    assert 0 < SAME_PLACE < 1


def _hypotheses(*instances: str) -> list[Hypothesis]:
    return [Hypothesis(number, name, np.zeros(3), _square(number), None) for number, name in enumerate(instances)]


def test_one_of_a_place_is_told_or_two_or_none() -> None:
    here = _hypotheses("b", "a", "c")
    ranking = (("a", 0.45), ("b", 0.4), ("c", 0.1))
    assert named_hypothesis(here, Decision(np.zeros(3), ranking, ()), "heat") is None
    alone = named_hypothesis(here, Decision(np.zeros(3), ranking, ("a",)), "heat")
    assert alone is not None
    assert (alone.hypothesis, alone.probability, alone.method, alone.other) == (here[1], 0.45, "heat", None)
    assert alone.instances == ("a",)
    both = named_hypothesis(here, Decision(np.zeros(3), ranking, ("a", "b")), "heat")
    assert both is not None
    assert (both.hypothesis, both.other, both.instances) == (here[1], (here[0], 0.4), ("a", "b"))
