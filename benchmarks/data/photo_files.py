"""Valid photo files of every kind that is read, all of the same small picture."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
import pillow_heif
from PIL import Image

from resight.types import Array

WIDTH, HEIGHT = 96, 64

ARITHMETIC: Final = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a"
    "YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//yQAR"
    "CAAgADADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD7TY8ez0aMQLL0PQXCBc9Wtk6HsEqLDNYKj+AHB0sz41cuYSebyJ2P"
    "gEPXgvuuIaRNoj6ro4IDG2DDcdhQIXApS7R+hRIH6ggQBJt+2AAfrbKGckS4fcSAHrz7UAzfHawrqSqlHAvYruswfx9XDMQI4uLKPgwyyZVj"
    "PHEqvUtqm7UHiV9yMYT2kNKPIuTwTeAGXLO/w2FcsUBmQuxWz/tZx+bjbvqC725vS4+r4atEVJ+ED0PAS8jVnqTsxnj3CivpSWlQC4HCj4XC"
    "KNC+/wCaCYTelqnd19zQw0ejWFXWbs8BWM9SieMdG+9etTYXTs4YV5OyIYOAHQkiRW3wCig68xmMOqVxZ9oLuBEIp6ee3FzKa1f8tWIiQL9W"
    "SOZjU3KE/p3HuQVVJcv/ANu70mmlFfmTNTG/VQQlrRoOW2Gerx09m+sbIv7eKNdxFpxLV+m+WH9L9+WqKlnu0yoe2eMKvBMsXVRKQIRFS6zz"
    "xFzM7SIkl+uYqvCaeg23arHHkiUI2MCjIiCywMce+ok0IXDag2+yt7LC4PIiQvmEWJBATMbm6tUQxxjQqhUEx16QCjHIPcTXjpHrdhMJi/YK"
    "o6XG8JbrFnP+u7OsRnx0SNiJax3C5hoPCF+47EmWTnNbfSwgVknsXzWhrrfT3TnVwZ7cj24X3cJHyRUW2is+MEFQG2j/2Q=="
)
"""A photo that libjpeg-turbo's jpegtran coded arithmetically: neither Pillow nor OpenCV writes such files."""

_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def photo_files() -> dict[str, bytes]:
    """The files by kind, such as ``"PNG, 16-bit grey"``."""
    pillow_heif.register_heif_opener()
    return dict(sorted([*_jpegs(), *_pngs(), *_webps(), *_tiffs(), *_others()]))


def picture() -> Image.Image:
    """Detail everywhere: noise, enlarged."""
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _jpegs() -> Iterator[tuple[str, bytes]]:
    colours, exif = picture(), Image.Exif()
    exif[274], exif[282] = 6, 72.0
    yield "JPEG, baseline", _file(colours, "JPEG", exif=exif)
    yield "JPEG, 4:4:4 with restarts", _file(colours, "JPEG", subsampling=0, restart_marker_rows=1)
    yield "JPEG, grey", _file(colours.convert("L"), "JPEG")
    yield "JPEG, CMYK", _file(colours.convert("CMYK"), "JPEG")
    yield "JPEG, progressive", _file(colours, "JPEG", progressive=True)
    yield "JPEG, arithmetic", base64.b64decode(ARITHMETIC)
    yield "JPEG, MPO", _file(colours, "MPO", save_all=True, append_images=[colours.rotate(90)])


def _pngs() -> Iterator[tuple[str, bytes]]:
    colours = picture()
    grey = colours.convert("L")
    for bits in (1, 2, 4, 8):
        yield f"PNG, palette of {bits} bits", _file(colours.quantize(2**bits), "PNG", bits=bits)
    yield "PNG, 1-bit", _file(colours.convert("1"), "PNG")
    yield "PNG, grey", _file(grey, "PNG")
    yield "PNG, grey with alpha", _file(colours.convert("LA"), "PNG")
    yield "PNG, 16-bit grey", _file(Image.fromarray(_sixteen(grey)), "PNG")
    yield "PNG, RGB", _file(colours, "PNG")
    yield "PNG, RGBA", _file(_transparent(), "PNG")
    yield "PNG, 16-bit RGB", cv2.imencode(".png", _sixteen(colours))[1].tobytes()
    yield "PNG, interlaced", _interlaced(np.asarray(colours))
    yield "PNG, animated", _file(colours, "PNG", save_all=True, append_images=[colours.rotate(90)])


