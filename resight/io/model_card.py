"""What an encoder is, as a frozen record and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import UnionType
from typing import Any, TypeVar, get_origin, get_type_hints

from resight.errors import ModelError, suggestion
from resight.types import Preprocess

Record = TypeVar("Record", "ModelCard", Preprocess)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What an encoder is; ``model.json`` without its schema and hashes.

    Attributes
    ----------
    name : for people.
    architecture, cut : which network, and the layer whose output is the feature map.
    channels, stride : of that map; the stride in pixels of the prepared photo.
    preprocess : how a photo becomes the network's input.
    offset : where cell (0, 0) of the map has its centre, in pixels of the prepared photo along x and y.
    smallest : shortest side of a photo, in pixels, that the network makes a cell of; a narrower one is extended.
    aggregate : its name and options, such as ``{"name": "gem", "p": 3.0}``.
    head : its name and options, such as ``{"name": "unit"}``.
    precision : in which the runtime computes, "f32" or "bf16".
    recipe : which recipe trained it, or None.
    config : of that recipe, resolved, and where the weights came from.
    versions : of the packages that wrote it.
    """

    name: str
    architecture: str
    cut: str
    channels: int
    stride: int
    preprocess: Preprocess
    offset: float = 0.0
    smallest: int = 1
    aggregate: Mapping[str, Any] = field(default_factory=lambda: {"name": "gem", "p": 3.0})
    head: Mapping[str, Any] = field(default_factory=lambda: {"name": "unit"})
    precision: str = "f32"
    recipe: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def parse(written: Mapping[str, Any], where: str) -> ModelCard:
    """The card of a JSON object; raises ModelError, naming ``where``, for keys, types and values that no card has."""
    preprocess = written.get("preprocess")
    if isinstance(preprocess, dict):
        tuples = {key: tuple(value) if isinstance(value, list) else value for key, value in preprocess.items()}
        written = {**written, "preprocess": _record(Preprocess, tuples, where)}
    card = _record(ModelCard, written, where)
    _require_ranges(card, where)
    return card


def _record(kind: type[Record], written: Mapping[str, Any], where: str) -> Record:
    """A frozen record of the written values, its keys and types checked."""
    hints = get_type_hints(kind)
    for key, value in written.items():
        if key not in hints:
            raise ModelError(
                f"{where}: {kind.__name__} has no {key!r}{suggestion(key, hints)}; wanted {', '.join(hints)}"
            )
        hint = hints[key]
        wanted = hint if isinstance(hint, UnionType) else get_origin(hint) or hint
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise _odd(where, key, value, getattr(wanted, "__name__", str(wanted)))
    try:
        return kind(**written)
    except TypeError as error:  # names the keys that are missing
        raise ModelError(f"{where}: {error}: make the model again from its weights") from error


def _require_ranges(card: ModelCard, where: str) -> None:
    for name in ("channels", "stride", "smallest"):
        if getattr(card, name) < 1:
            raise _odd(where, name, getattr(card, name), "at least 1")
    if not isfinite(card.offset):
        raise _odd(where, "offset", card.offset, "a finite number of pixels")
    if card.preprocess.long_side < 1:
        raise _odd(where, "long_side", card.preprocess.long_side, "at least 1 pixel")
    for name in ("mean", "std"):
        triple = getattr(card.preprocess, name)
        if len(triple) != 3 or not all(type(number) in (int, float) and isfinite(number) for number in triple):
            raise _odd(where, name, triple, "three finite numbers, one per RGB channel")
    if min(card.preprocess.std) <= 0:
        raise _odd(where, "std", card.preprocess.std, "numbers above 0")


def _odd(where: str, key: str, found: Any, wanted: str) -> ModelError:
    return ModelError(f"{where}: {key!r} is {found!r}; wanted {wanted}: correct it, or make the model again")
