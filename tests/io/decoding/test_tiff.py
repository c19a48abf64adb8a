"""TIFFs of every kind of samples and pages: read as tifffile reads them, or refused with what they are."""

from __future__ import annotations

import contextlib
import io
import itertools
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding.decoder import decode
from resight.io.decoding.tiff import PAGES, RedirectedFile, photo

Array = npt.NDArray[Any]

RNG = np.random.default_rng(0)
COLOURS = np.array(Image.fromarray(RNG.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((67, 50)))
COLOURS[0, :2] = [[0] * 3, [255] * 3]
GREYS = COLOURS[..., 1]
ALPHA = np.broadcast_to(np.linspace(0, 255, 67).astype(np.uint8), (50, 67))


def _written(samples: Array, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, metadata=None, **options)
    return stream.getvalue()


def _pixels(data: bytes) -> Array:
    return decode(data, "photo", max_pixels=1_000_000)[0]


def _grey(values: Array) -> Array:
    return np.repeat(values[..., None], 3, axis=2)


def _on_white(colours: Array) -> Array:
    alpha = ALPHA[..., None].astype(float)
    return np.rint((colours * alpha + 255 * (255 - alpha)) / 255)


def _sampled(values: Array, type: str) -> Array:
    """8-bit values as samples of a type, of which the largest is white; of floats 1."""
    if type == "f4":
        return (values / 255).astype(np.float32)
    return (values.astype(np.uint64) * (np.iinfo(type).max // 255)).astype(type)


KINDS: dict[str, tuple[Array, Array, dict[str, Any]]] = {
    "grey": (GREYS, _grey(GREYS), {"photometric": "minisblack"}),
    "white is 0": (255 - GREYS, _grey(GREYS), {"photometric": "miniswhite"}),
    "grey and alpha": (
        np.dstack([GREYS, ALPHA]),
        _on_white(_grey(GREYS)),
        {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
    ),
    "RGB": (COLOURS, COLOURS, {"photometric": "rgb"}),
    "RGB and alpha": (
        np.dstack([COLOURS, ALPHA]),
        _on_white(COLOURS),
        {"photometric": "rgb", "extrasamples": ["unassalpha"]},
    ),
    "RGB and another": (
        np.dstack([COLOURS, ALPHA]),
        COLOURS,
        {"photometric": "rgb", "extrasamples": ["unspecified"]},
    ),
    "inks": (np.dstack([255 - COLOURS, np.zeros_like(GREYS)]), COLOURS, {"photometric": "separated"}),
}
"""8-bit samples, the photo they show, and how they are written."""

FORMS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 16},
    "one strip": {"rowsperstrip": 50},
    "tiles": {"tile": (32, 48)},
    "deflate": {"compression": "zlib", "rowsperstrip": 16},
    "deflate, differences": {"compression": "zlib", "predictor": True, "tile": (32, 48)},
}

SOME = {"grey": "u1 u2 u4 f4", "white is 0": "u1 u2 u4 f4", "grey and alpha": "u1"}
MANY = dict.fromkeys(("RGB", "RGB and alpha", "RGB and another", "inks"), "u1 u2")
READ = {(kind, type) for kind, types in (SOME | MANY).items() for type in types.split()}
"""Kinds and types of samples that Pillow has a mode for."""


@pytest.mark.parametrize("type", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4"])
@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_read_as_they_are_or_refused(kind: str, type: str) -> None:
    """Within a level of what tifffile wrote: never wrapped, stretched, inverted or taken from another plane."""
    samples, wanted, options = KINDS[kind]
    samples = _sampled(samples, "f4" if type[0] == "f" else type).astype(type)
    read = 0
    for form, order, planes in itertools.product(FORMS, "<>", ("contig", "separate")):
        if (samples.ndim == 2 and planes == "separate") or (FORMS[form].get("predictor") and type[0] == "f"):
            continue
        chosen = {} if samples.ndim == 2 else {"planarconfig": planes}
        laid = np.moveaxis(samples, 2, 0) if planes == "separate" else samples
        data = _written(laid, byteorder=order, **options, **FORMS[form], **chosen)
        with contextlib.suppress(PhotoError):
            assert np.abs(_pixels(data) - wanted.astype(float)).max() <= 1, (form, order, planes)
            read += 1
    assert (read >= len(FORMS)) == ((kind, type) in READ)


@pytest.mark.parametrize("bits", [1, 2, 4, 12])
@pytest.mark.parametrize("inverted", [False, True])
def test_greys_of_few_bits(bits: int, inverted: bool) -> None:
    """By hand, since tifffile packs bits only with another package."""
    white = 2**bits - 1
    values = RNG.integers(0, white + 1, (6, 8))
    values[0, :2] = 0, white
    packed = np.packbits((values.reshape(-1, 1) >> np.arange(bits)[::-1] & 1).astype(np.uint8)).tobytes()
    wanted = np.rint(values / white * 255)
    for strip, compression in ((packed, 1), (zlib.compress(packed), 8)):
        data = _by_hand(8, 6, strip, bits=bits, photometric=0 if inverted else 1, t259=compression)
        assert np.abs(_pixels(data)[..., 0] - (255 - wanted if inverted else wanted)).max() <= 1


def _by_hand(width: int, height: int, strip: bytes, *, bits: int, photometric: int, **tags: int) -> bytes:
    """A little-endian TIFF of one uncompressed strip; more tags by their numbers, as t277=3."""
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 0, 278: height, 279: len(strip)}
    entries |= {int(name[1:]): value for name, value in tags.items()}
    start = 8 + 2 + 12 * len(entries) + 4
    entries[273] = start
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4) + strip


def test_bits_in_reversed_order_are_read() -> None:
    values = RNG.integers(0, 256, (6, 8), dtype=np.uint8)
    turned = np.packbits(np.unpackbits(values).reshape(-1, 8)[:, ::-1])
    data = _by_hand(8, 6, turned.tobytes(), bits=8, photometric=1, t266=2)
    np.testing.assert_array_equal(_pixels(data), _grey(values))


def test_white_is_0_in_reversed_order_is_read() -> None:
    values = RNG.integers(0, 256, (6, 8), dtype=np.uint8)
    for strip, compression in ((values.tobytes(), 1), (zlib.compress(values.tobytes()), 8)):
        turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip)
        data = _by_hand(8, 6, turned, bits=8, photometric=0, t266=2, t259=compression)
        np.testing.assert_array_equal(_pixels(data), 255 - _grey(values))


