"""The records of an answer: what was recognised, why, and what is where."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from resight.io.files import write_whole

if TYPE_CHECKING:  # the words of an answer are for the help of commands, too, which loads nothing heavy
    from resight.types import Array, Check

UNSURE: Final = 0.25
"""Probability from which an answer without a name is told as a doubt, and below which as "none of these"."""


def percent(share: float, places: int = 1) -> str:
    """A share in [0, 1] as per cent; what only rounds to none or to all does not claim it."""
    least = 10.0**-places
    rounded = f"{100 * share:.{places}f}"
    if share < 1 and float(rounded) >= 100:
        return f"over {100 - least:.{places}f} %"
    return f"under {least:.{places}f} %" if share > 0 and float(rounded) <= 0 else f"{rounded} %"


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A match: a known photo and how the query fits it.

    Attributes
    ----------
    photo : the known photo's path, as indexed.
    instance : what that photo shows.
    score : fused evidence as log odds against "none of these", unknown photos being as common as known ones.
    probability : that the query shows this instance, in [0, 1]; those of all candidates and of "none" make 1.
    check : geometry from the query to the known photo, or None where none was tried.
    mirrored : whether it is the query's mirror image that fits; the transform then turns left into right.
    """

    photo: str
    instance: str
    score: float
    probability: float
    check: Check | None = field(default=None, repr=False)
    mirrored: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with how many points agree and the transform as rows, or null for none."""
        transform = None if self.check is None or self.check.transform is None else self.check.transform.tolist()
        return {
            "photo": self.photo,
            "instance": self.instance,
            "score": float(self.score),
            "probability": float(self.probability),
            "inliers": 0 if self.check is None else len(self.check.inliers),
            "transform": transform,
            "mirrored": self.mirrored,
        }


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

    def told(self) -> str:
        """The verdict and what it rests on, in words."""
        areas = (self.deletion, self.random, self.insertion)
        first, whichever, last = map(left, areas)
        verdict = "test passed" if self.holds else "test failed"
        found = f"hiding bright places first leaves {first} of the score, any {whichever}, bright last {last}"
        return f"{verdict}: {found}{meant(areas)}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with the verdict and its words."""
        areas = {"deletion": self.deletion, "insertion": self.insertion, "random": self.random}
        return {**areas, "holds": self.holds, "told": self.told()}


def left(area: float) -> str:
    """A share of what the whole photo has, as per cent."""
    return f"{round(100 * area)} %".replace("-", "−")


def meant(areas: Sequence[float]) -> str:
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


class Picture(Protocol):
    """Evidence that can be drawn when somebody looks."""

    def encode(self, suffix: str) -> bytes:
        """The drawing as an encoded image; ``suffix`` is ".png", ".jpg" or ".webp"."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Explanation of why a photo was recognised, or was not.

    Attributes
    ----------
    query : the map over the photo that was asked about.
    reference : that over the known photo, or None where nothing known was compared.
    sentence : what was found, for people.
    picture : draws both side by side.
    caption : the answer that is explained, in plain words: the picture's title.
    hint : what to ask next, as in the answer; see :class:`Recognition`.
    compared : whether the photos could be compared; where not, the maps are empty and mean nothing.
    """

    query: HeatMap
    reference: HeatMap | None
    sentence: str
    picture: Picture = field(repr=False)
    caption: str = ""
    hint: str = ""
    compared: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of command line and library: what was found, and the map over either photo."""
        maps = (self.query, self.reference)
        return {
            "caption": self.caption,
            "hint": self.hint or None,
            "compared": self.compared,
            "sentence": self.sentence,
            "maps": [each.to_dict() for each in maps if each is not None],
        }

    def save(self, path: str | Path) -> None:
        """Draw it into an image file; see :meth:`Recognition.save`."""
        write(self.picture, path)

    def _repr_png_(self) -> bytes:
        return self.picture.encode(".png")


class Explainer(Protocol):
    """An answer's evidence, looked at closely when somebody asks."""

    def explain(self, method: str | None = None, *, test_faithfulness: bool = True) -> Explanation:
        """See :meth:`Recognition.explain`."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """The answer to one photo.

    Attributes
    ----------
    photo : the query's path, or "" where it came as an array.
    instance : its name, or None for "none of these".
    probability : that the first candidate is right, in [0, 1].
    runner_up : the nearest other instance, or None.
    margin : probability of the first candidate minus that of the second, in [0, 1].
    matches : candidates, nearest first, whether or not they were accepted.
    unknown_probability : that it is none of the known things, in [0, 1]; it and those of all candidates make 1.
    picture : draws the evidence.
    explainer : looks at it closely.
    hint : what to ask next, in a sentence: about the mirror image, or for several things; "" where nothing is known.
    """

    photo: str
    instance: str | None
    probability: float
    runner_up: str | None
    margin: float
    matches: tuple[Match, ...]
    unknown_probability: float
    picture: Picture | None = field(default=None, repr=False)
    explainer: Explainer | None = field(default=None, repr=False)
    hint: str = ""

    @property
    def mirrored(self) -> bool:
        """Whether it is the photo's mirror image that shows what is named."""
        return self.instance is not None and self.matches[0].mirrored

    @property
    def sentence(self) -> str:
        """The answer in words, which terminal, picture, page and JSON share."""
        if not self.matches:
            return "None of these: nothing known resembles this photo"
        first = self.matches[0]
        told = f"{first.instance}{' in the mirror' if first.mirrored else ''}: {percent(self.probability)}"
        if self.instance is not None:
            return f"{told} sure"
        return f"Not sure; perhaps {told}" if self.probability >= UNSURE else f"None of these; nearest is {told}"

    @property
    def detail(self) -> str:
        """The runner-up in words, and how far behind it is; "" without one."""
        return "" if self.runner_up is None else f"runner-up {self.runner_up}, margin {percent(self.margin)}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of command line, HTTP and library."""
        return {
            "photo": self.photo,
            "sentence": self.sentence,
            "instance": self.instance,
            "probability": float(self.probability),
            "unknown_probability": float(self.unknown_probability),
            "runner_up": self.runner_up,
            "margin": float(self.margin),
            "mirrored": self.mirrored,
            "hint": self.hint or None,
            "matches": [match.to_dict() for match in self.matches],
        }

    def save(self, path: str | Path) -> None:
        """Draw query, match, inlier lines and the outline of the match into an image file (.png, .jpg or .webp).

        The file is whole or not there. Raises ValueError for another kind of file and for an answer without evidence,
        OSError where it cannot be written.
        """
        if self.picture is None:
            raise ValueError(_NO_EVIDENCE)
        write(self.picture, path)

    def explain(self, method: str | None = None, *, test_faithfulness: bool = True) -> Explanation:
        """Explains the answer by a map over the photo and one over the known photo that is nearest to it.

        Parameters
        ----------
        method : "votes", "similarity", "grad-cam", "occlusion", "agreement" or "difference"; by default what suits the
            gallery's encoders and what was found.
        test_faithfulness : whether it is also measured how faithful both maps are; see `docs/explaining.md` for what
            it costs.

        Raises ValueError for another method and for an answer without evidence, ModelError where no encoder of the
        gallery suits the method.
        """
        if self.explainer is None:
            raise ValueError(_NO_EVIDENCE)
        return replace(self.explainer.explain(method, test_faithfulness=test_faithfulness), hint=self.hint)

    def _repr_png_(self) -> bytes | None:
        return None if self.picture is None else self.picture.encode(".png")


