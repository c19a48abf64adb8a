"""That libtiff writes nothing to the terminal; in a process of its own, whose standard error is looked at whole."""

from __future__ import annotations

import subprocess
import sys

import pytest

from resight.io.decoding import libtiff

SCRIPT = """
import io, numpy as np
from PIL import Image
from resight.errors import PhotoError
from resight.io import images
for mode, compression in (("RGB", "tiff_lzw"), ("RGB", "tiff_adobe_deflate"), ("1", "group4"), ("RGB", "jpeg")):
    stream = io.BytesIO()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8))
    noise.convert(mode).save(stream, "TIFF", compression=compression)
    data = bytearray(stream.getvalue())
    data[40:400:3] = bytes(120)
    try:
        images.read(bytes(data))
    except PhotoError:
        print("refused")
"""


@pytest.mark.skipif(not libtiff.silence(), reason="this Pillow does not let its libtiff be found")
def test_a_damaged_tiff_says_nothing_by_itself() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "refused" in done.stdout
