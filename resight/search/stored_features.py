"""Features that a gallery holds of its photos, checked once, as they are read.

A checksum says that what is read was written so, and not by whom: a file from elsewhere can hold anything. What resight
would not have written is refused here by a GalleryError that names the photo, before anything is computed with it.
"""

from __future__ import annotations

import shlex
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from resight.errors import GalleryError, PhotoError
from resight.features.encoder import GlobalEncoder, LocalEncoder
from resight.gallery.feature_arrays import unpack_features
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item, StoredWhitening
from resight.gallery.remedies import damaged
from resight.gallery.thumbnail_seal import is_broken
from resight.io import images
from resight.types import Array, Features, Image, Whitening

from .describe import THUMBNAIL

ROUNDING: Final = 1e-2
"""Error that half precision, or sums of single precision, may make in a length or a right angle's cosine."""

Items = Mapping[int, Item]
"""Photos by id."""


def features(gallery: Gallery, encoder: LocalEncoder, items: Items) -> Iterator[tuple[int, Features, Array]]:
    """Id, features and cells ``(m,)`` of each of the photos, by ascending id, of an encoder whose points vote."""
    met = []
    for id, arrays in gallery.features(encoder.fingerprint, ids=sorted(items)):
        item = items[id]
        try:
            found = unpack_features(arrays, (item.width, item.height))
        except GalleryError as error:
            raise wrong(gallery, item, f"its features are wrong: {error}") from error
        if not encoder.cells.holds(found.values, arrays["cells"]):
            raise wrong(gallery, item, f"its features are none of {encoder.name}: their codes or cells do not fit")
        met.append(id)
        yield id, found, arrays["cells"]
    _require_all(gallery, items, met, f"features of {encoder.name}")


def descriptors(gallery: Gallery, encoder: GlobalEncoder, items: Items, *, alone: bool = True) -> tuple[Array, Array]:
    """Ids ``(n,)`` and unwhitened descriptors ``(n, d)`` of an encoder, of each of the photos.

    ``alone``: whether these are all the photos, so that a descriptor of another one belongs to nobody.
    """
    ids, rows = gallery.descriptors(encoder.fingerprint, ids=None if alone else sorted(items))
    _require_all(gallery, items, ids.tolist(), f"descriptor of {encoder.name}")
    if len(rows) and encoder.background is not None and rows.shape[1] != encoder.background.shape[1]:
        wanted = encoder.background.shape[1]
        raise damaged(
            gallery.location, f"descriptors have {rows.shape[1]} numbers; those of {encoder.name} have {wanted}"
        )
    lengths = np.linalg.norm(rows, axis=1)
    for row in np.flatnonzero((np.abs(lengths - 1) > ROUNDING) & (lengths != 0))[:1]:
        raise wrong(
            gallery, items[int(ids[row])], f"its descriptor of {encoder.name} has the length {lengths[row]:.3g}"
        )
    return ids, rows


def whitening(gallery: Gallery, encoder: GlobalEncoder, dims: int, version: int | None) -> StoredWhitening | None:
    """The whitening of a version, or else the newest, of descriptors of ``dims`` numbers; None where there is none."""
    stored = gallery.whitening(encoder.fingerprint, version=version) or gallery.whitening(encoder.fingerprint)
    if stored is None:
        if version:
            raise damaged(
                gallery.location, f"the whitening of {encoder.name} is gone that its calibration was fitted with"
            )
        return None
    found = len(stored.whitening.mean)
    if dims and found != dims:
        raise damaged(
            gallery.location, f"the whitening of {encoder.name} is of {found} numbers, its descriptors of {dims}"
        )
    if not _is_of_units(stored.whitening):
        raise damaged(gallery.location, f"the whitening of {encoder.name} is none of unit descriptors")
    return stored


def _is_of_units(whitening: Whitening) -> bool:
    """Whether a whitening can have been fitted on descriptors of length 1: no direction is stretched too far for it."""
    mean, directions = whitening.mean.astype(np.float64), whitening.projection.astype(np.float64)
    stretched = np.einsum("ij,ij->j", directions, directions) * whitening.variances
    within = np.linalg.norm(mean) <= 1 + ROUNDING and stretched.max(initial=0) <= 1 + ROUNDING
    return bool(within and (whitening.variances > 0).all())


def whitened(gallery: Gallery) -> Mapping[str, int]:
    """Versions of the whitenings that the calibration was fitted with, 0 for none, as far as they are known."""
    stored = gallery.calibration()
    versions = {} if stored is None else stored.parameters.get("whitened", {})
    if not isinstance(versions, dict) or not all(type(version) is int for version in versions.values()):
        raise damaged(gallery.location, f"its calibration was fitted with the whitenings {versions!r:.80}")
    return versions


def thumbnail(gallery: Gallery, item: Item) -> Image:
    """The small image ``(h, w, 3)`` of a photo."""
    wanted = images.fit((item.width, item.height), THUMBNAIL, enlarge=False)
    encoded = gallery.thumbnail(item.id)
    if is_broken(encoded, owner(item.digest, (item.width, item.height))):
        raise wrong(gallery, item, "its small image or its size is not what was stored: a checksum differs")
    try:
        image = images.read(encoded).image
    except PhotoError as error:
        raise wrong(gallery, item, f"its small image cannot be read: {error}") from error
    if image.shape[1::-1] != wanted:
        found = f"{image.shape[1]} × {image.shape[0]} pixels"
        raise wrong(gallery, item, f"its small image has {found}; wanted {wanted[0]} × {wanted[1]}")
    return image


def owner(digest: bytes, size: tuple[int, int]) -> bytes:
    """The owner of a small image, for its seal: what of a photo never changes."""
    return digest + struct.pack("<2Q", *size)


def _require_all(gallery: Gallery, items: Items, met: Sequence[int], what: str) -> None:
    if met == sorted(items):
        return
    for id in sorted(items.keys() - set(met)):
        raise wrong(gallery, items[id], f"it has no {what}")
    raise damaged(gallery.location, f"it has a {what} that belongs to no photo")


def wrong(gallery: Gallery, item: Item, what: str) -> GalleryError:
    """The error for a photo that cannot have been enrolled so."""
    path = shlex.quote(gallery.location)
    remedy = (
        f"`resight gallery remove {path} --id {item.id}` forgets it, and "
        f"`resight index FOLDER -g {path} --again` takes it in anew"
    )
    return damaged(gallery.location, f"photo {item.id}, {item.photo!r}: {what}", remedy=remedy)
