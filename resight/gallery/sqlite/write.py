"""Enrol, remove and rename: what changes the photos of a gallery, each inside a transaction of the caller.

Every enrolled, removed or newly named photo takes the revision one up, so that the rows of a gallery do not depend on
how its photos were batched or where a run was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Final, NoReturn

import numpy as np

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.records import AddResult, Item, LabelConflict, NewItem, RemovedPhoto
from resight.io.datasets.place import Place, ids_of_path, several_fit
from resight.names import canonical, nearest
from resight.types import Array

from . import read
from .blobs import VECTOR, vector
from .packing import pack, unpack
from .read import IDS, revision, spellings, unpacking
from .rows import COLUMNS, escape, id_list, to_item, to_json


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A photo ready to be stored: blobs by the encoder's id, length of its descriptors, metadata as JSON."""

    item: NewItem
    features: Mapping[int, bytes]
    descriptors: Mapping[int, bytes]
    sizes: Mapping[int, int]
    about: str

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, nearly."""
        return len(self.item.thumbnail) + sum(map(len, (*self.features.values(), *self.descriptors.values())))


def prepare(items: Iterable[NewItem], encoders: Mapping[str, int]) -> list[Parcel]:
    """Pack photos for the encoders of a gallery, ids by fingerprint.

    Raises EncoderMismatch where an item lacks one of them or brings another, GalleryError for what cannot be stored.
    """
    return [_parcel(item, encoders) for item in items]


def enrol(connection: Connection, parcels: Sequence[Parcel]) -> AddResult:
    """Store photos in order; one whose digest is known is skipped, and reported where it is known as something else."""
    ids: list[int] = []
    skipped: list[str] = []
    label_conflicts: list[LabelConflict] = []
    _check_sizes(connection, parcels)
    for parcel in parcels:
        new = parcel.item
        known = _known(connection, new.digest)
        if known is None:
            ids.append(_insert(connection, parcel))
        elif known.instance == new.instance:
            skipped.append(new.photo)
        else:
            label_conflicts.append(LabelConflict(new.photo, new.instance, known))
    return AddResult(tuple(ids), tuple(skipped), tuple(label_conflicts))


def remove(
    connection: Connection, *, photos: Iterable[str], instances: Iterable[str], ids: Iterable[int]
) -> tuple[int, ...]:
    """Remove the photos of these paths, instances and ids, and remember that; their ids, ascending.

    Raises GalleryError where a name or an id is nobody's, or a path fits several photos.
    """
    found = {_numbered(connection, id) for id in ids}
    found |= set(_of_paths(connection, photos))
    found |= {id for name in instances for id in _of_instance(connection, name)}
    for id in sorted(found):
        connection.execute(_REMEMBER, (_next_revision(connection), id))
        connection.execute(_FORGET, (id,))
        connection.execute("DELETE FROM items WHERE id = ?", (id,))
    return tuple(sorted(found))


def rename(connection: Connection, old: str, new: str, *, merge: bool) -> int:
    """Give an instance another name; how many photos it has.

    Raises GalleryError where ``old`` is unknown, or ``new`` is known and ``merge`` is false.
    """
    ids = _of_instance(connection, old)
    old, new = canonical(old), canonical(new)
    if not new:
        raise GalleryError(f"instance {old!r} cannot be renamed to an empty name: give it another")
    if old == new:
        return len(ids)
    if not merge and spellings(connection, new):
        raise GalleryError(
            f"instance {old!r} cannot be renamed to {new!r}, which is known already: choose another name, "
            "or say that both are one thing, by `--merge` or merge=True"
        )
    for id in ids:
        connection.execute(_RENAME, (escape(new), _next_revision(connection), id))
    return len(ids)


def relabel(connection: Connection, ids: Iterable[int], instance: str) -> None:
    """Give photos another instance.

    Raises GalleryError where there is no photo of an id, or the name is empty.
    """
    name = canonical(instance)
    if not name:
        raise GalleryError(f"photos cannot be relabelled as {instance!r}: give the thing a name")
    for id in sorted({_numbered(connection, id) for id in ids}):
        connection.execute(_RENAME, (escape(name), _next_revision(connection), id))


def move(connection: Connection, names: Mapping[int, str], places: Mapping[int, Place]) -> None:
    """Give photos other paths and places, which no reader that has their content need follow at once.

    Raises GalleryError where there is no photo of an id.
    """
    for id in {**names, **places}:
        _numbered(connection, id)
    for id, photo in names.items():
        connection.execute(_MOVE, (escape(photo), id))
    for id, place in places.items():
        _put(connection, id, place)


def forget(connection: Connection, photos: Iterable[RemovedPhoto]) -> None:
    """Remember photos as removed."""
    rows = [(photo.digest, escape(photo.photo), escape(photo.instance)) for photo in photos]
    connection.executemany("INSERT OR REPLACE INTO forgotten VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))", rows)


_INSERT: Final = (
    "INSERT INTO items (photo, instance, digest, file_bytes, width, height, about, added, changed) "
    "VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?)"
)
_REMEMBER: Final = "INSERT INTO removed SELECT id, added, ? FROM items WHERE id = ?"
_FORGET: Final = "INSERT OR REPLACE INTO forgotten SELECT digest, photo, instance FROM items WHERE id = ?"
_PLACE: Final = "INSERT OR REPLACE INTO places VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))"
_MOVE: Final = "UPDATE items SET photo = CAST(? AS TEXT) WHERE id = ?"
_RENAME: Final = "UPDATE items SET instance = CAST(? AS TEXT), changed = ? WHERE id = ?"
_BY_NAME: Final = "SELECT id FROM items WHERE {} = CAST(? AS TEXT) ORDER BY id"


def _parcel(item: NewItem, encoders: Mapping[str, int]) -> Parcel:
    found = {*item.features, *item.descriptors}
    if found != set(encoders):
        raise EncoderMismatch(
            f"photo {item.photo!r} was encoded by {sorted(found)}, this gallery's encoders are {sorted(encoders)}: "
            "encode it by exactly these"
        )
    return Parcel(
        replace(item, instance=canonical(item.instance)),
        {encoders[name]: pack(arrays) for name, arrays in item.features.items()},
        {encoders[name]: pack({VECTOR: _vector(item, vector)}) for name, vector in item.descriptors.items()},
        {encoders[name]: len(vector) for name, vector in item.descriptors.items()},
        to_json(item.about, f"the metadata of photo {item.photo!r}"),
    )


def _vector(item: NewItem, vector: Array) -> Array:
    is_vector = vector.ndim == 1 and len(vector) > 0 and vector.dtype in (np.float16, np.float32)
    if not is_vector or not np.isfinite(vector).all():
        raise GalleryError(
            f"photo {item.photo!r} has a descriptor of shape {vector.shape}, {vector.dtype}; "
            "wanted (d,) finite float16 or float32"
        )
    return vector


def _check_sizes(connection: Connection, parcels: Sequence[Parcel]) -> None:
    """Raise GalleryError unless all descriptors of an encoder have one length, the stored included."""
    wanted: dict[int, int] = {}
    sizes = [(parcel.item.photo, *pair) for parcel in parcels for pair in parcel.sizes.items()]
    for photo, encoder, size in sizes:
        if encoder not in wanted:
            wanted[encoder] = _stored_size(connection, encoder) or size
        if size != wanted[encoder]:
            raise GalleryError(
                f"photo {photo!r} has a descriptor of length {size}; this gallery's have "
                f"{wanted[encoder]}: describe all photos by one encoder"
            )


def _stored_size(connection: Connection, encoder: int) -> int | None:
    row = connection.execute("SELECT item, packed FROM descriptors WHERE encoder = ? LIMIT 1", (encoder,)).fetchone()
    if row is None:
        return None
    with unpacking(connection, f"descriptors of photo {row[0]}"):
        found = vector(unpack(row[1]))
    return None if found is None else len(found)


def _known(connection: Connection, digest: bytes) -> Item | None:
    """The photo of this content, if there is one."""
    row = connection.execute(f"SELECT {COLUMNS} FROM items WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return None
    with unpacking(connection):
        return to_item(row)


def _insert(connection: Connection, parcel: Parcel) -> int:
    new, now = parcel.item, _next_revision(connection)
    names = (escape(new.photo), escape(new.instance))
    numbers = (int(new.file_bytes), int(new.width), int(new.height))  # of NumPy's kind too
    cursor = connection.execute(_INSERT, (*names, new.digest, *numbers, parcel.about, now, now))
    id = int(cursor.lastrowid or 0)
    if new.renamed:
        connection.execute(_RENAME, (escape(new.instance), _next_revision(connection), id))
    if new.thumbnail:
        connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (id, new.thumbnail))
    for table, blobs in (("features", parcel.features), ("descriptors", parcel.descriptors)):
        rows = [(id, encoder, blob) for encoder, blob in sorted(blobs.items())]
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    if new.place is not None:
        _put(connection, id, new.place)
    connection.execute("DELETE FROM forgotten WHERE digest = ?", (new.digest,))
    return id


def _put(connection: Connection, id: int, place: Place) -> None:
    connection.execute(_PLACE, (id, escape(place.root), escape(place.below)))


def _numbered(connection: Connection, id: int) -> int:
    """The id, if there is such a photo; raises GalleryError otherwise."""
    if not connection.execute(f"SELECT 1 FROM items WHERE id {IDS}", (id_list([id]),)).fetchone():
        raise GalleryError(f"no photo has the id {id}: nothing was changed; `resight gallery show` tells the ids")
    return id


def _of_instance(connection: Connection, name: str) -> list[int]:
    """Ids of the photos of an instance; raises GalleryError where it is unknown."""
    ids = [id for spelled in spellings(connection, name) for id in _ids(connection, "instance", spelled)]
    return ids or _refuse("instance", name, read.instances(connection))


def _of_paths(connection: Connection, names: Iterable[str]) -> Iterator[int]:
    """Ids of the photos of these paths; raises GalleryError where one is unknown or fits several photos."""
    shown: dict[int, str] = dict(connection.execute("SELECT id, photo FROM items"))
    places = read.places(connection)
    for name in names:
        ids = ids_of_path(name, shown, places)
        if not ids:
            _refuse("photo", name, shown.values())
        if len(ids) > 1:
            raise GalleryError(f"{several_fit(name, ids, shown, places)}, or by --id: nothing was changed")
        yield ids[0]


def _ids(connection: Connection, column: str, value: str) -> list[int]:
    return [id for (id,) in connection.execute(_BY_NAME.format(column), (escape(value),))]


def _refuse(kind: str, name: str, known: Iterable[str]) -> NoReturn:
    others = list(known)
    near = nearest(name, others, count=3)
    hint = f"nearest are {', '.join(map(repr, near))}" if near else f"{len(others)} others are known"
    raise GalleryError(f"there is no {kind} {name!r} in this gallery ({hint}): nothing was changed")


def _next_revision(connection: Connection) -> int:
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    return revision(connection)
