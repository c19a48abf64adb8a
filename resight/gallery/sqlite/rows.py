"""Rows of tables ⇄ records, and the spelling of names in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from resight.errors import GalleryError
from resight.gallery.records import Item
from resight.names import canonical
from resight.types import EncoderCard

LARGEST: Final = 2**53
"""Whole numbers below which are what JSON and floating point hold exactly; SQLite counts no further than 2⁶³."""

SIDE: Final = 2**31
"""Pixels that no photo has on one side."""

COLUMNS: Final = "id, photo, instance, digest, file_bytes, width, height, about"
CARD_COLUMNS: Final = "fingerprint, name, kind, description"


def to_item(row: tuple[Any, ...]) -> Item:
    """The record of one row of COLUMNS; raises GalleryError for a row that nobody has enrolled."""
    id, photo, instance, digest, file_bytes, width, height, about = row
    sizes = is_count(width, SIDE) and is_count(height, SIDE) and is_count(file_bytes)
    if not (sizes and is_count(id) and _is_name(photo) and _is_name(instance) and type(digest) is bytes):
        raise GalleryError(
            f"photo {id!r} has the path {photo!r:.80}, the instance {instance!r:.80}, {width!r:.20} × {height!r:.20} "
            f"pixels, {file_bytes!r:.20} bytes and a digest of {type(digest).__name__}; wanted texts that are not "
            "empty, whole numbers of 1 or more, and bytes"
        )
    known = from_json(about)
    ignored = known.get("ignore", [])
    if type(ignored) is not list or not all(map(_is_name, ignored)):
        raise GalleryError(f"photo {id} ignores {ignored!r:.80}; wanted a list of paths")
    return Item(id, photo, canonical(instance), digest, file_bytes, width, height, known)


def to_card(row: tuple[Any, ...]) -> EncoderCard:
    """The record of one row of CARD_COLUMNS; raises GalleryError for a row that no encoder has written."""
    fingerprint, name, kind, description = row
    if not all(map(_is_name, (fingerprint, name, kind))):
        raise GalleryError(f"an encoder is {fingerprint!r:.80}, {name!r:.80}, {kind!r:.80}; wanted three texts")
    return EncoderCard(fingerprint, name, kind, from_json(description))


def to_json(value: object, what: str) -> str:
    """JSON in one spelling: equal values give equal text; ``what`` they are, for the error.

    Raises GalleryError for what JSON cannot say, NaN included.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise GalleryError(f"{what}: {error}; wanted what JSON can say: text, finite numbers, lists, dicts") from error


def from_json(text: object) -> Any:
    """The value of a JSON object, a dict; only a damaged file has text that raises GalleryError here."""
    try:
        value = json.loads(text, parse_constant=_no_number) if isinstance(text, str) else None
    except (ValueError, RecursionError) as error:
        raise GalleryError(f"its text is damaged: {text!r:.80} is no JSON") from error
    if not isinstance(value, dict):
        raise GalleryError(f"its text is damaged: {text!r:.80} is no JSON object")
    return value


def is_count(value: object, below: int = LARGEST, *, least: int = 1) -> bool:
    """Whether this is a whole number of ``least`` or more."""
    return type(value) is int and least <= value < below


def _is_name(value: object) -> bool:
    return type(value) is str and value != ""


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


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
