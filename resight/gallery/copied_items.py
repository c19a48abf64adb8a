"""Photos of a gallery as they would be enrolled again, to be kept while nobody is sure that they are to go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resight.errors import GalleryError
from resight.io.datasets.place import Place
from resight.io.files import write_whole
from resight.types import Array

from .protocol import Gallery
from .records import NewItem


def copied(gallery: Gallery, ids: Iterable[int]) -> list[NewItem]:
    """The photos of these ids, with all that is stored of them; those that are gone are left out."""
    wanted = sorted(set(ids))
    with gallery.snapshot():
        items, places, renamed = gallery.items(ids=wanted), gallery.places(), set(gallery.renamed())
        features: dict[int, dict[str, Any]] = {item.id: {} for item in items}
        descriptors: dict[int, dict[str, Array]] = {item.id: {} for item in items}
        for encoder in gallery.encoders:
            for id, arrays in gallery.features(encoder.fingerprint, ids=wanted):
                features[id][encoder.fingerprint] = dict(arrays)
            for id, row in zip(*gallery.descriptors(encoder.fingerprint, ids=wanted), strict=True):
                descriptors[int(id)][encoder.fingerprint] = row.astype(np.float16)
        return [
            NewItem(
                item.photo,
                item.instance,
                item.digest,
                item.file_bytes,
                item.width,
                item.height,
                features[item.id],
                descriptors[item.id],
                gallery.thumbnail(item.id),
                item.about,
                places.get(item.id),
                renamed=item.id in renamed,
            )
            for item in items
        ]


def save(items: Sequence[NewItem], path: Path) -> None:
    """Write photos into a file, whole or not at all."""
    arrays: dict[str, Array] = {}
    rows, encoders = [], sorted({encoder for item in items for encoder in (*item.features, *item.descriptors)})
    for number, item in enumerate(items):
        for kind in ("features", "descriptors"):
            for encoder, held in getattr(item, kind).items():
                named = held.items() if kind == "features" else [("", held)]
                at = f"{number}/{kind}/{encoders.index(encoder)}"
                arrays.update({f"{at}/{name}": array for name, array in named})
        arrays[f"{number}/thumbnail"] = np.frombuffer(item.thumbnail, np.uint8)
        place = None if item.place is None else [item.place.root, item.place.below]
        numbers = {"file_bytes": item.file_bytes, "width": item.width, "height": item.height}
        names = {"photo": item.photo, "instance": item.instance, "digest": item.digest.hex()}
        rows.append({**names, **numbers, "about": dict(item.about), "place": place, "renamed": item.renamed})
    arrays["rows"] = np.frombuffer(json.dumps([encoders, rows]).encode(), np.uint8)

    def write(unfinished: Path) -> None:
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # whose stub takes a name for allow_pickle

    write_whole(path, write)


def load(path: Path) -> list[NewItem]:
    """The photos in a file that :func:`save` wrote; raises GalleryError where it is gone or damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        encoders, rows = json.loads(arrays.pop("rows").tobytes())
        held: list[dict[str, Any]] = [{"features": {}, "descriptors": {}} for _ in rows]
        for key, array in arrays.items():
            number, kind, *rest = key.split("/", 3)
            if kind == "thumbnail":
                held[int(number)][kind] = array.tobytes()
            elif kind == "descriptors":
                held[int(number)][kind][encoders[int(rest[0])]] = array
            else:
                held[int(number)][kind].setdefault(encoders[int(rest[0])], {})[rest[1]] = array
        return [_restored(row, more) for row, more in zip(rows, held, strict=True)]
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        raise GalleryError(f"what was removed cannot be read again ({error}): index the photos once more") from error


def _restored(row: dict[str, Any], held: dict[str, Any]) -> NewItem:
    place = None if row["place"] is None else Place(*row["place"])
    return NewItem(**{**row, **held, "digest": bytes.fromhex(row["digest"]), "place": place})
