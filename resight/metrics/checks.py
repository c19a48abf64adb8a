"""Queries as arrays: the checks that every metric makes first."""

from __future__ import annotations

from numbers import Real

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def is_number(value: object) -> bool:
    """Whether a value is one real number, of Python's or of NumPy's; a bool is none, though Python counts with it."""
    return isinstance(value, Real) and not isinstance(value, bool)


def flags(name: str, values: Array, *, shape: tuple[int, ...] = (-1,)) -> Array:
    """Check that ``values`` are booleans of this shape, -1 for any size from 1, and return them.

    Numbers are refused: labels given in place of "is it right" would all count as true. Raises ShapeError, ValueError.
    """
    array = _shaped(name, values, shape)
    if array.dtype.kind != "b":
        raise ValueError(f"{name} holds {array.dtype}, wanted bool: compare first, for example labels == truth")
    return array


def numbers(name: str, values: Array, *, shape: tuple[int, ...] = (-1,)) -> Array:
    """Check that ``values`` are real numbers of this shape, -1 for any size from 1, and return them in their own dtype.

    Infinities pass, NaN does not: it has no place in an order. Raises ShapeError, ValueError.
    """
    array = _shaped(name, values, shape)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds {array.dtype}, wanted real numbers: convert it to float first")
    missing = int(np.isnan(array).sum())
    if missing:
        raise ValueError(f"{name} holds {missing} NaN among {array.size}, wanted none: give a missing score -inf")
    return array


def answers(correct: Array, answerable: Array) -> tuple[Array, Array]:
    """Check (q,) bool ``correct`` against ``answerable``; what has no answer cannot be right.

    Raises ShapeError, ValueError.
    """
    correct = flags("correct", correct)
    answerable = flags("answerable", answerable, shape=correct.shape)
    impossible = int((correct & ~answerable).sum())
    if impossible:
        raise ValueError(
            f"{impossible} of {correct.size} queries are correct but not answerable, wanted none: "
            "a query is answerable where the gallery holds its instance"
        )
    return correct, answerable


def ranked_answers(correct: Array, confidences: Array, answerable: Array) -> tuple[Array, Array, Array]:
    """Check answers as :func:`answers` does, with ``confidences (q,)`` by which to rank them.

    Raises ShapeError, and ValueError also where no query is answerable.
    """
    correct, answerable = answers(correct, answerable)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    if not answerable.any():
        raise ValueError(
            "micro_ap of 0 answerable queries is undefined, wanted 1 or more: report false accepts instead"
        )
    return correct, confidences, answerable


def _shaped(name: str, values: Array, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values)
    fits = array.ndim == len(shape) and all(
        size == wanted or wanted < 0 for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits or array.size == 0:
        wanted = str(shape).replace("-1", "at least 1")
        raise ShapeError(f"{name} has shape {array.shape}, wanted {wanted}: give one row per query, the same queries")
    return array