@pytest.mark.parametrize(
    ("photometric", "samples", "options"),
    [
        ("rgb", np.dstack([COLOURS, ALPHA]), {"extrasamples": ["assocalpha"]}),
        ("rgb", np.dstack([COLOURS, ALPHA]) * np.uint16(257), {"extrasamples": ["assocalpha"]}),
        ("rgb", np.dstack([COLOURS, ALPHA]) * np.uint16(257), {"extrasamples": ["unspecified"]}),
        ("separated", np.dstack([COLOURS, ALPHA]) * np.uint16(257), {}),
    ],
    ids=["alpha", "alpha of 16 bits", "another of 16 bits", "inks of 16 bits"],
)
def test_planes_that_pillow_does_not_unpack_are_named(
    photometric: str, samples: Array, options: dict[str, Any]
) -> None:
    planes = np.moveaxis(samples, 2, 0)
    data = _written(planes, photometric=photometric, planarconfig="separate", **options)
    with pytest.raises(PhotoError, match=r"found a TIFF of 4 unsigned .*, in separate planes, .*; convert it"):
        _pixels(data)


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("last", [False, True], ids=["directory first", "directory last"])
def test_a_file_cut_in_its_directory_is_incomplete(bigtiff: bool, last: bool) -> None:
    """Wherever it is cut: nothing is said of samples that the missing tags would have told."""
    data = _written(COLOURS, photometric="rgb", bigtiff=bigtiff, compression=None if bigtiff else "zlib")
    at = photo(data).at
    directory = data[at : at + 300]
    if last:  # the same directory behind the pixels
        offset, entry = ("<Q", 20) if bigtiff else ("<I", 12)
        (count,) = struct.unpack_from("<Q" if bigtiff else "<H", data, at)
        directory = data[at : at + (8 if bigtiff else 2) + entry * count + struct.calcsize(offset)]
        where = 8 if bigtiff else 4
        data = data[:where] + struct.pack(offset, len(data)) + data[where + struct.calcsize(offset) :] + directory
        at = len(data) - len(directory)
    for cut in range(at, at + len(directory) - (8 if bigtiff else 4), 7):
        with pytest.raises(PhotoError, match=r"found a damaged or incomplete file .*; copy it again"):
            _pixels(data[:cut])


