"""Models fitted on a gallery and kept in it: whitening of each encoder and calibration, each in versions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import fields
from sqlite3 import Connection
from typing import Any, Final

import numpy as np

from resight.errors import GalleryError
from resight.gallery.records import Arrays, StoredCalibration, StoredWhitening
from resight.types import Array, Whitening

from .packing import pack, unpack
from .read import encoder_id, revision, unpacking
from .rows import from_json, is_count, to_json

_SEAL: Final = "crc32 of the parameters"
"""The name of an array that protects the JSON beside it as the arrays are protected."""


def save_whitening(connection: Connection, encoder: str, whitening: Whitening, *, n: int) -> int:
    """Store the next version, fitted on ``n`` photos; its number, from 1."""
    number = encoder_id(connection, encoder)
    newest = connection.execute("SELECT max(version) FROM whitening WHERE encoder = ?", (number,)).fetchone()[0]
    blob = pack({field.name: getattr(whitening, field.name) for field in fields(Whitening)})
    version = (newest or 0) + 1
    row = (number, version, revision(connection), n, blob)
    connection.execute("INSERT INTO whitening VALUES (?, ?, ?, ?, ?)", row)
    return version


def whitening(connection: Connection, encoder: str, version: int | None) -> StoredWhitening | None:
    """The whitening of an encoder by version, or its newest; None where there is none."""
    query = (
        "SELECT version, packed, n, revision FROM whitening WHERE encoder = ? AND version = coalesce(?, version) "
        "ORDER BY version DESC LIMIT 1"
    )
    row = connection.execute(query, (encoder_id(connection, encoder), version)).fetchone()
    if row is None:
        return None
    version, blob, n, fitted_at = row
    with unpacking(connection, "whitening"):
        _require_counts(fitted_at, version, n)
        return StoredWhitening(version, _whitening(unpack(blob)), n, fitted_at)


def save_calibration(connection: Connection, parameters: Mapping[str, Any], arrays: Arrays) -> int:
    """Store the next version; its number, from 1."""
    newest = connection.execute("SELECT max(version) FROM calibration").fetchone()[0]
    version = (newest or 0) + 1
    text = to_json(parameters, "the parameters of a calibration")
    row = (version, revision(connection), text, pack({**arrays, _SEAL: _seal(text)}))
    connection.execute("INSERT INTO calibration VALUES (?, ?, ?, ?)", row)
    return version


def calibration(connection: Connection) -> StoredCalibration | None:
    """The newest, or None."""
    query = "SELECT version, parameters, packed, revision FROM calibration ORDER BY version DESC LIMIT 1"
    row = connection.execute(query).fetchone()
    if row is None:
        return None
    version, parameters, blob, fitted_at = row
    with unpacking(connection, "calibration"):
        _require_counts(fitted_at, version)
        arrays = unpack(blob)
        seal = arrays.pop(_SEAL, None)  # older galleries have none
        if seal is not None and not np.array_equal(seal, _seal(parameters)):
            raise GalleryError("its parameters are not what was stored: a checksum differs")
        return StoredCalibration(version, from_json(parameters), arrays, fitted_at)


def _seal(text: object) -> Array:
    return np.array([zlib.crc32(str(text).encode(errors="surrogateescape"))], np.uint32)


def forget_older(connection: Connection) -> None:
    """Delete every version but the newest, and the whitenings that the newest calibration was fitted with."""
    connection.execute("DELETE FROM calibration WHERE version < (SELECT max(version) FROM calibration)")
    newest = "SELECT max(version) FROM whitening AS w WHERE w.encoder = whitening.encoder"
    calibrated = f"{newest} AND w.revision <= (SELECT revision FROM calibration)"
    connection.execute(f"DELETE FROM whitening WHERE version < coalesce(({calibrated}), ({newest}))")


def _whitening(arrays: Mapping[str, Array]) -> Whitening:
    """Raises GalleryError for arrays that do not fit each other, or are not finite."""
    names = [field.name for field in fields(Whitening)]
    shapes = {name: array.shape for name, array in arrays.items()}
    d, kept = shapes["projection"] if len(shapes.get("projection", ())) == 2 else (0, 0)
    if list(shapes) != names or shapes != dict(zip(names, ((d,), (d, kept), (kept,)), strict=True)):
        raise GalleryError(f"its arrays are {shapes}; wanted mean (d,), projection (d, d') and variances (d',)")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in arrays.values()):
        raise GalleryError("its numbers are not finite")
    if not np.any(arrays["projection"], axis=0).all():
        raise GalleryError("it projects on nothing")
    return Whitening(**arrays)


def _require_counts(revision: object, *others: object) -> None:
    if not is_count(revision, least=0) or not all(map(is_count, others)):
        raise GalleryError(f"its revision, version or size is {(revision, *others)!r:.80}; wanted whole numbers")
