"""Photos on both sides of a split are found, by content and by looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from resight.evaluation.duplicates import DuplicateIndex
from resight.io import images
from resight.training import leak_audit
from resight.training.split import Split

NAMES = ("a", "b", "copy", "resaved", "flat", "grey")


def _prints(known_photos: Any) -> DuplicateIndex:
    a, b = (images.resize(known_photos[name], (64, 64)) for name in ("astronaut", "coffee"))
    again = images.read(images.encode(b, ".jpg", quality=60)).image
    flat, grey = np.full((64, 64, 3), 9, np.uint8), np.full((64, 64, 3), 90, np.uint8)
    contents = (b"a", b"b", b"a", b"c", b"d", b"e")
    return leak_audit.prints(NAMES, contents, np.stack([a, b, a, again, flat, grey]))


def _split(*, asked: list[int], viewed: list[bool]) -> Split:
    known = np.array([0, 1, 4])
    return Split("image", known, known, np.array(asked), np.array(viewed), False)


def test_a_copy_and_a_photo_saved_again_are_leaks(known_photos: Any) -> None:
    found = leak_audit.leaks(_prints(known_photos), _split(asked=[2, 3, 5], viewed=[False] * 3))
    assert [(leak.query, leak.reference, leak.kind) for leak in found] == [
        ("copy", "a", "content"),
        ("resaved", "b", "near duplicate"),
    ]


def test_a_view_of_a_known_photo_is_no_leak(known_photos: Any) -> None:
    assert leak_audit.leaks(_prints(known_photos), _split(asked=[0], viewed=[True])) == ()
