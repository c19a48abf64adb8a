"""Photos: read upright and safely, prepared to a size, encoded, and told apart by their content."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias, TypeGuard

import numpy as np

from resight.errors import PhotoError
from resight.types import Array, Image, Preprocess

from .decoding.decoder import convert, decode, refusal
from .decoding.memory import BUDGET
from .photo_file import FileSource, file_bytes

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


class PillowPicture(Protocol):
    """A picture of Pillow, which is not loaded for its name."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""

    def convert(self, mode: str) -> Any:
        """Convert to other channels, such as "RGB"."""


class ArrayLike(Protocol):
    """An array of another library, such as a tensor, which NumPy can take."""

    def __array__(self, *arguments: Any, **options: Any) -> Array: ...


MAX_PIXELS: Final = 72_000_000
"""Most pixels that are decoded of a photo: a telephone's 64 megapixels are up to 64.5, a sheet of A3 at 600 dpi has
69.6. A JPEG may have eight times as many (`resight.io.decoding.jpeg.LARGEST`), and is decoded smaller."""

MAX_BYTES: Final = 4 * MAX_PIXELS
"""Largest file that is read: the largest photo stored without any compression, four 8-bit channels."""

RESAMPLING: Final = {"area": "BOX", "bilinear": "BILINEAR", "bicubic": "BICUBIC", "lanczos": "LANCZOS"}
"""Our name of a filter to Pillow's; all of them average over the whole support when they reduce."""

GAP: Final = 1.5
"""Factor by which an image stays larger than asked for when it is averaged by a whole number before it is filtered:
half the time for a photo three times too large, and a third of a grey level's difference."""

ENCODINGS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""Suffixes that can be written, and Pillow's names of what they mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo, read.

    Attributes
    ----------
    image : (h, w, 3) uint8 upright RGB, possibly decoded at 1/2, 1/4 or 1/8 of ``size``.
    size : (width, height) of the whole upright photo in pixels.
    digest : 16 bytes that identify the file's content (for an array, its pixels).
    """

    image: Image
    size: tuple[int, int]
    digest: bytes

    @classmethod
    def of(cls, image: Image) -> Self:
        """Return an image that was drawn, cut or kept as a photo of its own, which no file holds: without a digest."""
        return cls(image, (image.shape[1], image.shape[0]), b"")


Source: TypeAlias = FileSource | Image | PillowPicture | ArrayLike | Photo
"""A path, the bytes of a file, an open binary file, an array, a Pillow picture, what NumPy makes an array of, or a
photo that was read."""


def read(
    source: Source, *, long_side: int | None = None, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> Photo:
    """Read a photo from a path, bytes, an open binary file, an array or a Pillow picture; one that is read is itself.

    ``long_side`` is the largest that will be asked of `prepare`: a JPEG is then decoded at the smallest scale that
    still has twice that, about three times as fast; one of more than ``max_pixels`` is decoded smaller in any case, if
    that leaves ``long_side``. Arrays are ``(h, w, 3)`` RGB, ``(h, w, 4)`` RGB with alpha or
    ``(h, w)`` grey, uint8. Of an animation the first frame is taken; what is transparent lies on white. An open file is
    read from where it stands. Raises PhotoError for whatever cannot be read safely and completely.
    """
    if long_side is not None and long_side < 1:
        raise ValueError(f"long_side is {long_side}; wanted at least 1 pixel, or None for the whole photo")
    if isinstance(source, Photo):
        return source
    if not _is_file(source):
        return _pictured(source, max_pixels)
    with BUDGET.keeping():
        name, data = file_bytes(source, max_bytes=max_bytes)
        image, size = decode(data, name, long_side=long_side, max_pixels=max_pixels)
        return Photo(image, size, digest(data))


def cut(photo: Photo, box: tuple[float, float, float, float]) -> Photo:
    """The part of a photo inside a box, left, top, right, bottom in pixels of the whole; the file stays the same.

    What of the box lies outside is left out. Raises PhotoError where nothing of it lies inside.
    """
    height, width = photo.image.shape[:2]
    across, down = width / photo.size[0], height / photo.size[1]
    left, right = (int(np.clip(round(edge * across), 0, width)) for edge in (box[0], box[2]))
    top, bottom = (int(np.clip(round(edge * down), 0, height)) for edge in (box[1], box[3]))
    if left >= right or top >= bottom:
        raise PhotoError(f"the box {box} lies outside a photo of {photo.size[0]} × {photo.size[1]} pixels")
    image = np.ascontiguousarray(photo.image[top:bottom, left:right])
    return Photo(image, (round((right - left) / across), round((bottom - top) / down)), photo.digest)


def encoded(source: Source, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a photo's file; of an array or a Pillow picture, those of a PNG of it. Raises PhotoError."""
    if _is_file(source):
        return file_bytes(source, max_bytes=max_bytes)[1]
    return encode(_pictured(source, MAX_PIXELS).image, ".png")


