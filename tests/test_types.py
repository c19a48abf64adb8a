"""Records that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.types import SpatialVerification

PAIRS = np.array([[0, 2], [1, 1], [4, 0]])
WEIGHTS = np.array([0.5, 0.25, 2.0], np.float32)


def test_the_weights_of_a_check_sum_to_its_score() -> None:
    assert SpatialVerification(2.75, PAIRS, None, WEIGHTS).score == 2.75
    for score in (0.0, 2.7, 3.0):
        with pytest.raises(ValueError, match=r"weights that sum to 2\.75; wanted their sum"):
            SpatialVerification(score, PAIRS, None, WEIGHTS)


def test_every_inlier_of_a_check_has_a_weight() -> None:
    with pytest.raises(ShapeError, match=r"inliers \(3, 2\) and 2 weights"):
        SpatialVerification(0.75, PAIRS, None, WEIGHTS[:2])


@pytest.mark.parametrize("rows", [np.array([0, 2]), np.array([True, False, True])])
def test_some_of_a_check_have_their_own_score(rows: np.ndarray) -> None:
    found = SpatialVerification(2.75, PAIRS, np.eye(3), WEIGHTS).only(rows)
    assert found.score == 2.5
    assert found.inliers.tolist() == [[0, 2], [4, 0]]
    assert found.transform is not None
