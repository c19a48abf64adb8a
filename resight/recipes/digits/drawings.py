"""Pictures of the digits recipe: photos, their heat, what is above the threshold and what is read there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.drawing.canvas import Canvas, Colour
from resight.drawing.colour_map import viridis
from resight.explain.heat import normalised
from resight.explain.hot_regions import hot
from resight.types import Array, Image

from .benchmark import CONDITIONS, DigitBenchmark
from .greys import coloured, grey
from .methods import OURS, methods
from .pointing import Rules
from .scenes import DigitScene

if TYPE_CHECKING:
    from .maps import DigitMaps

READ: Final = 40
"""Hotspots of a photo that are classified for its picture, the hottest."""

SURE: Final = 0.9
"""Probability from which the picture tells what was read."""

SMALLEST: Final = 6
"""Pixels along a side from which a hotspot is worth reading."""

SHOWN: Final = 2
"""Scenes of each condition."""

SHOWN_METHODS: Final = (OURS, f"{OURS} by class", "printed", "Grad-CAM", "occlusion", "slid classifier")

BOX: Final[Colour] = (213, 94, 0)
PAPER: Final = 32
"""Grey of what is not above the threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitReading:
    """Reading of a photo ``(h, w, 3)``: heat, what is hot, and the hotspots with what is read in them.

    ``regions`` is how many hotspots there are, ``read`` what is told of them, as text.
    """

    heat: Image
    text: Image
    boxes: Image
    regions: int
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPhoto:
    """A photo and the paper's heat; and, for its thin strokes only, that of filters that all weigh alike."""

    name: str
    photo: Image
    weighed: DigitReading
    alike: DigitReading


@dataclass(frozen=True, slots=True, eq=False)
class DrawnScene:
    """A scene with its digit's box, and the heat of each method by name."""

    condition: str
    label: int
    image: Image
    heats: Mapping[str, Image]


@dataclass(frozen=True, slots=True, eq=False)
class DigitDrawings:
    """Everything that the report draws."""

    photos: tuple[DrawnPhoto, ...]
    scenes: tuple[DrawnScene, ...]


def drawings(
    benchmark: DigitBenchmark,
    maps: DigitMaps,
    shares: Mapping[str, Array],
    photos: Sequence[tuple[str, Image]],
    *,
    invert: bool,
) -> DigitDrawings:
    """Heat on ``photos``, by name, and on the first scenes of the benchmark."""

    def drawn(name: str, photo: Image) -> DrawnPhoto:
        weighed = _look(benchmark.ruled(thin=False), maps, shares[OURS], photo, invert)
        return DrawnPhoto(name, photo, weighed, _look(benchmark.ruled(thin=True), maps, shares["alike"], photo, invert))

    first = [(condition, scene) for condition in CONDITIONS for scene in benchmark.scenes(condition, SHOWN)]
    return DigitDrawings(
        tuple(drawn(name, photo) for name, photo in photos),
        tuple(_scene(benchmark, maps, shares, condition, scene) for condition, scene in first),
    )


def _look(rules: Rules, maps: DigitMaps, shares: Array, photo: Image, invert: bool) -> DigitReading:
    image = rules.prepared(grey(photo), invert=invert)
    heat = maps.filter_heat(image, shares)
    boxes = rules.hotspots(heat)
    large = boxes[(boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) >= SMALLEST][:READ]
    classes, sure = maps.read(image, large)
    told = sure >= SURE
    return DigitReading(
        coloured_heat(heat),
        np.where(hot(heat, deviations=rules.deviations)[..., None], photo, np.uint8(PAPER)),
        _boxed(photo, large[told], classes[told]),
        len(boxes),
        tuple(f"{digit} ({share:.2f})" for digit, share in zip(classes[told], sure[told], strict=True)),
    )


def _scene(
    benchmark: DigitBenchmark, maps: DigitMaps, shares: Mapping[str, Array], condition: str, scene: DigitScene
) -> DrawnScene:
    asked = methods(maps, shares, rng=np.random.default_rng(benchmark.seed))
    image = benchmark.ruled(thin=CONDITIONS[condition].thin).prepared(scene.image)
    heats = {name: coloured_heat(asked[name](image, scene.label)) for name in SHOWN_METHODS}
    return DrawnScene(condition, scene.label, _boxed(coloured(scene.image), scene.box[None], None), heats)


def coloured_heat(heat: Array) -> Image:
    """Heat ``(h, w)`` from its least to its largest value in viridis; the darkest colour where it is all the same."""
    return viridis(normalised(heat - heat.min()))


def _boxed(image: Image, boxes: Array, classes: Array | None) -> Image:
    """The image with boxes around places, and the classes beside them."""
    canvas = Canvas(image.shape[1], image.shape[0])
    canvas.photo(image, (0, 0))
    for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
        corners = np.array([(left, top), (right - 1, top), (right - 1, bottom - 1), (left, bottom - 1)])
        canvas.polygon(corners, BOX, width=1.5)
        if classes is not None:
            canvas.text(str(classes[number]), (max(left - 9, 0), max(top - 4, 0)), size=14, colour=BOX, room=20)
    return canvas.image()
