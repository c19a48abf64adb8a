"""One photo is found again by its content or its looks."""

from __future__ import annotations

import numpy as np

from resight.evaluation.duplicates import NEAR, DuplicateIndex, Leak

BITS = np.array([0, 0b1111, 2**64 - 1], np.uint64)
KNOWN = DuplicateIndex(("flat", "a", "b"), (b"flat", b"a", b"b"), BITS)


def test_the_same_content_is_told_whatever_it_looks_like() -> None:
    assert KNOWN.leak("q", b"a", np.uint64(0)) == Leak("q", "a", "content")


def test_of_equal_contents_the_first_is_told() -> None:
    twice = DuplicateIndex(("a", "b", "again"), (b"a", b"b", b"a"), BITS)
    assert twice.leak("q", b"a", np.uint64(0)) == Leak("q", "a", "content")


def test_looks_may_differ_in_a_few_bits() -> None:
    near, far = 2**64 - 1 - (2**NEAR - 1), 2**64 - 1 - (2 ** (NEAR + 1) - 1)
    assert KNOWN.leak("q", b"new", np.uint64(near)) == Leak("q", "b", "near duplicate")
    assert KNOWN.leak("q", b"new", np.uint64(far)) is None


def test_a_photo_of_one_colour_looks_like_none() -> None:
    assert KNOWN.leak("q", b"new", np.uint64(0)) is None


def test_nothing_is_among_no_photos() -> None:
    assert DuplicateIndex((), (), np.zeros(0, np.uint64)).leak("q", b"new", np.uint64(7)) is None