def test_a_directory_that_was_never_written_is_incomplete() -> None:
    with pytest.raises(PhotoError, match=r"directory was never written, so a part of it is missing.*; copy it again"):
        _pixels(b"II*\0" + bytes(900))
    with pytest.raises(PhotoError, match=r"without all that it says of its pixels.*; copy it again"):
        _pixels(struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 256, 3, 1, 9) + bytes(90))


@pytest.mark.parametrize(
    ("compression", "mode"),
    [("group3", "1"), ("group4", "1"), ("packbits", "1"), ("packbits", "RGB"), ("tiff_lzw", "L"), ("lzma", "RGB")],
)
def test_what_pillow_compresses_is_read(compression: str, mode: str) -> None:
    picture, stream = Image.fromarray(GREYS).convert(mode), io.BytesIO()
    picture.save(stream, "TIFF", compression=compression)
    np.testing.assert_array_equal(_pixels(stream.getvalue()), np.asarray(picture.convert("RGB")))


def test_big_tiffs_are_read() -> None:
    np.testing.assert_array_equal(_pixels(_written(COLOURS, photometric="rgb", bigtiff=True)), COLOURS)
    white = _written(65535 - GREYS * np.uint16(257), photometric="miniswhite", bigtiff=True)
    np.testing.assert_array_equal(_pixels(white), _grey(GREYS))
    with pytest.raises(PhotoError, match=r"found a BigTIFF of the byte order MM; .*; convert it"):
        _pixels(_written(COLOURS, photometric="rgb", bigtiff=True, byteorder=">"))


def test_32_bit_integers_as_pillow_writes_them() -> None:
    """It has no other type for more than 16 bits, and widens 16-bit greys to it."""
    stream = io.BytesIO()
    Image.fromarray(GREYS.astype(np.int32) * 257).save(stream, "TIFF")
    np.testing.assert_array_equal(_pixels(stream.getvalue()), _grey(GREYS))


@pytest.mark.parametrize(
    "tags",
    [
        {"photometric": 6, "t277": 3, "t530": 2},  # brightness at each point, colours at every second
        {"photometric": 1, "t32997": 2},  # a volume
        {"photometric": 5, "t277": 4, "t332": 2},  # inks of other colours
        {"photometric": 32803},
    ],
    ids=["colours at fewer points", "a volume", "inks that are not CMYK", "a sensor"],
)
def test_what_would_be_misread_is_refused(tags: dict[str, int]) -> None:
    with pytest.raises(PhotoError, match=r"found a (TIFF of .* 8-bit samples? |raw file of a camera)"):
        _pixels(_by_hand(8, 6, bytes(8 * 6 * 8), bits=8, **tags))


@pytest.mark.parametrize(("number", "name"), [(50002, "JPEG XL"), (34712, "JPEG 2000"), (34887, "LERC")])
def test_a_compression_that_is_not_read_is_named(number: int, name: str) -> None:
    data = _by_hand(8, 6, bytes(48), bits=8, photometric=1, t259=number)
    with pytest.raises(PhotoError, match=f"found a TIFF with {name} inside; wanted .*; convert it"):
        _pixels(data)


# -- pages -----------------------------------------------------------------------------------------------------------

SMALL = COLOURS[::4, ::4]
CFA = {"photometric": 32803, "extratags": [(33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True)]}


def _paged(*pages: tuple[Array, dict[str, Any]], **options: Any) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, **options) as file:
        for samples, described in pages:
            file.write(samples, metadata=None, **({"photometric": "rgb"} | described))
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"bigtiff": True}], ids=["LE", "BE", "Big"])
@pytest.mark.parametrize(
    "pages",
    [
        [(SMALL, {"subfiletype": 1}), (COLOURS, {"subfiletype": 0})],
        [(SMALL, {"subfiletype": 1, "subifds": 1}), (COLOURS, {"subfiletype": 0})],
        [(SMALL, {"subfiletype": 1, "subifds": 2}), (SMALL, {"subfiletype": 0}), (COLOURS, {"subfiletype": 0})],
        [(SMALL, {"subfiletype": 1}), (SMALL, {}), (COLOURS, {"subfiletype": 2}), (COLOURS[::2], {})],
        [(GREYS > 99, {"subfiletype": 4, "photometric": "minisblack"}), (COLOURS, {})],
        [(COLOURS, {}), (SMALL, {"subfiletype": 1}), (COLOURS[::-1], {})],
        [(SMALL, {}), (COLOURS, {})],
    ],
    ids=["page", "SubIFD", "SubIFDs", "largest", "mask", "pyramid", "several"],
)
def test_the_photo_is_the_first_page_or_the_largest_that_is_none_of_it(
    pages: list[tuple[Array, dict[str, Any]]], options: dict[str, Any]
) -> None:
    wanted = SMALL if pages[0][1] == {} and pages[0][0] is SMALL else COLOURS
    np.testing.assert_array_equal(_pixels(_paged(*pages, **options)), wanted)


