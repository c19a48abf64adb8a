"""What a JPEG's header says, and how much smaller a large one is decoded."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images
from resight.io.decoding import memory
from resight.io.decoding.decoder import decode
from resight.io.decoding.jpeg import MAX_COEFFICIENTS, SEGMENTS, Frame, frame, unread


def _noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.frombytes(mode, (width, height), rng.bytes(width * height * len(Image.new(mode, (1, 1)).getbands())))


def _jpeg(picture: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", **options)
    return stream.getvalue()


def _tall(width: int, height: int) -> bytes:
    """A baseline JPEG of any height for the price of its first 16 rows, which restart markers repeat (T.81, E.1.4)."""
    data = _jpeg(_noise(16, 1).resize((width, 16)), restart_marker_rows=1, subsampling=2)
    at, scan = data.index(b"\xff\xc0") + 5, data.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
    head, row = data[:at] + height.to_bytes(2, "big") + data[at + 2 : start], data[start:-2]
    return head + b"".join(row + bytes([0xFF, 0xD0 + k % 8]) for k in range(-(-height // 16) - 1)) + row + b"\xff\xd9"


@pytest.mark.parametrize(
    ("mode", "options", "sampling"),
    [
        ("L", {}, ((1, 1),)),
        ("RGB", {"subsampling": 0}, ((1, 1),) * 3),
        ("RGB", {"subsampling": 1}, ((2, 1), (1, 1), (1, 1))),
        ("RGB", {"subsampling": 2}, ((2, 2), (1, 1), (1, 1))),
        ("CMYK", {}, ((1, 1),) * 4),
    ],
)
def test_the_frame_of_every_kind(mode: str, options: dict[str, Any], sampling: tuple[tuple[int, int], ...]) -> None:
    picture = _noise(70, 50, mode)
    data = _jpeg(picture, **options)
    numbers = {"CMYK": tuple(b"CMYK")}.get(mode, tuple(range(1, len(sampling) + 1)))
    assert frame(data) == Frame(0xC0, (70, 50), sampling, data.index(b"\xff\xda"), separate=False, numbers=numbers)
    many = frame(_jpeg(picture, progressive=True, **options))
    assert (many.marker, many.size, many.sampling) == (0xC2, (70, 50), sampling)


def test_a_frame_inside_a_segment_is_not_the_photos() -> None:
    data, thumbnail = _jpeg(_noise(70, 50)), _jpeg(_noise(16, 16))
    app = b"\xff\xff\xe5" + (2 + len(thumbnail)).to_bytes(2, "big") + thumbnail  # a byte of padding before the marker
    assert frame(data[:2] + app + data[2:]).size == (70, 50)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\3\0\0\0", b"\xff\xd8" + 9 * b"\xff"])
def test_what_has_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="without pixels"):
        frame(data)


def test_only_scans_that_share_blocks_hold_coefficients() -> None:
    """16 bits each; 4:2:0 keeps a quarter of both colours. Blocks are whole: 70 × 50 is 9 × 7 of luminance."""
    assert frame(_jpeg(_noise(70, 50))).coefficients == 0
    assert frame(_jpeg(_noise(70, 50), progressive=True, subsampling=0)).coefficients == 3 * 63 * 128
    assert frame(_jpeg(_noise(70, 50), progressive=True, subsampling=2)).coefficients == (63 + 2 * 5 * 4) * 128
    assert Frame(0xC0, (70, 50), ((1, 1),) * 3, 0, separate=True).coefficients == 3 * 63 * 128


@pytest.mark.parametrize(
    ("long_side", "max_pixels", "divisor"),
    [
        (None, 480_000, 1),
        (None, 479_999, 2),
        (None, 100_000, 4),
        (None, 7_500, 8),
        (None, 7_499, 1),  # none is small enough: the whole is refused
        (300, 480_000, 1),
        (200, 480_000, 2),
        (100, 480_000, 4),
        (9, 480_000, 8),
        (900, 480_000, 1),
        (300, 200_000, 2),  # not twice, but enough
        (401, 200_000, 1),  # less than asked for: refused
    ],
)
def test_what_a_photo_is_divided_by(long_side: int | None, max_pixels: int, divisor: int) -> None:
    photo = Frame(0xC0, (800, 600), ((1, 1),), 0, separate=False)
    assert photo.divisor(long_side, max_pixels) == divisor


def test_a_lossless_frame_is_not_divided() -> None:
    assert Frame(0xC3, (800, 600), ((1, 1),), 0, separate=False).divisor(10, 1_000_000) == 1


def test_a_jpeg_of_200_megapixels_is_decoded_smaller() -> None:
    photo = images.read(_tall(16_320, 12_240), long_side=640)
    assert (photo.size, photo.image.shape) == ((16_320, 12_240), (1_530, 2_040, 3))
    np.testing.assert_array_equal(photo.image[-2:], photo.image[:2])


def test_a_long_panorama_is_read() -> None:
    photo = images.read(_tall(65_500, 4_000), long_side=640)
    assert (photo.size, photo.image.shape) == ((65_500, 4_000), (500, 8_188, 3))


def test_a_large_jpeg_that_cannot_be_small_enough_is_refused() -> None:
    data = _tall(1_600, 1_200)
    assert decode(data, "photo", long_side=None, max_pixels=480_000)[0].shape == (600, 800, 3)
    with pytest.raises(PhotoError, match=r"found 1600 × 1200 pixels \(1.9 megapixels\); wanted at most 0.5 megapixels"):
        decode(data, "photo", long_side=900, max_pixels=480_000)


def test_a_progressive_jpeg_that_needs_much_memory_is_refused() -> None:
    data = bytearray(_jpeg(_noise(16, 16), progressive=True, subsampling=0))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = (9_000).to_bytes(2, "big") + (12_000).to_bytes(2, "big")
    assert frame(bytes(data)).coefficients > MAX_COEFFICIENTS
    with pytest.raises(
        PhotoError, match=r"12000 × 9000 pixels in several scans, 648 MB .* at most 400 MB; .* baseline"
    ):
        images.read(bytes(data), long_side=640)


LOSSLESS = base64.b85decode(
    rb"|JeWT01iQ9Z(?NtWB>pF0095P01*fP9sno<QV{@05dcCF0RO}Q761VO0RR910000000000000082LIXs3<FXCM*u<q0RRA>=lT2q02?K"
    rb"c000e=Hvj+z$z%Wk17wZB000000kT;D007w|Z~y>omOuaiHb~q6000008zqnc01c8i000KbWB>pIWR1W800001vRMEC0NEpO003;3KmY"
    rb"(XNZbGb0000RC6E9B4U#ti00zlq000AIjlci^00059SpWb4*&}cO0Bn{(001^f+yDR#m5=}c4U#ti00zlq000AIjlci_vRMEC00000*&"
    rb"}cO0Bn{(001^f+yDR@C6E9B0000Dk~aVV2FYXq00U%=zyJZVSpWb40002lBX9r!Y?eR(05(Y6000{$kN^Mx000e=Hvj+z$z%Wk17wZB0"
    rb"0FXD00000007w|Z~y>omOuaiHb~q602?Kc000KcHvj+z$z%Wk17wZB00FXD0002lBX9r!0001NmOuaiHb~q602?Kc000e=Hvj+t000Kb"
    rb"WB>pIWR1W80kT;D007w|Z~y=R003;3KmY(XNZbGb8zqnc01c8i0000000zlq000AIjlci_vRMEC0NEpO000000Bn{(001^f+yDR@C6E9"
    rb"B4U#ti00U)Y000AIjlci_vRMEC0NEpO003;3KmY&$001^f+yDR@C6E9B4U#ti00zlq0000000U%=zyJZVSpWb4*&}cO0Bn{(0000005("
    rb"Y6000{$kN^M;k~aVV2FYXq0000017wZB00FXD0002lBX9r!Y?eR(00000Hb~q602?Kc000e=Hvj+z$z%Wk0kVz200FXD0002lBX9r!Y?"
    rb"eR(05(Y60000002?Kc000e=Hvj+z$z%Wk17wZB000000kT;D007w|Z~y>omOuaiHb~q6000008zqnc01c8i000KbWB>pIWR1W800001v"
    rb"RMEC0NEpO003;3KmY(XNZbGb0000RC6E9B4U#ti00zlq000AIjlci_|Je"
)
"""40 × 30 pixels, of libjpeg-turbo 3 by imagecodecs 2026.3.6: Pillow writes none."""

ARITHMETIC = base64.b85decode(
    rb"|JeWF01!$>Nk#wx0RR9200961|JwjV00;&K2L=TQ2L}fU2?z=d6b%du3k(?&6Au&}8Xq1V8XO!TBrYc)A}k{u94I#_EHE)NG&CP4IXyT"
    rb"sJT5adGXKc{3kU*O10Vqb5di<p00saM5C#9*00;pA002J#(!s;G0026B5M*K&G}Za4u$^NUd8hl|N_qGYFWy8(Ckc}|B!L*83Mg^!a@8"
    rb"IyLfAWAakS|X%)~QK%~`*t<)bv+X|E~#pi+@0P@Yt@Ibuwc!&nx%Mv^aI;N1t>>aQx{ykPHqZuQnBWkI%Gso`6sH%zVz#Xh^*Rjf>-GK"
    rb"ZAUdS=zj<!jEQEe1cb2e>g0*2FExR6ra&lOrsZGwBxu*@3eKd@MVEh{Aw%aA>E25@W&g<{L|!f&O2TWuK%5x6y`tx_h=8((%s*>8I3(8"
    rb"cixNA0j09F+jL|k<grp_+Yt!4&atji_n!!8h%P^z<~eR"
)
"""800 × 600 pixels of grey 240 with a square of grey 40, of libjpeg-turbo's cjpeg: 7,500 blocks in some 50 bytes."""