_NO_EVIDENCE: Final = "this answer holds no evidence: recognise the photo again with keep_evidence=True"


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A known thing somewhere in a photo.

    Attributes
    ----------
    match : the known photo, with the probability that this place shows its instance, and the geometry where known.
    outline : (c, 2) convex, ``(x, y)`` in pixels of the upright photo: its border as far as it lies on the photo. By
        geometry from the known photo's upper left corner clockwise, four corners where all of it is seen.
    method : "geometry", whose outline is exact, or "heat", whose outline is rough.
    """

    match: Match
    outline: Array
    method: str

    @property
    def instance(self) -> str:
        """Name of the thing."""
        return self.match.instance

    @property
    def probability(self) -> float:
        """Probability that the name is right, in [0, 1]."""
        return self.match.probability

    def to_dict(self) -> dict[str, Any]:
        """The public JSON: that of the match, the outline, and the method under the key "way"."""
        return {**self.match.to_dict(), "outline": self.outline.tolist(), "way": self.method}


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Known things in one photo, and where they are.

    Attributes
    ----------
    photo : its path, or "" where it came as an array.
    size : (width, height) of the upright photo in pixels.
    found : the known things in it, the surest first; none where nothing known was found.
    picture : draws them.
    hint : what to ask next, in a sentence, where something fits only the photo's mirror image; else "".
    """

    photo: str
    size: tuple[int, int]
    found: tuple[Detection, ...]
    picture: Picture | None = field(default=None, repr=False)
    hint: str = ""

    @property
    def sentence(self) -> str:
        """How many things were found, in words."""
        if not self.found:
            return "Nothing known was found"
        return f"{len(self.found):,} known thing{'s' if len(self.found) > 1 else ''} found"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of command line, HTTP and library."""
        found = [one.to_dict() for one in self.found]
        about = {"photo": self.photo, "sentence": self.sentence, "size": list(self.size)}
        return {**about, "found": found, "hint": self.hint or None}

    def save(self, path: str | Path) -> None:
        """Draw the photo with the outlines into an image file (.png, .jpg or .webp), as :meth:`Recognition.save`."""
        if self.picture is None:
            raise ValueError("these detections hold no evidence: find again with keep_evidence=True")
        write(self.picture, path)

    def _repr_png_(self) -> bytes | None:
        return None if self.picture is None else self.picture.encode(".png")


def write(picture: Picture, path: str | Path) -> None:
    """A drawing as a file, which is whole or not there."""
    path = Path(path)
    drawing = picture.encode(path.suffix.lower() or ".png")
    write_whole(path, lambda unfinished: unfinished.write_bytes(drawing))
