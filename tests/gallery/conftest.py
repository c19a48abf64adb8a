"""A small gallery's makings: its encoders, and photos by number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from resight.gallery.records import NewItem
from resight.types import EncoderCard

LOCAL: Final = "sift:1"
GLOBAL: Final = "gem:1"
Make = Callable[..., NewItem]


@pytest.fixture
def cards() -> tuple[EncoderCard, ...]:
    """A local encoder, whose arrays are stored as features, and a global one, stored as descriptors."""
    return (
        EncoderCard(LOCAL, "rootsift", "local", {"long_side": 640}),
        EncoderCard(GLOBAL, "resnet50", "global", {"layers": [3, 4]}),
    )


@pytest.fixture
def make() -> Make:
    """``make(number, **fields)``: the photo of a number, three of each instance, always the same."""

    def new_item(number: int, **fields: Any) -> NewItem:
        rng = np.random.default_rng(number)
        values: dict[str, Any] = {
            "photo": f"photos/{number}.jpg",
            "instance": f"thing {number // 3}",
            "digest": hashlib.sha256(str(number).encode()).digest(),
            "file_bytes": 1000 + number,
            "width": 640,
            "height": 480,
            "features": {LOCAL: {"points": rng.random((5, 2), np.float32), "values": rng.bytes(5 * 8)}},
            "descriptors": {GLOBAL: rng.random(16, np.float32)},
            "thumbnail": f"thumbnail {number}".encode(),
            "about": {"year": 1900 + number},
        }
        values["features"][LOCAL]["values"] = np.frombuffer(values["features"][LOCAL]["values"], np.uint8).reshape(5, 8)
        return NewItem(**{**values, **fields})

    return new_item
