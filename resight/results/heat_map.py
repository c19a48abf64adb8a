"""Heat maps: where on a photo something speaks for a match, and how far that can be believed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from resight.types import Array


@dataclass(frozen=True, slots=True)
class ScoreSplit:
    """Split of a score: ``score = above + below + constant``.

    Attributes
    ----------
    score : of the comparison that is explained.
    above : what the places of a photo that speak for the match add, ≥ 0.
    below : what those that speak against it take away, ≤ 0.
    constant : what belongs to no place.
    answered : the score that the answer had, where that is another: of the photos at full size. Else None.
    """

    score: float
    above: float
    below: float = 0.0
    constant: float = 0.0
    answered: float | None = None


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Deletion test of a map: are its bright places those that count? Areas under the score while a photo is hidden by
    and by.

    The score is told from 0, when all is hidden, to 1, when nothing is; the area is its mean between the two.

    Attributes
    ----------
    deletion : the brightest places are hidden first; the smaller, the better.
    insertion : the brightest places are hidden last, which is the same as given back first; the larger, the better.
    random : places are hidden in random orders, which is what a map that means nothing has for either.
    """

    deletion: float
    insertion: float
    random: float

    @property
    def holds(self) -> bool:
        """Whether the bright places count for more than any: hidden first they cost more, and hidden last less."""
        return self.deletion < self.random < self.insertion

    @property
    def sentence(self) -> str:
        """The verdict and what it rests on, in words."""
        areas = (self.deletion, self.random, self.insertion)
        first, whichever, last = map(left, areas)
        verdict = "test passed" if self.holds else "test failed"
        found = f"hiding bright places first leaves {first} of the score, any {whichever}, bright last {last}"
        return f"{verdict}: {found}{meaning(areas)}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with the verdict and its words."""
        areas = {"deletion": self.deletion, "insertion": self.insertion, "random": self.random}
        return {**areas, "holds": self.holds, "told": self.sentence}


def left(area: float) -> str:
    """A share of what the whole photo has, as per cent."""
    return f"{round(100 * area)} %".replace("-", "−")


def meaning(areas: Sequence[float]) -> str:
    """Words in brackets on what shares below nothing and above all mean; empty where there are none."""
    below = ["below 0 %: less than the photo has when all of it is hidden"] if round(100 * min(areas)) < 0 else []
    above = ["above 100 %: more than the whole photo has"] if round(100 * max(areas)) > 100 else []
    return f" ({'; '.join([*below, *above])})" if below or above else ""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """A heat map over one photo.

    Attributes
    ----------
    heat : (h, w) in [0, 1] over the whole upright photo, 1 where most speaks for the target; all 0 where nothing does.
    frame : the photo it lies on, "query" or "reference".
    method : that made it.
    target : what it speaks for, an instance or a photo.
    faithfulness : of the map, or None where it was not measured.
    split : of the score that was explained, or None where the method explains none.
    """

    heat: Array
    frame: str
    method: str
    target: str
    faithfulness: Faithfulness | None = None
    split: ScoreSplit | None = None

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with the map as a grey PNG in Base64, white where it is brightest."""
        from resight.io import images

        grey = (255 * self.heat).round().astype("uint8")
        return {
            "frame": self.frame,
            "method": self.method,
            "target": self.target,
            "width": self.heat.shape[1],
            "height": self.heat.shape[0],
            "png": base64.b64encode(images.encode(grey, ".png")).decode(),
            "faithfulness": None if self.faithfulness is None else self.faithfulness.to_dict(),
            "split": None if self.split is None else asdict(self.split),
        }


def verdicts(*maps: HeatMap | None) -> dict[str, Faithfulness]:
    """Faithfulness of the maps that were tested, by the name of their photo."""
    found = ((each.frame, each.faithfulness) for each in maps if each is not None)
    return {_WORDS[frame]: faithfulness for frame, faithfulness in found if faithfulness is not None}


_WORDS: Final = {"query": "this photo", "reference": "the known photo"}
