"""What is fitted on a gallery and kept in it: whitening of each encoder and calibration, each in versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from sqlite3 import Connection
from typing import Any

from resight.errors import GalleryError
from resight.types import Array, Whitening

from .contents import encoder_id, path_of, revision
from .packing import pack, unpack
from .records import Arrays, StoredCalibration, StoredWhitening
from .rows import from_json, to_json
from .schema import damaged


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
    """That of a version, or the newest, of an encoder; None where there is none."""
    query = (
        "SELECT version, packed, n, revision FROM whitening WHERE encoder = ? AND version = coalesce(?, version) "
        "ORDER BY version DESC LIMIT 1"
    )
    row = connection.execute(query, (encoder_id(connection, encoder), version)).fetchone()
    if row is None:
        return None
    version, blob, n, fitted_at = row
    return StoredWhitening(version, Whitening(**_unpacked(connection, blob, "whitening")), n, fitted_at)


def save_calibration(connection: Connection, parameters: Mapping[str, Any], arrays: Arrays) -> int:
    """Store the next version; its number, from 1."""
    newest = connection.execute("SELECT max(version) FROM calibration").fetchone()[0]
    version = (newest or 0) + 1
    row = (version, revision(connection), to_json(parameters, "the parameters of a calibration"), pack(arrays))
    connection.execute("INSERT INTO calibration VALUES (?, ?, ?, ?)", row)
    return version


def calibration(connection: Connection) -> StoredCalibration | None:
    """The newest, or None."""
    query = "SELECT version, parameters, packed, revision FROM calibration ORDER BY version DESC LIMIT 1"
    row = connection.execute(query).fetchone()
    if row is None:
        return None
    version, parameters, blob, fitted_at = row
    return StoredCalibration(version, from_json(parameters), _unpacked(connection, blob, "calibration"), fitted_at)


def forget_older(connection: Connection) -> None:
    """Delete every version but the newest, and the whitenings that the newest calibration was fitted with."""
    connection.execute("DELETE FROM calibration WHERE version < (SELECT max(version) FROM calibration)")
    newest = "SELECT max(version) FROM whitening AS w WHERE w.encoder = whitening.encoder"
    calibrated = f"{newest} AND w.revision <= (SELECT revision FROM calibration)"
    connection.execute(f"DELETE FROM whitening WHERE version < coalesce(({calibrated}), ({newest}))")


def _unpacked(connection: Connection, blob: bytes, what: str) -> dict[str, Array]:
    try:
        return unpack(blob)
    except GalleryError as error:
        raise damaged(path_of(connection), f"{what}: {error}") from error
