"""What a photo does to the process that decodes it, it does to nobody else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.io import images
from resight.service.safety import decoder as decoding
from resight.service.safety.decoder import Decoder
from resight.service.safety.decoding_process import decoded
from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    made = Decoder(Settings({}))
    yield made
    made.close()


def test_a_photo_is_the_one_that_the_library_reads(decoder: Decoder, views: dict[str, bytes]) -> None:
    expected, found = images.read(views["coffee"]), decoder.decode(views["coffee"], long_side=None)
    np.testing.assert_array_equal(found.image, expected.image)
    assert (found.size, found.digest) == (expected.size, expected.digest)


def test_a_process_that_dies_or_hangs_is_replaced(decoder: Decoder, views: dict[str, bytes], monkeypatch: Any) -> None:
    decoder.decode(views["coffee"], long_side=64)
    os.kill(decoder.start().pid, signal.SIGSTOP)
    monkeypatch.setattr(decoder, "_settings", Settings({}, decoding_seconds=0.05))
    with pytest.raises(Problem, match="cannot read the photo") as late:
        decoder.decode(views["coffee"], long_side=64)
    assert "more than 0.05 s" in late.value.found
    monkeypatch.undo()
    assert decoder.decode(views["coffee"], long_side=64).size == (320, 320)
    process = decoder.start()
    process.kill()
    process.wait()
    assert decoder.decode(views["coffee"], long_side=64).size == (320, 320)


def test_it_has_no_more_memory_than_it_was_given(views: dict[str, bytes]) -> None:
    bomb = BytesIO()
    Image.new("L", (6000, 6000)).save(bomb, "PNG", compress_level=1)
    tight = Decoder(Settings({}, decoding_bytes=250_000_000))
    try:
        with pytest.raises(Problem) as refused:
            tight.decode(bomb.getvalue(), long_side=None)
        assert refused.value.status == 422
        assert tight.decode(views["coffee"], long_side=64).size == (320, 320)
    finally:
        tight.close()


def test_frames_are_counted_before_one_is_decoded() -> None:
    file = BytesIO()
    first, *more = (Image.new("L", (2, 2), grey) for grey in range(6))
    first.save(file, "GIF", save_all=True, append_images=more)
    for most, refused in ((5, True), (6, False)):
        header, _ = decoded(file.getvalue(), long_side=None, max_pixels=100, max_frames=most)
        assert ("refused" in header) is refused


def test_pipes_are_not_waited_for_for_ever() -> None:
    end, start = os.pipe()
    try:
        with pytest.raises(TimeoutError):
            decoding._wait(end, decoding.select.POLLIN, 0.0)
    finally:
        os.close(end)
        os.close(start)
