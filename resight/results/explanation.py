"""The explanation of an answer: a map over either photo, a sentence and a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .heat_map import HeatMap
from .picture import Picture, write


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
    hint : what to ask next, as in the answer; see :class:`resight.results.Recognition`.
    compared : whether the photos could be compared; where not, the maps are empty and mean nothing.
    """

    query: HeatMap
    reference: HeatMap | None
    sentence: str
    picture: Picture = field(repr=False)
    caption: str = ""
    hint: str = ""
    compared: bool = True

    def __repr__(self) -> str:
        return f"<Explanation: {self.caption or self.sentence!r}>"

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
        """Draw it into an image file; see :meth:`resight.results.Recognition.save`."""
        write(self.picture, path)

    def _repr_png_(self) -> bytes:
        return self.picture.encode(".png")
