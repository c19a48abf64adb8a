"""The answer to one photo: what it shows, how sure that is, and the candidates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from .explanation import Explanation
from .picture import Picture, write

if TYPE_CHECKING:
    from resight.types import SpatialVerification

TOLD: Final = 0.001
"""Probability below which a candidate, other than the first, is told to programs alone."""


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
    id : of the known photo in its gallery; None of one that is in none.
    """

    photo: str
    instance: str
    score: float
    probability: float
    check: SpatialVerification | None = field(default=None, repr=False)
    mirrored: bool = False
    id: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The public JSON, with how many points agree and the transform as rows, or null for none."""
        transform = None if self.check is None or self.check.transform is None else self.check.transform.tolist()
        return {
            "photo": self.photo,
            "id": self.id,
            "instance": self.instance,
            "score": float(self.score),
            "probability": float(self.probability),
            "inliers": 0 if self.check is None else len(self.check.inliers),
            "transform": transform,
            "mirrored": self.mirrored,
        }


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
    instance : its name; None where it gets none, be it "none of these", "not sure" or "A or B".
    probability : that the first candidate is right, in [0, 1].
    runner_up : the nearest other instance, or None.
    margin : probability of the first candidate minus that of the second, in [0, 1].
    matches : candidates, nearest first, whether or not they were accepted.
    unknown_probability : that it is none of the known things, in [0, 1]; it and those of all candidates make 1.
    picture : draws the evidence.
    explainer : looks at it closely.
    hint : what to ask next, in a sentence: about the mirror image, or for several things; "" where nothing is known.
    either : the two instances, the likelier first, that it is one of, where they look alike and are likelier than not
        together, but neither gets its name; else (). ``instance`` stays None, because who asks for a name wants one
        that is right by itself; who can do with two takes these.
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
    either: tuple[str, ...] = ()

    def __repr__(self) -> str:
        of = f" of {self.photo!r}" if self.photo else ""
        told = f"either={self.either!r}" if self.either else f"instance={self.instance!r}"
        return f"<Recognition{of}: {told}, probability={self.probability:.3f}>"

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
        if self.either:
            second = percent(max(0.0, self.probability - self.margin))
            mirror = " in the mirror" if first.mirrored else ""
            return f"{' or '.join(self.either)}{mirror}, which look alike: {percent(self.probability)} or {second}"
        if self.unknown_probability > self.probability:
            return f"None of these: {percent(self.unknown_probability)}; nearest is {told}"
        return f"Not sure; perhaps {told}"

    @property
    def detail(self) -> str:
        """The runner-up in words, and how far behind it is; "" without one that is worth a word."""
        if self.either:
            return f"margin {percent(self.margin)}"
        if self.runner_up is None or self.probability - self.margin < TOLD:
            return ""
        return f"runner-up {self.runner_up}, margin {percent(self.margin)}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of command line, HTTP and library."""
        return {
            "photo": self.photo,
            "sentence": self.sentence,
            "instance": self.instance,
            "either": list(self.either),
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
