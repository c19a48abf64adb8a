"""The picture behind a header, by the plugin that the bytes ask for."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.io.decoding.decoder import decode
from resight.io.decoding.kinds import UnreadKind
from resight.io.decoding.opener import FORMATS, named, opened


def _file(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 100, 50)).save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_the_bytes_tell_the_format_and_no_pixel_is_decoded(form: str) -> None:
    picture, reading = opened(_file(form))
    assert (picture.format, picture.size) == (form, (8, 6))
    assert (reading.white, reading.inverted, reading.rare) == (None, False, None)


@pytest.mark.parametrize("largest", [1, 100, 256, 1023, 4095, 65534, 65535])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("colours", [1, 3])
def test_the_largest_value_of_a_pgm_or_ppm_is_white(
    rng: np.random.Generator, largest: int, plain: bool, colours: int
) -> None:
    """Of dark pictures too, whose values would fit fewer bits."""
    values = rng.integers(0, 1 + max(1, largest // 300), (6, 8, colours))
    body = values.astype(">u2" if largest > 255 else "u1").tobytes()
    if plain:
        body = b" ".join(b"%d" % value for value in values.ravel().tolist()) + b"\n"
    number = {(1, False): 5, (1, True): 2, (3, False): 6, (3, True): 3}[colours, plain]
    data = b"P%d 8 6 %d\n" % (number, largest) + body
    wanted = np.broadcast_to(np.rint(values / largest * 255), (6, 8, 3))
    assert np.abs(decode(data, "photo", max_pixels=100)[0] - wanted).max() <= 1


def test_a_failure_is_named_where_a_decoder_may_be_missing() -> None:
    with pytest.raises(UnreadKind, match="a rare thing"), named("a rare thing"):
        raise OSError("decoder error -2")
    with pytest.raises(OSError, match="decoder error"), named(None):
        raise OSError("decoder error -2")