def one_or_several(photos: Source | Iterable[Source]) -> list[Source]:
    """The photos, or the single one, as a list."""
    return [photos] if _is_single(photos) else [*photos]  # type: ignore[list-item, misc]


def require_several(photos: Iterable[Source]) -> Iterable[Source]:
    """Returns the photos; raises TypeError for a single one, whose letters, bytes or rows are no photos."""
    if _is_single(photos):
        raise TypeError(f"photos is one, {shortened(photos)}; wanted several: put it into a list")
    return photos


def name_of(photo: Source) -> str:
    """The path under which a photo was given, "" for one that was given otherwise."""
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else ""


def _is_single(photos: Source | Iterable[Source]) -> bool:
    """Whether this is one photo; an array of several has four axes, or three for grey ones."""
    if _is_file(photos):
        return True
    shape: tuple[int, ...] = getattr(photos, "shape", ())
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)) or not hasattr(photos, "__iter__")


def _is_file(source: object) -> TypeGuard[FileSource]:
    """Whether a photo is given as a file, its bytes or its path, rather than as pixels."""
    return isinstance(source, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(source, "read")


def prepare(photo: Photo, preprocess: Preprocess) -> Image:
    """The photo at the size an encoder wants: longer side exactly ``preprocess.long_side``, aspect kept to rounding.

    A smaller photo is scaled up where ``preprocess.enlarge``, else kept. Returns ``(h, w, 3) uint8``.
    """
    size = fit(photo.size, preprocess.long_side, enlarge=preprocess.enlarge)
    held = photo.image.shape[1], photo.image.shape[0]
    if max(held) < min(max(size), max(photo.size)):
        raise ValueError(
            f"the photo of {photo.size} pixels was decoded at {held}, and a long side of {max(size)} is wanted: "
            f"read it with long_side={preprocess.long_side} or more"
        )
    return resize(photo.image, size, resampling=preprocess.resampling)


def fit(size: tuple[int, int], long_side: int, *, enlarge: bool = True) -> tuple[int, int]:
    """(width, height) with ``long_side`` as the longer one and the aspect of ``size``; no side is below 1."""
    width, height = size
    longest = max(size)
    if longest <= long_side and not enlarge:
        return size
    return (
        max(1, (2 * width * long_side + longest) // (2 * longest)),
        max(1, (2 * height * long_side + longest) // (2 * longest)),
    )


def resize(image: Image, size: tuple[int, int], *, resampling: str = "bicubic") -> Image:
    """An image ``(h, w, 3) uint8`` at (width, height) by a filter of `RESAMPLING`; itself where it has that size."""
    from PIL.Image import Resampling

    if resampling not in RESAMPLING:
        raise ValueError(f"resampling is {resampling!r}; wanted one of {', '.join(map(repr, RESAMPLING))}")
    if (image.shape[1], image.shape[0]) == tuple(size):
        return image
    gap = None if resampling == "area" else GAP  # the mean of the pixels is one step
    return np.array(_picture(image).resize(size, Resampling[RESAMPLING[resampling]], reducing_gap=gap))


def encode(image: Image, suffix: str, *, quality: int = 90) -> bytes:
    """An image ``(h, w, 3) uint8`` as the bytes of a .png, .jpg or .webp file; ``quality`` in [1, 100], not of PNG."""
    form = ENCODINGS.get(suffix.lower())
    if form is None:
        raise PhotoError(f"cannot write an image as {suffix!r}; wanted {', '.join(ENCODINGS)}: choose one of these")
    stream = io.BytesIO()
    try:
        _picture(image).save(stream, form, **({} if form == "PNG" else {"quality": quality}))
    except (OSError, ValueError) as error:
        shape = f"{image.shape[1]} × {image.shape[0]} pixels"
        raise PhotoError(f"cannot write an image of {shape} as {form} ({error}): choose .png or resize it") from error
    return stream.getvalue()


def digest(data: bytes) -> bytes:
    """16 bytes that identify content: BLAKE2b (RFC 7693)."""
    return hashlib.blake2b(data, digest_size=16).digest()


def fingerprint(image: Image) -> np.uint64:
    """64 bits that near duplicates share but for a few: the difference hash (Krawetz 2013, "Kind of Like That").

    The image is averaged to 9 × 8 greys; each bit says whether a grey is darker than its right neighbour, rows from the
    top, the first bit the highest. Of 481 photos none differed from a JPEG of it at 320 pixels in more than 5 bits; of
    the pairs of different photos at most 0.2 % differed in fewer than 10.
    """
    from PIL.Image import Resampling

    greys = np.asarray(_picture(image).convert("L").resize((9, 8), Resampling.BOX))
    bits = np.packbits(greys[:, :-1] < greys[:, 1:])
    return np.uint64(int.from_bytes(bits.tobytes(), "big"))


def _pictured(source: Any, max_pixels: int) -> Photo:
    """A photo from memory: a Pillow picture, or whatever NumPy takes for an array."""
    from PIL.Image import Image as PillowImage

    if not isinstance(source, PillowImage):
        try:
            array = np.asarray(source)
            if array.dtype.kind in "OSU":
                raise _no_photo(source)
            source = _picture(array)
        except (TypeError, ValueError, RuntimeError) as error:  # ragged lists; tensors on a device or with a gradient
            raise _no_picture(f"{type(source).__name__} ({error})") from error
    image = convert(source, "the picture", max_pixels=max_pixels)
    shape = np.array(image.shape, dtype="<u4").tobytes()
    return Photo(image, (image.shape[1], image.shape[0]), digest(shape + image.tobytes()))


def _picture(image: Array) -> Picture:
    """An array as a Pillow picture, after a look at its shape and type."""
    from PIL.Image import fromarray

    channels = image.shape[2:] or (1,)
    if image.ndim not in (2, 3) or channels[0] not in (1, 3, 4) or image.dtype != np.uint8 or image.size == 0:
        raise _no_picture(f"an array {image.shape} of {image.dtype}")
    return fromarray(image.reshape(image.shape[:2]) if channels == (1,) else np.ascontiguousarray(image))


def _no_photo(found: object) -> PhotoError:
    """An error for what holds no numbers: nothing, several photos, or whatever else is no photo."""
    wanted = "one photo: a path, the bytes of a file, an open file, a Pillow picture or an array"
    kind = "None" if found is None else f"a {type(found).__name__}"
    return refusal("the photo", found=kind, wanted=wanted, remedy="name a single one; give several one by one")


def _no_picture(found: str) -> PhotoError:
    remedy = "put channels last, scale to [0, 255] and convert with .astype(np.uint8)"
    return refusal("the picture", found=found, wanted="(h, w, 3), (h, w, 4) or (h, w) uint8, not empty", remedy=remedy)
