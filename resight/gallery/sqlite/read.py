"""Queries of what a gallery holds, inside a transaction of the caller: encoders, items, instances, changes, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.records import Changes, Item, RemovedPhoto
from resight.gallery.remedies import damaged, rebuild
from resight.io.datasets.place import Place
from resight.names import canonical
from resight.types import EncoderCard

from .rows import CARD_COLUMNS, COLUMNS, LARGEST, escape, id_list, to_card, to_item
from .schema import has

IDS: Final = "IN (SELECT value FROM json_each(?))"
_SIZES: Final = (
    ("features", "SELECT sum(length(packed)) FROM features"),
    ("descriptors", "SELECT sum(length(packed)) FROM descriptors"),
    ("thumbnails", "SELECT sum(length(encoded)) FROM thumbnails"),
    ("file", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
)


def path_of(connection: Connection) -> Path:
    """The file behind a connection, for messages."""
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])


@contextmanager
def unpacking(connection: Connection, what: str = "") -> Iterator[None]:
    """Say of which file, and of what in it, where what is read inside was never written by resight."""
    try:
        yield
    except GalleryError as error:
        raise damaged(path_of(connection), f"{what}: {error}" if what else str(error)) from error


def fact(connection: Connection, key: str) -> Any:
    """A value of the table meta."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise damaged(path_of(connection), f"table meta has no {key!r}")
    return row[0]


def revision(connection: Connection) -> int:
    """Number of changes that the photos have seen."""
    value = fact(connection, "revision")
    if type(value) is not int or not 0 <= value < LARGEST:
        raise damaged(path_of(connection), f"its revision is {value!r:.80}")
    return value


def identity(connection: Connection) -> str:
    """The name given at creation."""
    value = fact(connection, "identity")
    if not isinstance(value, str):
        raise damaged(path_of(connection), f"its identity is {value!r:.80}")
    return value


def encoder_cards(connection: Connection) -> tuple[EncoderCard, ...]:
    """Encoder cards in the order in which they were given."""
    with unpacking(connection):
        cards = tuple(map(to_card, connection.execute(f"SELECT {CARD_COLUMNS} FROM encoders ORDER BY id")))
    if not cards:
        raise damaged(path_of(connection), "it has no encoder")
    return cards


def encoder_ids(connection: Connection) -> dict[str, int]:
    """Encoder ids by fingerprint."""
    return dict(connection.execute("SELECT fingerprint, id FROM encoders"))


def require(connection: Connection, fingerprints: Iterable[str]) -> None:
    """Raise EncoderMismatch, with the command that makes the gallery anew, unless it has all these encoders."""
    cards = encoder_cards(connection)
    missing = sorted(set(fingerprints) - {card.fingerprint for card in cards})
    if missing:
        path = path_of(connection)
        found = ", ".join(f"{card.name} ({card.fingerprint})" for card in cards)
        raise EncoderMismatch(
            f"{path} was made by another encoder: found {found}; wanted {', '.join(missing)}: "
            f"use the encoder that made it, or make the gallery anew from the folders of its photos: "
            f"{rebuild(path, roots=roots(connection))}"
        )


def encoder_id(connection: Connection, fingerprint: str) -> int:
    """Raises EncoderMismatch for an encoder that the gallery does not have."""
    require(connection, [fingerprint])
    return encoder_ids(connection)[fingerprint]


def items(
    connection: Connection, instance: str | None, *, ids: Iterable[int] | None, limit: int | None, offset: int
) -> list[Item]:
    """Items in the order of their ids."""
    where, values = ["1"], list[bytes | str | int]()
    if instance is not None:
        known = spellings(connection, instance)
        where.append(f"instance IN ({', '.join(['CAST(? AS TEXT)'] * len(known))})")
        values += map(escape, known)
    if ids is not None:
        where.append(f"id {IDS}")
        values.append(id_list(ids))
    query = f"SELECT {COLUMNS} FROM items WHERE {' AND '.join(where)} ORDER BY id LIMIT ? OFFSET ?"
    with unpacking(connection):
        return list(map(to_item, connection.execute(query, (*values, -1 if limit is None else limit, offset))))


