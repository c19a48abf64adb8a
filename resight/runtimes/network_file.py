"""A network's file, looked through before OpenVINO opens it: what it would not refuse by itself.

A runtime in C++ trusts what the file claims: constants of types that a conversion never writes, and operations that are
given nothing to work on, end the process instead of the reading; loops may have no end.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

from resight.errors import ModelError, suggestion

LARGEST: Final = 16 * 2**20
"""Bytes of a network's XML; the largest of ours has under half a million."""

DEEPEST: Final = 32
"""Elements within each other; ours have seven."""

WIDTHS: Final = {
    **dict.fromkeys(("f64", "i64", "u64"), 8),
    **dict.fromkeys(("f32", "i32", "u32"), 4),
    **dict.fromkeys(("f16", "bf16", "i16", "u16"), 2),
    **dict.fromkeys(("i8", "u8", "boolean"), 1),
}
"""Bytes of a number by the name of its type: whole ones, as networks compute in."""

_ROOTS: Final = (("net", "10"), ("net", "11"))
"""The first element of OpenVINO's own files and its versions."""

_FEWEST: Final = {
    0: "Const Parameter",
    1: """Abs AvgPool Ceiling Clamp Concat Convert DepthToSpace Elu Erf Exp Floor Gelu HSigmoid HSwish Log
       LogSoftmax LogicalNot MaxPool Mish Negative ReLU Result Round ShapeOf Sigmoid Sign SoftMax SoftPlus
       SpaceToDepth Sqrt Squeeze Swish Tanh""",
    2: """AdaptiveAvgPool AdaptiveMaxPool Add Broadcast Convolution ConvolutionBackpropData Divide Equal
       FloorMod Greater GreaterEqual GroupConvolution GroupConvolutionBackpropData Interpolate LRN Less
       LessEqual LogicalAnd LogicalOr MVN MatMul Maximum Minimum Mod Multiply NormalizeL2 NotEqual PReLU
       Power ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Reshape Split
       SquaredDifference Subtract Tile Transpose Unsqueeze""",
    3: "Gather GroupNormalization HardSigmoid Pad Range Select StridedSlice VariadicSplit",
    4: "Slice",
    5: "BatchNormInference FakeQuantize",
}

OPERATIONS: Final = {name: count for count, names in _FEWEST.items() for name in names.split()}
"""Operations that feature maps of photos are computed by, and the least number of inputs of each; none of them
loops."""


@dataclass(slots=True)
class _Layer:
    """A layer: its number, its name, its operation, and how many inputs it says it has."""

    number: str
    name: str
    kind: str
    inputs: int = 0


def require_sound(path: Path) -> None:
    """Raises ModelError for a network file that claims what its numbers, in the .bin beside it, do not hold.

    Each constant must lie in the .bin with as many bytes as its shape and type have, types must be whole numbers of
    bytes, and each layer one of OPERATIONS with all its inputs. What comes of it is not looked at.
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
    reader.require_inputs()


class _Reader:
    """Goes through a network's XML once: judges each element as it begins, and counts what goes into each layer."""

    def __init__(self, path: Path, numbers: int) -> None:
        self.path, self.numbers = path, numbers
        self.within: list[str] = []
        self.layers: dict[str, _Layer] = {}
        self.layer: _Layer | None = None
        self.edges: Counter[str] = Counter()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begun
        self.parser.EndElementHandler = self._ended
        self.parser.StartDoctypeDeclHandler = self._declared

    def require_inputs(self) -> None:
        """Requires that each layer has the inputs that its operation needs, and that something goes into each."""
        for layer in self.layers.values():
            given, fewest = self.edges[layer.number], OPERATIONS[layer.kind]
            if not layer.inputs == given >= fewest:
                self.layer = layer
                raise self._odd(
                    f"{layer.inputs} inputs, and {given} are given; wanted as many, {fewest} at least of {layer.kind}"
                )

    def _begun(self, name: str, said: dict[str, str]) -> None:
        if len(self.within) == DEEPEST:
            raise self._odd(f"elements more than {DEEPEST} within each other")
        if not self.within and (name, said.get("version")) not in _ROOTS:
            raise self._odd(f"the root {name[:20]!r} of another kind of file, which OpenVINO would read as such")
        if name == "layer":
            self._require_new(said)
        if name == "data":
            self._require_types(said)
            if "offset" in said:
                self._require_held(said)
        if name == "port" and self.layer and self.within[-1:] == ["input"]:
            self.layer.inputs += 1
        if name == "edge":
            self.edges[said.get("to-layer", "")] += 1
        self.within.append(name)

    def _ended(self, name: str) -> None:
        self.within.pop()

    def _declared(self, *_: object) -> None:
        raise self._odd("a document type, which could make it grow without end")

    def _require_new(self, said: dict[str, str]) -> None:
        self.layer = layer = _Layer(said.get("id", ""), said.get("name", ""), said.get("type", ""))
        if layer.kind not in OPERATIONS:
            near = suggestion(layer.kind[:40], OPERATIONS)
            raise self._odd(f"the type {layer.kind[:40]!r}, which no feature map is computed by{near}")
        if layer.number in self.layers:
            raise self._odd(f"the number {layer.number[:20]!r} of another layer")
        self.layers[layer.number] = layer

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
        where = f", layer {self.layer.name[:60]!r}," if self.layer else ""
        return ModelError(f"{self.path}{where} has {found}: make the model again from its weights")
