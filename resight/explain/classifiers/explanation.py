"""Explanation of a class that a classifier sees in a photo: its map, the best region, a test of the map, and a picture.

Sources: Kohl 2017, section 8; Shi 2018, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.drawing.class_picture import ClassPicture
from resight.errors import torch_wanted
from resight.explain.catalogue import CLASS_MAP, OF_CLASSES, require
from resight.explain.faithfulness import LOOKS, cells, faithfulness, of_photo
from resight.explain.heat import normalised
from resight.explain.hot_regions import regions
from resight.io import images
from resight.progress import Progress, Watch
from resight.results import Explanation, Faithfulness, HeatMap, left, meaning, percent
from resight.types import Array, Image

from . import class_names

if TYPE_CHECKING:
    from .classifier import Classifier

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

Shares = tuple[float, float, float, float]
"""A box in shares of a photo's size."""

SIDE: Final = 224
"""Side of the photos that most classifiers are trained on, in pixels."""

LARGEST: Final = 8
"""Windows along a photo as it is decoded, at most: a strip of four, which a classifier is slid over twice as large."""

CAP: Final = 0.99
"""Quantile of a map that is drawn as its largest value, so that a few hot pixels leave something to be seen (Smilkov et
al. 2017, *SmoothGrad*, section 3.1)."""

SEED: Final = 0
"""Seed of the random orders and of the networks drawn anew that a map is tested by: one question has one answer."""

HOT: Final = 0.5
"""Share of the hottest cell's heat from which a cell belongs to the best region."""

SEEN: Final = 0.1
"""Probability of a class map's surest window, below which the class is nowhere to be seen."""

MINDLESS: Final = 0.5
"""Rank correlation with the map of a network that is half noise, from which a map shows the photo and little else."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassExplanation:
    """A class over a photo.

    Attributes
    ----------
    why : the map with its method, target and faithfulness, a sentence, and a picture of photo and map side by side.
    photo : its path.
    number : of the class.
    probability : of the class, for the photo as a whole.
    box : (left, top, width, height) of the best region in pixels of the upright photo, or None where nothing is hot:
        of a class map the surest window, else around the cells at least half as hot as the hottest.
    persistence : rank correlation of the map with that of networks whose second half is noise, in [-1, 1].
    doubts : why the map means little, a sentence each; none where nothing was found against it.
    """

    why: Explanation
    photo: str
    number: int
    probability: float
    box: Box | None
    persistence: float
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with sentence and map as :meth:`resight.results.Explanation.to_dict` has them."""
        return {
            "photo": self.photo,
            "class": self.number,
            "name": self.why.query.target,
            "probability": self.probability,
            "box": None if self.box is None else list(self.box),
            "persistence": self.persistence,
            "doubts": list(self.doubts),
            "sentence": self.why.sentence,
            "maps": [self.why.query.to_dict()],
        }


def class_maps(
    weights: Path,
    photo: str,
    *,
    architecture: str,
    method: str = CLASS_MAP,
    target: int | None = None,
    names: Path | None = None,
    side: int = SIDE,
    watch: Watch | None = None,
) -> ClassExplanation:
    """A classifier's class over a photo by one of the methods of OF_CLASSES.

    ``weights`` is a file for an architecture of `resight.nn.networks.architectures`, ``target`` a class's number from 0
    or None for the likeliest one. ``names`` is a text file with a class in each line. ``watch`` is told of each step.
    Raises PhotoError for what is no photo, ModelError for weights, classes and names that do not fit, MissingExtra for
    a package that is not there, ValueError for another method.
    """
    require(method, OF_CLASSES)
    read = images.read(photo, long_side=LARGEST * side)
    spoken = None if names is None else class_names.read(names)
    with torch_wanted("a map of a classifier"):
        from .classifier import Classifier
    classifier = Classifier.read(architecture, weights, side=side)
    probabilities = classifier.probabilities(read.image)
    target = int(probabilities.argmax()) if target is None else target
    name = class_names.name(target, len(probabilities), spoken)
    tell = watch or (lambda step: None)
    return _explained(classifier, read, photo, method, target, name, float(probabilities[target]), tell)


