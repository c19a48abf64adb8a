"""The model folder: what an encoder is, on disk, whole or not at all.

``model.json`` says what the encoder is and holds the SHA-256 of every other file, so that a changed, truncated or
mixed-up folder is refused. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Final

import numpy as np

from resight.errors import ModelError, suggestion
from resight.types import Array

from . import arrays as archives
from .files import sync_folder, temporary
from .model_card import ModelCard, parse

SCHEMA: Final = 1
"""Version of model.json; it grows when an older resight could misread a newer folder."""

CARD: Final = "model.json"
ARRAYS: Final = "arrays.npz"
METRICS: Final = "metrics.json"
BACKGROUND: Final = "background"
BACKBONE: Final = ("backbone.xml", "backbone.bin")
WEIGHTS: Final = "backbone.safetensors"
FILES: Final = (*BACKBONE, WEIGHTS, ARRAYS, METRICS)
"""Files that may lie in a model folder beside model.json; names from a hand-made model.json can lead nowhere else."""

_LARGEST_JSON: Final = 64 * 2**20
"""Bytes of a JSON file, far beyond any card's."""

_DEEPEST: Final = 32
"""Levels of JSON within each other, far beyond any card's."""

_UNIT: Final = 1.01
"""Length of a unit row in half precision, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model folder that was read and found whole: its card, hashes by file name, small arrays and metrics."""

    card: ModelCard
    folder: Path
    sha256: Mapping[str, str]
    arrays: Mapping[str, Array]
    metrics: Mapping[str, Any]

    @property
    def backbone(self) -> Path:
        """The network to run; its numbers lie beside it."""
        return self.folder / BACKBONE[0]

    @property
    def background(self) -> Array | None:
        """Unwhitened descriptors ``(b, d)`` float32 of everyday photos, or None: see
        `resight.training.whitening_background`.
        """
        rows = self.arrays.get(BACKGROUND)
        return None if rows is None else rows.astype(np.float32)

    @property
    def features_fingerprint(self) -> str:
        """Identity of the extractor alone: what decides the feature map of a photo."""
        card, weights = self.card, self.sha256[BACKBONE[1]]
        known = [card.architecture, card.cut, card.stride, card.precision, asdict(card.preprocess), weights]
        geometry = (card.offset, card.smallest)
        # Folders and galleries are older than these two; where they are as they always were, so is the fingerprint.
        return _digest(known if geometry == (0.0, 1) else [*known, *geometry])

    @property
    def fingerprint(self) -> str:
        """Identity of the encoder: what decides the descriptor of a photo, name and history left out."""
        arrays = {name: _array_digest(array) for name, array in self.arrays.items()}
        return _digest([self.features_fingerprint, dict(self.card.aggregate), dict(self.card.head), arrays])

    def to_dict(self) -> dict[str, Any]:
        """Everything that is known of the model, as JSON."""
        place = {"folder": str(self.folder), "schema": SCHEMA, "fingerprint": self.fingerprint}
        sizes = {name: (self.folder / name).stat().st_size for name in self.sha256}
        content = {"bytes": sizes, "sha256": dict(self.sha256), "metrics": dict(self.metrics)}
        return {**place, **asdict(self.card), **content}


def load(folder: str | Path) -> Model:
    """Read a model folder; raises ModelError where a file is missing, changed, of another schema, or not understood."""
    folder = Path(folder)
    written = _read_json(folder / CARD)
    schema = written.pop("schema", None)
    if schema != SCHEMA:
        raise ModelError(
            f"{folder / CARD} has schema {shortened(schema)}; wanted {SCHEMA}: "
            "make the model again from its weights, or use the resight that wrote it"
        )
    hashes = written.pop("sha256", {})
    card = parse(written, str(folder / CARD))
    _verify(folder, hashes)
    arrays = archives.read(folder / ARRAYS) if ARRAYS in hashes else {}
    _require_background(arrays.get(BACKGROUND), card, folder / ARRAYS)
    metrics = _read_json(folder / METRICS) if METRICS in hashes else {}
    return Model(card=card, folder=folder, sha256=hashes, arrays=arrays, metrics=metrics)


