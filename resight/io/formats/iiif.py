"""Objects as museums publish them by IIIF (Presentation API 2 and 3): manifests in JSON on disk, images beside them.

FOLDER/*.json                one manifest for each object, and perhaps the collection that lists them
FOLDER/…/IDENTIFIER.jpg      the image of …/IDENTIFIER/full/max/0/default.jpg, or FILE.jpg that of …/FILE.jpg, in any
                             folder below

A manifest's label is what its images show; its credit and its rights are kept with them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.folders import listing, shown

from .collection import Collection

CONTEXT: Final = b"iiif.io/api/presentation"
LONGEST: Final = 100_000_000
"""Bytes of a manifest, at most."""

_TAIL: Final = 5
"""Parts behind an identifier in an image's address: region, size, rotation, and quality with format (Image API 3)."""


def is_iiif(root: Path) -> bool:
    """Whether a folder holds a manifest or a collection."""
    return root.is_dir() and any(_begins_so(path) for path in sorted(root.glob("*.json")))


def iiif(root: Path) -> Dataset:
    """The images of all manifests in a folder, each object a thing, with its credit; raises DatasetError for none."""
    collection = Collection(root)
    manifests = [(path, found) for path in sorted(root.glob("*.json")) for found in _manifests(path)]
    if not manifests:
        raise DatasetError(f"{str(root)!r} has no IIIF manifest: wanted one in JSON for each object, images beside")
    lying: dict[str, PurePath] = {}
    for photo in listing(root).photos:
        lying.setdefault(photo.name.lower(), photo)
        lying.setdefault(photo.stem.lower(), photo)
    names = [_words(_first(manifest, "label")) or path.stem for path, manifest in manifests]
    shared = Counter(names)
    for (path, manifest), name in zip(manifests, names, strict=True):
        own = name if shared[name] == 1 else f"{name} ({path.stem})"
        for address in dict.fromkeys(_images(manifest)):
            place = next((lying[one] for one in _file_names(address) if one in lying), None)
            places = [PurePath(_file_names(address)[0]) if place is None else place]
            collection.add(shown(path), places, "reference", [own], about=_credit(manifest))
    if twice := sorted(name for name, count in shared.items() if count > 1):
        collection.note("label of several manifests, told apart by their files' names", twice)
    return collection.dataset()


def _begins_so(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return CONTEXT in file.read(4096)
    except OSError:
        return False


def _manifests(path: Path) -> Iterator[Mapping[str, Any]]:
    """The manifest in a file, or those inside a collection; nothing for JSON of another kind."""
    if not _begins_so(path):
        return
    try:
        if path.stat().st_size > LONGEST:
            raise ValueError(f"more than {LONGEST:,} bytes")
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{str(path)!r} is no JSON ({error}): save it again") from error
    yield from _within(found)


def _within(found: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(found, Mapping):
        return
    if any(True for _ in _images(found)):
        yield found
        return
    for key in ("items", "manifests", "members", "collections"):
        for one in _list(found.get(key)):
            yield from _within(one)


def _images(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Addresses of a manifest's images, in its order."""
    for sequence in _list(manifest.get("sequences")):  # version 2
        for canvas in _list(_get(sequence, "canvases")):
            for image in _list(_get(canvas, "images")):
                yield from _address(_get(image, "resource"))
    for canvas in _list(manifest.get("items")):  # version 3
        for page in _list(_get(canvas, "items")) if _get(canvas, "type") == "Canvas" else []:
            for note in _list(_get(page, "items")):
                bodies = _get(note, "body")
                for body in _list(bodies) if isinstance(bodies, list) else [bodies]:
                    for one in _list(_get(body, "items")) if _get(body, "type") == "Choice" else [body]:
                        yield from _address(one)


def _address(resource: Any) -> Iterator[str]:
    if isinstance(resource, Mapping) and isinstance(found := _first(resource, "id", "@id"), str):
        yield found


def _file_names(address: str) -> list[str]:
    """Names that the file of an address may have, the likeliest first, in small letters."""
    parts = [unquote(part) for part in urlsplit(address).path.split("/") if part]
    if len(parts) > _TAIL - 1 and parts[-1].partition(".")[0] in ("default", "native", "color", "gray", "bitonal"):
        identifier, form = parts[-_TAIL], parts[-1].rpartition(".")[2]
        last = identifier.rpartition("/")[2]
        names = [f"{last}.{form}", last, identifier.replace("/", "_")]
    else:
        last = parts[-1] if parts else ""
        names = [last, last.rpartition(".")[0]]
    return [name.lower() for name in names if name] or [""]


def _credit(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Credit, rights and address of an object, as far as its manifest tells them."""
    statement = manifest.get("requiredStatement")
    credit = _words(_get(statement, "value")) or _words(manifest.get("attribution"))
    rights = _words(_first(manifest, "rights", "license"))
    about = {"credit": credit, "rights": rights, "source": _words(_first(manifest, "id", "@id"))}
    return {key: value for key, value in about.items() if value}


def _words(value: Any) -> str:
    """A text in whatever form: itself, ``{"@value": …}``, or by language, of which English or the first counts."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return next(filter(None, map(_words, value)), "")
    if isinstance(value, Mapping):
        if "@value" in value:
            return _words(value["@value"])
        return next(filter(None, (_words(value.get(key)) for key in ("en", "none", *value))), "")
    return ""


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _first(value: Mapping[str, Any], *keys: str) -> Any:
    return next((value[key] for key in keys if value.get(key)), None)


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else []
