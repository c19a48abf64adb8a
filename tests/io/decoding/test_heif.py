"""Which decoder a file is for, whatever its brands."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding.decoder import decode
from resight.io.decoding.heif import BRANDS, CONTAINERS, RARE, accepts, branded, plugin, rare

pillow_heif.register_heif_opener()  # so that these tests can write HEIC

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((64, 48))


def _written(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, form, **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """A photo, and the first picture of a sequence, in each coding."""
    turned = [PICTURE.rotate(180)]
    return {
        "AVIF": _written("AVIF", speed=10),
        "HEIF": _written("HEIF"),
        "AVIF sequence": _written("AVIF", speed=10, save_all=True, append_images=turned),
    }


def _pixels(data: bytes) -> npt.NDArray[Any]:
    return decode(data, "photo", max_pixels=10_000)[0]


def _rebranded(data: bytes, major: bytes, *others: bytes) -> bytes:
    listed = b"".join(others)
    size = 16 + len(listed)
    moved = int.from_bytes(data[:4], "big")
    assert size <= moved  # where the coded pixels lie is counted from the start, so the rest must stay in its place
    return data[:8] + major + data[12:16] + (listed + others[-1] * moved)[: moved - 16] + data[moved:]


@pytest.mark.parametrize("brand", sorted(BRANDS | CONTAINERS))
@pytest.mark.parametrize("coding", ["AVIF", "HEIF", "AVIF sequence"])
def test_every_brand_is_read_by_how_it_is_coded(files: dict[str, bytes], coding: str, brand: bytes) -> None:
    data = files[coding][:8] + brand + files[coding][12:]
    assert accepts(data)
    assert plugin(data) == coding[:4]
    np.testing.assert_array_equal(_pixels(data), _pixels(files[coding]))


@pytest.mark.parametrize("coding", ["AVIF", "HEIF"])
@pytest.mark.parametrize(
    "brands",
    [
        (b"mif1", b"mif1", b"miaf"),  # nothing says how it is coded but its items
        (b"miaf", b"mif1"),
        (b"mif1", b"heic", b"avif"),
        (b"avif", b"mif1", b"heic"),
        (b"heic", b"mif1", b"avif"),
        (b"iso8", b"mif1"),
    ],
    ids=lambda brands: b" ".join(brands).decode(),
)
def test_sets_of_brands(files: dict[str, bytes], coding: str, brands: tuple[bytes, ...]) -> None:
    np.testing.assert_array_equal(_pixels(_rebranded(files[coding], *brands)), _pixels(files[coding]))


def test_an_avif_that_says_so_is_left_as_it_is(files: dict[str, bytes]) -> None:
    for data in (files["AVIF"], files["AVIF sequence"], _rebranded(files["AVIF sequence"], b"avis", b"msf1")):
        assert branded(data) is data
        assert _pixels(data).shape == (48, 64, 3)


@pytest.mark.parametrize("brand", [b"M4A ", b"isom", b"qt  "])
def test_other_containers_are_no_photos(files: dict[str, bytes], brand: bytes) -> None:
    data = _rebranded(files["AVIF"], brand, b"iso6", b"mp41")
    assert not accepts(data)
    with pytest.raises(PhotoError, match=r"found a (video|sound);"):
        _pixels(data)


@pytest.mark.parametrize(("coding", "name"), RARE.items())
def test_another_coding_is_no_damage(files: dict[str, bytes], coding: bytes, name: str) -> None:
    data = files["HEIF"].replace(b"hvc1", coding)
    assert rare(data) == f"a HEIF photo with {name} inside"
    with pytest.raises(PhotoError, match=f"found a HEIF photo with {name} inside; wanted .*; convert it"):
        _pixels(data)


def test_usual_codings_are_not_rare(files: dict[str, bytes]) -> None:
    assert {rare(data) for data in files.values()} == {None}


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x10ftyp", b"\0\0\0\x10ftypmif1", b"\0\0\0\1ftypavif" + bytes(40)])
def test_cut_boxes_are_refused(data: bytes) -> None:
    with pytest.raises(PhotoError, match="cannot read photo"):
        _pixels(data)
