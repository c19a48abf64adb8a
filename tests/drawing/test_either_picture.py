"""The picture of an answer between two things: three photos, and outlines where the two differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.drawing.colours import DIFFERENT
from resight.drawing.either_picture import EitherPicture
from resight.drawing.layout import GAP, HEAD, MARGIN
from resight.types import Features
from resight.verification.comparison import NO_VOTES, LocalFeatures
from resight.verification.look_alikes import LookAlikes


def local(value: int) -> LocalFeatures:
    """A photo of 1200 × 900 pixels without a point, all of one grey."""
    nothing = np.zeros(0, np.float32)
    features = Features(np.zeros((0, 2), np.float32), np.zeros((0, 8), np.uint8), nothing, nothing, (1200, 900))
    return LocalFeatures(features, np.full((90, 120, 3), value, np.uint8))


class Pointed(LookAlikes):
    """Two that differ in a known place, and a view of them that shows it as they do."""

    on_first = on_second = (np.array([(300.0, 300.0), (600.0, 300.0), (600.0, 600.0), (300.0, 600.0)]),)

    def on(self, *_: Any) -> Any:
        return self.on_first

    def told(self, first: str, second: str) -> str:
        return f"{first} is not {second}"


def shown(drawn: Any) -> list[Any]:
    """Which columns have the colour of what differs, in stretches with a gap between them."""
    columns = np.flatnonzero((np.abs(drawn.astype(int) - DIFFERENT).max(axis=2) < 40).any(axis=0))
    return [part for part in np.split(columns, np.flatnonzero(np.diff(columns) > GAP) + 1) if len(part)]


def test_each_photo_is_pointed_at_in_the_same_place() -> None:
    picture = EitherPicture(local(40), (NO_VOTES, NO_VOTES), Pointed(local(90), local(140)), ("A", "B"), "A or B")
    drawn = picture.draw()
    parts = shown(drawn)
    assert len(parts) == 3
    lefts = [int(part[0]) for part in parts]
    assert np.diff(lefts)[0] == pytest.approx(np.diff(lefts)[1], abs=2)
    middle = HEAD + (drawn.shape[0] - HEAD) // 3
    for value, left in zip((40, 90, 140), lefts, strict=True):
        assert (drawn[middle, left - 30] == value).all()
    assert drawn[: HEAD // 2, MARGIN:].min() < 100  # the caption
    assert picture.encode(".png").startswith(b"\x89PNG")


def test_two_that_cannot_be_laid_over_each_other_are_drawn_all_the_same() -> None:
    drawn = EitherPicture(
        local(40), (NO_VOTES, NO_VOTES), LookAlikes(local(90), local(140)), ("A", "B"), "A or B"
    ).draw()
    assert shown(drawn) == []