def ids(connection: Connection) -> list[int]:
    """Ids of all photos, ascending."""
    return [id for (id,) in connection.execute("SELECT id FROM items ORDER BY id")]


def instances(connection: Connection) -> dict[str, int]:
    """Number of photos of each instance, by name in the order of its bytes."""
    found: Counter[str] = Counter()
    for name, count in connection.execute("SELECT instance, count(*) FROM items GROUP BY instance"):
        found[canonical(_text(connection, name))] += count
    return dict(sorted(found.items(), key=lambda pair: escape(pair[0])))


def spellings(connection: Connection, instance: str) -> list[str]:
    """Spellings of an instance in the file: a gallery that was made before names were canonical may have several."""
    names = connection.execute("SELECT DISTINCT instance FROM items")
    return [name for (name,) in names if canonical(_text(connection, name)) == canonical(instance)]


def _text(connection: Connection, name: object) -> str:
    if not isinstance(name, str):
        raise damaged(path_of(connection), f"the name {name!r:.80} is no text")
    return name


def places(connection: Connection) -> dict[int, Place]:
    """Places of photos, by id; not of those that a resight which knew of no places has moved since."""
    if not has(connection, "places"):
        return {}
    query = "SELECT item, root, below FROM places JOIN items ON id = item WHERE substr(photo, -length(below)) = below"
    rows = connection.execute(query)
    return {id: Place(_text(connection, root), _text(connection, below)) for id, root, below in rows}


def roots(connection: Connection) -> list[str]:
    """The folders and Parquet files that hold the photos, in the order of enrolment, as far as that is known."""
    return list(dict.fromkeys(place.root for _, place in sorted(places(connection).items())))


def forgotten(connection: Connection) -> tuple[RemovedPhoto, ...]:
    """Photos that were removed and did not come back, by digest."""
    if not has(connection, "forgotten"):
        return ()
    query = "SELECT digest, photo, instance FROM forgotten WHERE digest NOT IN (SELECT digest FROM items) ORDER BY 1"
    rows = [(digest, *(_text(connection, name) for name in names)) for digest, *names in connection.execute(query)]
    for digest, photo, _ in rows:
        if not isinstance(digest, bytes):
            raise damaged(path_of(connection), f"{digest!r:.80} is no digest of {photo!r:.80}, which was removed")
    return tuple(RemovedPhoto(digest, photo, canonical(instance)) for digest, photo, instance in rows)


def changes(connection: Connection, since: int) -> Changes:
    """Changes of the photos after the revision ``since``.

    Raises GalleryError where the gallery has not been that far: it is another one then.
    """
    now = revision(connection)
    if since > now:
        raise GalleryError(
            f"{path_of(connection)} is at revision {now}, changes since {since} were asked for: "
            "the file is another than the one that was read before, read it all again"
        )

    def ids(query: str) -> tuple[int, ...]:
        return tuple(id for (id,) in connection.execute(query, {"since": since}))

    return Changes(
        now,
        added=ids("SELECT id FROM items WHERE changed > :since AND added > :since ORDER BY id"),
        # What came and went since is nobody's concern.
        removed=ids("SELECT item FROM removed WHERE revision > :since AND added <= :since ORDER BY item"),
        renamed=ids("SELECT id FROM items WHERE changed > :since AND added <= :since ORDER BY id"),
    )


def renamed(connection: Connection) -> tuple[int, ...]:
    """Ids of the photos that were given another name than they were enrolled with, ascending."""
    return tuple(id for (id,) in connection.execute("SELECT id FROM items WHERE changed > added ORDER BY id"))


def size_per_photo(connection: Connection) -> dict[str, float]:
    """Mean bytes of one photo's features, descriptors and thumbnail, and of the whole file; 0 in an empty gallery."""
    (n,) = connection.execute("SELECT count(*) FROM items").fetchone()
    totals = {name: connection.execute(query).fetchone()[0] or 0 for name, query in _SIZES}
    return {name: total / n if n else 0.0 for name, total in totals.items()}
