"""Large WebP and HEIC pictures by their other decoders, beside Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding import memory, raster
from resight.io.decoding.decoder import decode
from resight.io.decoding.opener import opened

pillow_heif.register_heif_opener()  # so that these tests can write HEIC

KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "lossy": ("RGB", "WEBP", {}),
    "lossy with alpha": ("RGBA", "WEBP", {}),
    "lossless": ("RGB", "WEBP", {"lossless": True}),
    "HEIC": ("RGB", "HEIF", {}),
    "HEIC, grey": ("L", "HEIF", {}),
    "HEIC with alpha": ("RGBA", "HEIF", {}),
    "HEIC multiplied by its alpha": ("RGBa", "HEIF", {}),
}


def _file(mode: str, form: str, **options: Any) -> bytes:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 4), dtype=np.uint8))
    stream, exif = io.BytesIO(), Image.Exif()
    exif[274] = 6
    noise.resize((160, 120)).convert(mode).save(stream, form, exif=exif.tobytes(), **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", KINDS)
def test_the_pixels_are_pillow_s(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mode, form, options = KINDS[name]
    data = _file(mode, form, **options)
    wanted, size = decode(data, "photo", max_pixels=1_000_000)
    less = len(data) + raster.reading((160, 120), 160 * 120)
    assert less < memory.reading(opened(data)[0], len(data), 160 * 120)
    monkeypatch.setattr(memory, "MOST", less)
    found, found_size = decode(data, "photo", max_pixels=1_000_000)
    np.testing.assert_array_equal(found, wanted)
    assert found_size == size == (120, 160)


@pytest.mark.parametrize("name", KINDS)
def test_damage_is_refused_as_well(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mode, form, options = KINDS[name]
    data = _file(mode, form, **options)
    monkeypatch.setattr(memory, "MOST", 100_000)
    with pytest.raises(PhotoError):
        decode(data[: len(data) // 2], "photo", max_pixels=1_000_000)


def test_an_animation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    first, second = (Image.new("RGB", (160, 120), colour) for colour in ("red", "blue"))
    first.save(stream, "WEBP", save_all=True, append_images=[second])
    monkeypatch.setattr(memory, "MOST", 100_000)
    with pytest.raises(PhotoError, match="as WEBP, which take"):
        decode(stream.getvalue(), "photo", max_pixels=1_000_000)