def _explained(
    classifier: Classifier,
    read: images.Photo,
    photo: str,
    method: str,
    target: int,
    name: str,
    chance: float,
    tell: Watch,
) -> ClassExplanation:
    tell(Progress("map", 0, 1))
    found = classifier.locate(method, read.image, target)
    heat = np.clip(found.weights, 0, 1) if method == CLASS_MAP else normalised(_capped(found.weights))
    rng = np.random.default_rng(SEED)
    looks = count(1)

    def looked(image: Image) -> float:
        tell(Progress("test by hiding", next(looks), LOOKS))
        return float(classifier.probabilities(image)[target])

    tell(Progress("map", 1, 1))
    tested = faithfulness(of_photo(looked, classifier.whole(read.image)), heat, rng=rng)
    tell(Progress("test by noise", 0, 1))
    kept = classifier.persistence(method, read.image, target, rng=rng)
    tell(Progress("test by noise", 1, 1))
    shares = found.box or _best(heat)
    box = None if shares is None else _on(shares, read.size)
    words = OF_CLASSES[method].bright.format(name=name, peak=percent(found.peak))
    sentence = (
        f"{method}: {words}" if heat.any() else f"The map is empty: nothing that {method} looks at speaks for {name}"
    )
    doubts = tuple(_doubts(tested, kept, name)) if heat.any() else ()
    if method == CLASS_MAP and found.peak < SEEN:
        doubts = (f"Nowhere is a window taken for {name}: the surest has {percent(found.peak)}", *doubts)
    picture = ClassPicture(
        image=read.image,
        size=read.size,
        heat=heat,
        box=box,
        caption=f"{name}: {percent(chance)}",
        sentence=sentence,
        title=f"{method} of {name}",
        scale="from 0 % to 100 %" if method == CLASS_MAP else "from nothing to most",
        trials=tuple(trials(tested, kept)),
        doubts=doubts,
    )
    why = Explanation(HeatMap(heat, "query", method, name, tested), None, sentence, picture, picture.caption)
    return ClassExplanation(why, photo, target, chance, box, kept, doubts)


def trials(tested: Faithfulness | None, kept: float) -> list[str]:
    """Sentences on what the tests of a map have shown."""
    redrawn = (
        f"tested: with half of the network replaced by noise, {max(kept, 0):.2f} of the map stays (rank correlation)"
    )
    if tested is None:
        return [redrawn]
    areas = (tested.deletion, tested.insertion, tested.random)
    deletion, insertion, random = map(left, areas)
    hidden = f"tested: hiding the brightest places first leaves {deletion} of the probability, hiding them last "
    return [f"{hidden}{insertion}, hiding any {random}{meaning(areas)}", redrawn]


def _capped(weights: Array) -> Array:
    """Caps the few values that are far above all others."""
    cap = float(np.quantile(weights, CAP))
    return np.minimum(weights, cap) if cap > 0 else weights


def _best(heat: Array) -> Shares | None:
    """The region of most heat as (left, top, width, height) in shares of the photo."""
    if not heat.any():
        return None
    rows, columns = cells(heat.shape)
    coarse = images.resize(np.round(255 * heat).astype(np.uint8), (columns, rows), resampling="area").astype(float)
    boxes, _ = regions(coarse, coarse >= max(HOT * coarse.max(), 1))
    if not len(boxes):
        return None
    left, top, right, bottom = (boxes[0] / (columns, rows, columns, rows)).tolist()
    return left, top, right - left, bottom - top


def _on(shares: Shares, size: tuple[int, int]) -> Box:
    """A box in shares of a photo in its pixels: on the photo, and one at least each way."""
    first, extent, whole = np.array(shares[:2]), np.array(shares[2:]), np.array(size)
    start = np.minimum(np.round(first * whole).astype(int), whole - 1)
    end = np.maximum(np.round((first + extent) * whole).astype(int), start + 1)
    (left, top), (width, height) = start.tolist(), (end - start).tolist()
    return left, top, width, height


def _doubts(tested: Faithfulness | None, kept: float, name: str) -> Iterator[str]:
    """Reasons why a map that is not empty means little."""
    if tested is None:
        yield f"This map could not be tested: {name} is no likelier on this photo than on a blur of it"
    elif not tested.holds:
        yield "This map means little: it does not pass the test of hiding its bright places"
    if kept > MINDLESS:
        yield "This map means little: a network that is half noise draws much the same"
