"""The ideal photo of a class: a picture that a classifier holds to be typical of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resight.errors import torch_wanted
from resight.io import images
from resight.progress import Progress, Watch
from resight.results import write
from resight.types import Image

from . import class_names


@dataclass(frozen=True, slots=True, eq=False)
class Ideal:
    """A picture that makes a class's score large; a :class:`resight.results.Picture`.

    Attributes
    ----------
    number, name : of the class.
    probability : of the class, for this picture.
    image : (side, side, 3).
    """

    number: int
    name: str
    probability: float
    image: Image = field(repr=False)

    def encode(self, suffix: str) -> bytes:
        """The picture as the bytes of a file."""
        return images.encode(self.image, suffix)

    def save(self, path: Path) -> None:
        """Write it into an image file; see :meth:`resight.results.Recognition.save`."""
        write(self, path)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"class": self.number, "name": self.name, "probability": self.probability}


def ideal(
    weights: Path,
    target: int,
    *,
    architecture: str,
    names: Path | None = None,
    side: int = 224,
    seed: int = 0,
    watch: Watch | None = None,
) -> Ideal:
    """Draws what a classifier holds to be typical of a class, from noise that ``seed`` draws.

    By activation maximisation (`resight.explain.classifiers.activation_maximisation`). ``watch`` is told of each step.
    Raises ModelError for weights, classes and names that do not fit, MissingExtra without torch.
    """
    spoken = None if names is None else class_names.read(names)
    with torch_wanted("a picture of a class"):
        from .classifier import Classifier
    classifier = Classifier.read(architecture, weights, side=side)
    name = class_names.name(target, classifier.classes, spoken)
    tell = watch or (lambda step: None)
    image = classifier.visualise(target, seed=seed, tell=lambda done, total: tell(Progress("picture", done, total)))
    return Ideal(target, name, float(classifier.probabilities(image)[target]), image)
