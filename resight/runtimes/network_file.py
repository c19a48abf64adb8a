"""A network's file, looked through before OpenVINO opens it: what it would not refuse by itself.

A runtime in C++ trusts what the file claims: constants of types that a conversion never writes end the process instead
of the reading, loops may have no end, and what is read deep down is read by recursion.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final
from xml.parsers import expat

from resight.errors import ModelError

LARGEST: Final = 64 * 2**20
"""Bytes of a network's XML; the largest of ours has under one million."""

DEEPEST: Final = 32
"""Elements within each other; ours have seven."""

WIDTHS: Final = {
    **dict.fromkeys(("f64", "i64", "u64"), 8),
    **dict.fromkeys(("f32", "i32", "u32"), 4),
    **dict.fromkeys(("f16", "bf16", "i16", "u16"), 2),
    **dict.fromkeys(("i8", "u8", "boolean"), 1),
}
"""Bytes of a number by the name of its type: whole ones, as networks compute in."""

_LOOPS: Final = ("If", "Loop", "TensorIterator")


def require_sound(path: Path) -> None:
    """Raises ModelError for a network file that claims what its numbers, in the .bin beside it, do not hold.

    Each constant must lie in the .bin with as many bytes as its shape and type have, types must be whole numbers of
    bytes, and nothing may loop. What the network computes is not looked at.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ModelError(f"{path} has {size:,} bytes; wanted {LARGEST:,} at most: make the model again")
        numbers, text = path.with_suffix(".bin").stat().st_size, path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    reader = _Reader(path, numbers)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ModelError(f"{path} is no whole XML ({error}): make the model again from its weights") from error


class _Reader:
    """What is seen of an element when it begins: its name, its attributes and how deep it lies."""

    def __init__(self, path: Path, numbers: int) -> None:
        self.path, self.numbers, self.depth, self.layer = path, numbers, 0, ""
        self.layers: set[str] = set()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begun
        self.parser.EndElementHandler = self._ended
        self.parser.StartDoctypeDeclHandler = self._declared

    def _begun(self, name: str, said: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._odd(f"elements more than {DEEPEST} within each other")
        if name == "layer":
            self.layer, number = said.get("name", ""), said.get("id", "")
            if number in self.layers:
                raise self._odd(f"the number {number[:20]!r} of another layer")
            self.layers.add(number)
            if (kind := said.get("type")) in _LOOPS:
                raise self._odd(f"a layer of type {kind}, and wanted is a network without loops")
        if name == "data":
            self._require_types(said)
            if "offset" in said:
                self._require_held(said)

    def _ended(self, name: str) -> None:
        self.depth -= 1

    def _declared(self, *_: object) -> None:
        raise self._odd("a document type, which could make it grow without end")

    def _require_types(self, said: dict[str, str]) -> None:
        for key in ("element_type", "destination_type", "output_type"):
            if (kind := said.get(key)) is not None and kind not in WIDTHS:
                raise self._odd(f"the type {kind[:20]!r}, and wanted is one of {', '.join(WIDTHS)}")

    def _require_held(self, said: dict[str, str]) -> None:
        """The constant lies within the numbers, and is as long as its shape makes it."""
        try:
            offset, size, width = int(said["offset"]), int(said["size"]), WIDTHS[said["element_type"]]
            shape = [int(length) for length in said["shape"].split(",")] if said["shape"] else []
        except (KeyError, ValueError) as error:
            raise self._odd("a constant without a sound shape, type, offset and size") from error
        if min([offset, *shape]) < 0 or size != width * math.prod(shape) or offset + size > self.numbers:
            raise self._odd(f"a constant of shape {shape} and {size:,} bytes at byte {offset:,} of {self.numbers:,}")

    def _odd(self, found: str) -> ModelError:
        layer = f", layer {self.layer[:60]!r}," if self.layer else ""
        return ModelError(f"{self.path}{layer} has {found}: make the model again from its weights")