def _webps() -> Iterator[tuple[str, bytes]]:
    colours = picture()
    yield "WebP, lossy", _file(colours, "WEBP")
    yield "WebP, lossy with alpha", _file(_transparent(), "WEBP")
    yield "WebP, lossless", _file(colours, "WEBP", lossless=True)
    yield "WebP, animated", _file(colours, "WEBP", save_all=True, append_images=[colours.rotate(90)])


def _tiffs() -> Iterator[tuple[str, bytes]]:
    colours = picture()
    grey = colours.convert("L")
    yield "TIFF, RGB", _file(colours, "TIFF")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"):
        yield f"TIFF, {compression}", _file(colours, "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield f"TIFF, {compression}", _file(colours.convert("1"), "TIFF", compression=compression)
    yield "TIFF, 16-bit grey", _file(Image.fromarray(_sixteen(grey)), "TIFF", compression="tiff_lzw")
    yield "TIFF, floats", _file(Image.fromarray(np.asarray(grey, np.float32) / 255), "TIFF", compression="tiff_lzw")
    yield "TIFF, CMYK", _file(colours.convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield "TIFF, palette", _file(colours.quantize(64), "TIFF", compression="tiff_lzw")
    yield "TIFF, RGBA", _file(_transparent(), "TIFF", compression="tiff_lzw")
    yield "TIFF, 16-bit RGB", cv2.imencode(".tiff", _sixteen(colours))[1].tobytes()
    yield "TIFF, BigTIFF", _file(colours, "TIFF", big_tiff=True)


def _others() -> Iterator[tuple[str, bytes]]:
    colours = picture()
    grey = colours.convert("L")
    yield "HEIC", _file(colours, "HEIF")
    yield "HEIC with alpha", _file(_transparent(), "HEIF")
    yield "AVIF", _file(colours, "AVIF", speed=10)
    yield "AVIF with alpha", _file(_transparent(), "AVIF", speed=10)
    yield "AVIF, animated", _file(colours, "AVIF", speed=10, save_all=True, append_images=[colours.rotate(90)])
    yield "GIF", _file(colours, "GIF")
    yield "GIF, animated", _file(colours, "GIF", save_all=True, append_images=[colours.rotate(90)])
    for mode in ("1", "L", "RGB", "RGBA"):
        yield f"BMP, {mode}", _file(colours.convert(mode), "BMP")
    yield "BMP, in runs", _runs(np.asarray(grey))
    for mode in ("1", "L", "RGB"):
        yield f"PNM, {mode}", _file(colours.convert(mode), "PPM")
    yield "PNM, 16-bit", _file(Image.fromarray(_sixteen(grey).astype(np.int32)), "PPM")
    yield (
        "PNM, in digits",
        b"P3\n# a photo\n%d %d\n255\n" % (WIDTH, HEIGHT)
        + b" ".join(b"%d" % value for value in np.asarray(colours).ravel()),
    )


def _file(photo: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    photo.save(stream, form, **options)
    return stream.getvalue()


def _transparent() -> Image.Image:
    photo = picture()
    photo.putalpha(photo.convert("L"))
    return photo


def _sixteen(photo: Image.Image) -> Array:
    return np.asarray(photo, np.uint16) * np.uint16(257)


def _interlaced(pixels: Array) -> bytes:
    """A PNG in seven passes (ISO/IEC 15948, clause 8.2), which Pillow does not write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    passes = [pixels[y::down, x::across] for x, y, across, down in _PASSES]
    rows = b"".join(b"\0" + row.tobytes() for part in passes for row in part)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _runs(greys: Array) -> bytes:
    """A BMP in runs of one pixel (RLE8), which Pillow does not write."""
    rows = b"".join(b"".join(bytes([1, value]) for value in row) + b"\0\0" for row in greys[::-1])
    pixels, palette = rows + b"\0\1", b"".join(bytes([level, level, level, 0]) for level in range(256))
    height, width = greys.shape
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + palette + pixels
