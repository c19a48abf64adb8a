"""The checks: what fits passes as it is, everything else is refused with what was wanted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.checks import answers, flags, numbers
from resight.types import Array


def test_return_what_fits_as_it_is() -> None:
    scores, right = np.array([0.5, -np.inf], np.float32), np.array([True, False])
    assert numbers("scores", scores) is scores
    assert flags("right", right, shape=(2,)) is right


@pytest.mark.parametrize("check", [flags, numbers])
@pytest.mark.parametrize("shape", [(0,), (3, 1), ()])
def test_refuse_other_shapes(check: Callable[..., Array], shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"column has shape .*, wanted \(at least 1,\)"):
        check("column", np.zeros(shape, bool))


def test_refuse_another_number_of_queries() -> None:
    with pytest.raises(ShapeError, match=r"scores has shape \(3,\), wanted \(4,\)"):
        numbers("scores", np.zeros(3), shape=(4,))


def test_labels_are_not_flags() -> None:
    with pytest.raises(ValueError, match="right holds int64, wanted bool"):
        flags("right", np.array([4, 0, 2]))


@pytest.mark.parametrize("values", [np.array([True]), np.array(["0.5"]), np.array([1j])])
def test_what_has_no_order_is_not_a_number(values: Array) -> None:
    with pytest.raises(ValueError, match="wanted real numbers"):
        numbers("scores", values)


def test_nan_is_counted_and_refused() -> None:
    with pytest.raises(ValueError, match="2 NaN among 3"):
        numbers("scores", np.array([math.nan, 1, math.nan]))


def test_answers_are_returned_as_they_are() -> None:
    correct, answerable = np.array([True, False, False]), np.array([True, True, False])
    found = answers(correct, answerable)
    assert found[0] is correct
    assert found[1] is answerable


def test_what_has_no_answer_cannot_be_right() -> None:
    with pytest.raises(ValueError, match="1 of 2 queries are correct but not answerable"):
        answers(np.array([True, True]), np.array([True, False]))
    with pytest.raises(ShapeError, match=r"answerable has shape \(1,\), wanted \(2,\)"):
        answers(np.array([True, True]), np.array([True]))