@pytest.mark.parametrize(
    "pages",
    [
        [(SMALL, {"subfiletype": 1, "subifds": 1}), (GREYS, {"subfiletype": 0, **CFA})],
        [(SMALL, {"subfiletype": 1, "subifds": 2}), (COLOURS, {"subfiletype": 1}), (GREYS, {"subfiletype": 0, **CFA})],
        [(GREYS, CFA), (SMALL, {"subfiletype": 1})],
        [(SMALL, {"subifds": 1}), (GREYS, CFA)],
        [(COLOURS, {"subfiletype": 0, "photometric": 34892})],
        [(SMALL, {"subfiletype": 1}), (SMALL, {"subfiletype": 1})],
    ],
    ids=["DNG", "NEF", "sensor first", "unmarked preview", "linear", "previews alone"],
)
def test_raw_files_are_called_what_they_are(pages: list[tuple[Array, dict[str, Any]]]) -> None:
    with pytest.raises(PhotoError, match=r"found a raw file of a camera, or a TIFF of previews alone; .*; develop it"):
        _pixels(_paged(*pages))


def test_a_chain_of_pages_that_comes_back_ends() -> None:
    data = bytearray(_paged((SMALL, {"subfiletype": 1}), (SMALL, {"subfiletype": 1})))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    with pytest.raises(PhotoError, match="previews alone"):
        _pixels(bytes(data))


@pytest.mark.parametrize("first", [0, 1])
def test_a_subifd_that_leads_nowhere_does_not_matter(first: int) -> None:
    data = bytearray(_paged((SMALL, {"subfiletype": first, "subifds": 1}), (SMALL, {"subfiletype": 1}), (COLOURS, {})))
    at = data.index(struct.pack("<HHI", 330, 13, 1)) + 8
    data[at : at + 4] = struct.pack("<I", len(data) + 9)
    np.testing.assert_array_equal(_pixels(bytes(data)), COLOURS if first else SMALL)


def test_only_so_many_pages_are_looked_at() -> None:
    pages = [(SMALL[:1, :1], {"subfiletype": 1})] * (PAGES + 3)
    with pytest.raises(PhotoError, match="previews alone"):
        _pixels(_paged(*pages, (COLOURS, {})))


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_file_behind_a_page_is_changed_as_it_is_read_and_never_copied(order: str) -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, byteorder=order) as file:
        file.write(SMALL, photometric="rgb", subfiletype=1)
        file.write(COLOURS[..., 0].astype(np.uint16), photometric="miniswhite")
    data = stream.getvalue()
    page = photo(data)
    wanted = bytearray(data)
    struct.pack_into(order + "I", wanted, 4, page.at)
    struct.pack_into(order + "H", wanted, page.places[262], 1)
    aimed = RedirectedFile(data, page)
    assert aimed.getvalue() is data
    assert aimed.read() == wanted
    for start in range(len(data)):  # whatever parts are asked for
        aimed.seek(start)
        assert aimed.read(3) == wanted[start : start + 3]


@pytest.mark.parametrize("compression", [None, "adobe_deflate"])
@pytest.mark.parametrize("photometric", ["miniswhite", "minisblack"])
def test_a_compressed_page_behind_a_preview_is_read(compression: str, photometric: str) -> None:
    greys = COLOURS[..., 0].astype(np.uint16) * 257
    options: dict[str, Any] = {"compression": compression, "photometric": photometric}
    found = _pixels(_paged((SMALL, {"subfiletype": 1}), (greys, options)))
    wanted = 255 - COLOURS[..., 0] if photometric == "miniswhite" else COLOURS[..., 0]
    np.testing.assert_array_equal(found[..., 0], wanted)


def test_a_page_turned_aside_is_turned() -> None:
    data = _paged((SMALL, {"subfiletype": 1}), (COLOURS, {"extratags": [(274, "H", 1, 6, True)]}))
    image, size = decode(data, "photo", max_pixels=1_000_000)
    np.testing.assert_array_equal(image, np.rot90(COLOURS, -1))
    assert size == (50, 67)