@pytest.mark.parametrize("long_side", [None, 10])
def test_a_lossless_jpeg_is_read_whole(long_side: int | None) -> None:
    y, x = np.mgrid[:30, :40]
    wanted = np.dstack([x // 8 * 50, y // 6 * 50, (x // 8 + y // 6) % 2 * 200])
    np.testing.assert_array_equal(decode(LOSSLESS, "photo", long_side=long_side, max_pixels=1200)[0], wanted)
    with pytest.raises(PhotoError, match="40 × 30 pixels"):
        decode(LOSSLESS, "photo", long_side=long_side, max_pixels=1199)


@pytest.mark.parametrize(("long_side", "divisor"), [(None, 1), (100, 4)])
def test_an_arithmetic_coded_jpeg_of_a_plain_thing_is_no_lie(long_side: int | None, divisor: int) -> None:
    image, size = decode(ARITHMETIC, "photo", long_side=long_side, max_pixels=480_000)
    assert (image.shape, size) == ((600 // divisor, 800 // divisor, 3), (800, 600))
    place = slice(210 // divisor, 290 // divisor), slice(310 // divisor, 390 // divisor)
    assert np.abs(image[place].astype(int) - 40).max() <= 4
    assert np.abs(image[: 190 // divisor].astype(int) - 240).max() <= 4


@pytest.mark.parametrize(
    ("at", "value", "found"),
    [
        (1, 0xC5, "a hierarchical JPEG"),
        (1, 0xCB, "a lossless JPEG that is coded arithmetically"),
        (1, 0xF7, "a JPEG-LS photo"),
        (4, 12, "a JPEG of 12 bits"),
        (6, 0, r"a JPEG that says its height behind its pixels \(DNL\)"),
        (9, 2, "a JPEG of 2 colours"),
    ],
)
def test_what_is_not_decoded_is_called_what_it_is(at: int, value: int, found: str) -> None:
    data = bytearray(_jpeg(_noise(70, 50)))
    data[data.index(b"\xff\xc0") + at] = value
    with pytest.raises(PhotoError, match=f"found {found}; wanted .*; convert it"):
        decode(bytes(data), "photo", max_pixels=4_000)


def test_a_usual_jpeg_is_not_called_rare() -> None:
    assert [unread(data) for data in (_jpeg(_noise(70, 50)), LOSSLESS, ARITHMETIC, b"\xff\xd8")] == [None] * 4


def test_endless_segments_are_refused() -> None:
    with pytest.raises(ValueError, match="without pixels"):
        frame(b"\xff\xd8" + b"\xff\xfe\0\2" * (SEGMENTS - 1))
    with pytest.raises(ValueError, match="more segments and padding"):
        frame(b"\xff\xd8" + b"\xff\xfe\0\2" * (SEGMENTS + 1))


def test_what_coefficients_leave_of_the_memory_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _jpeg(_noise(80, 60).resize((800, 600)), progressive=True, subsampling=0)
    monkeypatch.setattr(memory, "MOST", len(data) + frame(data).coefficients + 4 * 400 * 300)
    assert images.read(data).image.shape == (300, 400, 3)
    monkeypatch.setattr(memory, "MOST", memory.MOST - 1)
    assert images.read(data).image.shape == (150, 200, 3)


def test_telephones_of_today_are_within_the_limits() -> None:
    for size in ((9_280, 6_944), (12_032, 9_024), (16_384, 12_288), (19_008, 12_672)):
        assert size[0] * size[1] < 8 * images.MAX_PIXELS
    for size in ((9_280, 6_944), (12_032, 9_024)):  # progressive too, at the sampling of every camera
        assert Frame(0xC2, size, ((2, 2), (1, 1), (1, 1)), 0, separate=False).coefficients < MAX_COEFFICIENTS
