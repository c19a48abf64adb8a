"""Model card: what an encoder is, as a frozen record and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from reprlib import repr as shortened
from types import UnionType
from typing import Any, Final, TypeVar, get_origin, get_type_hints

from resight.errors import ModelError, suggestion
from resight.types import Preprocess

from .images import RESAMPLING

Record = TypeVar("Record", "ModelCard", Preprocess)

PRECISIONS: Final = ("f32", "bf16")
"""Precisions that the runtime can compute in."""

AGGREGATES: Final = ("gem", "mac", "spoc")
"""Aggregates that make one descriptor of a model's map: those of :mod:`resight.features.aggregate` that need no
codebook."""

HEADS: Final = ("unit",)
"""Heads that a model's descriptors go through; a gallery whitens them by itself."""

MOST: Final = {"channels": 2**16, "stride": 256, "smallest": 256, "long_side": 2**13}
"""Largest whole number of a card; the least is 1; far beyond every network's."""

_FURTHEST: Final = 1000
"""Largest distance of means from 0, and of deviations from 1 as a factor: photos are on [0, 1]."""

EXPONENTS: Final = (0.01, 100.0)
"""Range of the generalised mean's exponent: what float32 still computes of values near 1."""

OPTIONS: Final[dict[str, dict[str, tuple[float, float]]]] = {"gem": {"p": EXPONENTS, "eps": (1e-30, 1.0)}}
"""Least and largest of each option of an aggregate; others have none."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card of an encoder: ``model.json`` without its schema and hashes.

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
    precision : in which the runtime computes, one of PRECISIONS.
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
                f"{where}: {kind.__name__} has no {shortened(key)}{suggestion(key, hints)}; wanted {', '.join(hints)}"
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
    for name, most in MOST.items():
        found = getattr(card.preprocess if name == "long_side" else card, name)
        if not 1 <= found <= most:
            raise _odd(where, name, found, f"1 to {most:,}")
    if not card.name.strip():
        raise _odd(where, "name", card.name, "a name")
    if not abs(card.offset) <= MOST["long_side"]:  # the other way round, NaN would pass
        raise _odd(where, "offset", card.offset, f"a finite number of pixels, {MOST['long_side']:,} at most")
    for name in ("mean", "std"):
        triple = getattr(card.preprocess, name)
        if len(triple) != 3 or not all(type(number) in (int, float) and abs(number) <= _FURTHEST for number in triple):
            raise _odd(where, name, triple, f"three finite numbers, one per RGB channel, {_FURTHEST} at most")
    if min(card.preprocess.std) < 1 / _FURTHEST:
        raise _odd(where, "std", card.preprocess.std, f"numbers above 0, {1 / _FURTHEST:g} at least")
    _require_one_of(where, "resampling", card.preprocess.resampling, RESAMPLING)
    _require_one_of(where, "precision", card.precision, PRECISIONS)
    _require_step(where, "aggregate", card.aggregate, AGGREGATES)
    _require_step(where, "head", card.head, HEADS)


def _require_step(where: str, key: str, step: Mapping[str, Any], known: Collection[str]) -> None:
    """A step has the name of one that there is, and options that it has, each in its range."""
    _require_one_of(where, f"{key}.name", step.get("name"), known)
    ranges = OPTIONS.get(step["name"], {})
    for option, found in step.items():
        if option == "name":
            continue
        if option not in ranges:
            has = f"wanted {', '.join(ranges)}" if ranges else "it has none: leave it out"
            raise ModelError(
                f"{where}: {key} {step['name']!r} has no option {shortened(option)}{suggestion(option, ranges)}; {has}"
            )
        least, most = ranges[option]
        if type(found) not in (int, float) or not least <= found <= most:
            raise _odd(where, f"{key}.{option}", found, f"a number from {least:g} to {most:g}")


def _require_one_of(where: str, key: str, found: Any, known: Collection[str]) -> None:
    if not isinstance(found, str) or found not in known:
        near = suggestion(found, known) if isinstance(found, str) else ""
        raise ModelError(f"{where}: {key!r} is {shortened(found)}{near}; wanted {', '.join(known)}: correct it")


def _odd(where: str, key: str, found: Any, wanted: str) -> ModelError:
    return ModelError(f"{where}: {key!r} is {shortened(found)}; wanted {wanted}: correct it, or make the model again")