def save(
    card: ModelCard,
    folder: str | Path,
    *,
    files: Mapping[str, Path],
    arrays: Mapping[str, Array] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> Model:
    """Write a model folder under a temporary name beside it, read it back, and rename it.

    ``files`` are copied under the names of FILES. Raises ModelError where the folder exists, a file has another name, a
    backbone file is missing, what was written is no model, or the disk refuses, and ValueError for metrics that are no
    JSON; nothing is left then.
    """
    target = vacant(folder)
    _require_names(files, f"the files of the model {card.name!r}")
    unfinished = temporary(target)
    try:
        unfinished.mkdir(parents=True)
        _fill(unfinished, card, files, arrays or {}, metrics or {})
        made = load(unfinished)
        unfinished.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise ModelError(
            f"the model folder {target} cannot be written ({error.strerror}): make room, or name another place"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return replace(made, folder=target)


def vacant(folder: str | Path) -> Path:
    """The folder, if nothing is there yet and it can be made; raises ModelError otherwise.

    A model is never half replaced, and what takes hours to make must not be without a place.
    """
    target = Path(folder)
    if target.exists():
        raise ModelError(f"{str(target)!r} exists already; wanted a folder yet to be made: remove it or name another")
    place = next(each for each in target.absolute().parents if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise ModelError(
            f"{str(target)!r} cannot be made: {str(place)!r} is no folder that may be written; name another"
        )
    return target


def _fill(
    folder: Path,
    card: ModelCard,
    files: Mapping[str, Path],
    arrays: Mapping[str, Array],
    metrics: Mapping[str, Any],
) -> None:
    for name, source in files.items():
        shutil.copyfile(source, folder / name)
    if arrays:
        _write_arrays(folder / ARRAYS, arrays)
    if metrics:
        _write_json(folder / METRICS, metrics)
    hashes = {name: _file_digest(folder / name) for name in FILES if (folder / name).exists()}
    _write_json(folder / CARD, {"schema": SCHEMA, **asdict(card), "sha256": hashes})


def _verify(folder: Path, hashes: Any) -> None:
    """Verifies that every listed file is there with the content it was written with."""
    if not isinstance(hashes, dict):
        raise ModelError(f"{folder / CARD}: 'sha256' is {shortened(hashes)}; wanted a hash by file name")
    _require_names(hashes, str(folder / CARD))
    for name, expected in hashes.items():
        if not (folder / name).is_file():
            raise ModelError(f"{folder} lacks {name}, which its {CARD} lists: copy the whole folder again")
        found = _file_digest(folder / name)
        if found != expected:
            raise ModelError(
                f"{folder / name} was changed or damaged: its SHA-256 is {found[:12]}…, wanted {str(expected)[:12]}…; "
                "copy the folder again or make the model again from its weights"
            )


def _require_names(names: Iterable[str], where: str) -> None:
    for name in names:
        if name not in FILES:
            raise ModelError(
                f"{where}: a model has no file {shortened(name)}{suggestion(name, FILES)}; wanted {', '.join(FILES)}"
            )
    if missing := [name for name in BACKBONE if name not in names]:
        raise ModelError(
            f"{where}: {' and '.join(missing)} not listed; wanted the network to run: make the model again"
        )


def _require_background(rows: Array | None, card: ModelCard, where: Path) -> None:
    """A background is of unit rows, or shorter ones, as long as the descriptors that it stands beside."""
    if rows is None:
        return
    if rows.dtype.kind != "f" or rows.ndim != 2 or len(rows) < 2 or rows.shape[1] != card.channels:
        raise ModelError(
            f"{where}: {BACKGROUND!r} is {rows.dtype} of shape {rows.shape}; wanted two rows or more of floating-point "
            f"numbers, each of {card.channels} as the descriptors are: make the background again"
        )
    if not np.linalg.norm(rows.astype(np.float64), axis=1).max() <= _UNIT:  # the other way round, NaN would pass
        raise ModelError(f"{where}: {BACKGROUND!r} has rows that are not of length 1: make the background again")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if not path.exists():
            raise ModelError(f"there is no {path}; wanted a model folder with {CARD}: check the path")
        if not path.is_file():  # opening a pipe would wait for a writer, a device might never end
            raise ModelError(f"{path} is no file; wanted JSON: copy the folder again")
        if (size := path.stat().st_size) > _LARGEST_JSON:
            raise ModelError(f"{path} has {size:,} bytes; wanted {_LARGEST_JSON:,} at most: copy the folder again")
        found = json.loads(path.read_text(encoding="utf-8"))
        if _is_deep(found):
            raise ModelError(f"{path} holds more than {_DEEPEST} levels within each other: copy the folder again")
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()  # no NaN, and no half characters
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not readable JSON ({error}): copy the folder again") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} holds {type(found).__name__}; wanted a JSON object: copy the folder again")
    return found


def _is_deep(value: Any) -> bool:
    """Whether a JSON value goes on for more than so many levels, at which what walks through it would end."""
    level = [value]
    for _ in range(_DEEPEST):
        groups = [each for each in level if isinstance(each, list | dict)]
        level = [inner for each in groups for inner in (each.values() if isinstance(each, dict) else each)]
    return bool(level)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ModelError(f"the array {name!r} holds Python objects, which would be pickled; wanted numbers")
    np.savez(path, **arrays)  # type: ignore[arg-type]  # its own option is a bool among the keywords


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check its permissions and the disk") from error


def _array_digest(array: Array) -> str:
    """Digest of type, shape and content, since an archive's own bytes change with the clock."""
    header = f"{array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()


def _digest(content: Any) -> str:
    """128 bits in hexadecimal of a JSON value; keys in order, so that equal content has one digest."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
