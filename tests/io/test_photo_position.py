"""Positions in EXIF: right ones, and those that are none, with the reason."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from resight.io.photo_position import GPS, Position, position, position_of

DELFT = {1: "N", 2: (52.0, 0.0, 36.0), 3: "E", 4: (4.0, 21.0, 0.0)}


def _jpeg(said: dict[int, Any]) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(GPS).update(said)
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def test_a_position_is_read_on_every_side() -> None:
    found = position(_jpeg(DELFT))
    assert isinstance(found, Position)
    assert (found.latitude, found.longitude) == pytest.approx((52.01, 4.35))
    south = position_of({**DELFT, 1: "S\0", 3: "w"})
    assert isinstance(south, Position)
    assert (south.latitude, south.longitude) == pytest.approx((-52.01, -4.35))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({2: (IFDRational(52, 0), 0.0, 0.0)}, "the latitude is no number"),
        ({3: None}, "the longitude has no E or W"),
        ({4: (200.0, 0.0, 0.0)}, "the longitude is 200°, beyond 180°"),
        ({2: (90.0, 0.0, 1.0)}, "the latitude is 90.0003°, beyond 90°"),
        ({2: None}, "the latitude is no number"),
        ({4: (-4.0, 0.0, 0.0)}, "the longitude is no number"),
    ],
)
def test_what_is_none_is_told(changed: dict[int, Any], reason: str) -> None:
    assert position_of({**DELFT, **changed}) == reason


def test_photos_without_one_say_nothing() -> None:
    assert position(_jpeg({})) is None
    assert position(b"no photo") is None
    assert position(_jpeg({1: "N", 2: (1.0, 2.0, 3.0), 4: (1.0, 2.0, 3.0)})) == "the longitude has no E or W"
