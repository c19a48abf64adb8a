"""Rows of tables ⇄ records, and the spelling of names in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from resight.errors import GalleryError
from resight.names import canonical

from .records import EncoderCard, Item

COLUMNS: Final = "id, photo, instance, digest, file_bytes, width, height, about"
CARD_COLUMNS: Final = "fingerprint, name, kind, description"


def to_item(row: tuple[Any, ...]) -> Item:
    """The record of one row of COLUMNS."""
    id, photo, instance, digest, file_bytes, width, height, about = row
    return Item(id, photo, canonical(instance), digest, file_bytes, width, height, from_json(about))


def to_card(row: tuple[Any, ...]) -> EncoderCard:
    """The record of one row of CARD_COLUMNS."""
    fingerprint, name, kind, description = row
    return EncoderCard(fingerprint, name, kind, from_json(description))


def to_json(value: object, what: str) -> str:
    """JSON in one spelling: equal values give equal text; ``what`` they are, for the error.

    Raises GalleryError for what JSON cannot say, NaN included.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise GalleryError(f"{what}: {error}; wanted what JSON can say: text, finite numbers, lists, dicts") from error


def from_json(text: str) -> Any:
    """Its value; only a damaged file has text that raises GalleryError here."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise GalleryError(f"a gallery is damaged: {text!r:.80} is no JSON: restore the file from a copy") from error


def escape(name: str) -> bytes:
    """A name as bytes to ``CAST(? AS TEXT)``: a file name that is no valid UTF-8 cannot be bound as text.

    Raises GalleryError for half a surrogate pair, which no file name gives.
    """
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise GalleryError(f"the name {name!r} is no Unicode text ({error.reason}): give it another") from error


def id_list(ids: Iterable[int]) -> str:
    """Ids as one SQL parameter, for ``IN (SELECT value FROM json_each(?))``."""
    return json.dumps([int(id) for id in ids])
