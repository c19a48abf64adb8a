"""The things in one photo: what each is, where, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .picture import Picture, write
from .recognition import Match, percent

if TYPE_CHECKING:
    from resight.types import Array

SHOWN: Final = 3
"""Number of things that are named at a prompt."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A known thing somewhere in a photo, or one of two that look alike.

    Attributes
    ----------
    match : the known photo, with the probability that this place shows its instance, and the geometry where known.
    outline : (c, 2) convex, ``(x, y)`` in pixels of the upright photo: its border as far as it lies on the photo. By
        geometry from the known photo's upper left corner clockwise, four corners where all of it is seen.
    method : "geometry", whose outline is exact, or "heat", whose outline is rough.
    other : a known photo of another thing that looks alike, where it is one of the two and neither gets its name.
    """

    match: Match
    outline: Array
    method: str
    other: Match | None = None

    @property
    def instance(self) -> str | None:
        """Name of the thing; None where it is one of two that look alike."""
        return self.match.instance if self.other is None else None

    @property
    def either(self) -> tuple[str, ...]:
        """The two things that it is one of, the likelier first, which look alike; () where it has a name."""
        return () if self.other is None else (self.match.instance, self.other.instance)

    @property
    def name(self) -> str:
        """Name in words, or "A or B"."""
        return " or ".join(self.either) or self.match.instance

    @property
    def sureness(self) -> str:
        """Probability in words, that of each where it is one of two."""
        each = [match.probability for match in (self.match, self.other) if match is not None]
        return " or ".join(map(percent, each))

    @property
    def probability(self) -> float:
        """Probability that the name is right, or the likelier of two, in [0, 1]."""
        return self.match.probability

    def to_dict(self) -> dict[str, Any]:
        """The public JSON: that of the match, but for what it is, the outline, and the method under the key "way"."""
        what = {"instance": self.instance, "either": list(self.either)}
        return {**self.match.to_dict(), **what, "outline": self.outline.tolist(), "way": self.method}


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

    def __repr__(self) -> str:
        of = f" of {self.photo!r}" if self.photo else ""
        things = ", ".join(f"{one.name!r} {one.probability:.3f}" for one in self.found[:SHOWN])
        return f"<Detections{of}: found={len(self.found)}{things and f': {things}'}{', …' * (len(self.found) > SHOWN)}>"

    @property
    def sentence(self) -> str:
        """Sentence on how many things were found."""
        if not self.found:
            return "Nothing known was found"
        return f"{len(self.found):,} known thing{'s' if len(self.found) > 1 else ''} found"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of command line, HTTP and library."""
        found = [one.to_dict() for one in self.found]
        about = {"photo": self.photo, "sentence": self.sentence, "size": list(self.size)}
        return {**about, "found": found, "hint": self.hint or None}

    def save(self, path: str | Path) -> None:
        """Draw the photo with the outlines into an image file, as :meth:`resight.results.Recognition.save`."""
        if self.picture is None:
            raise ValueError("these detections hold no evidence: find again with keep_evidence=True")
        write(self.picture, path)

    def _repr_png_(self) -> bytes | None:
        return None if self.picture is None else self.picture.encode(".png")
