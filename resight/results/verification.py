"""The answer to two photos: whether they show one thing, how sure that is, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .explanation import Explanation
from .picture import Picture, write
from .recognition import Explainer, percent

if TYPE_CHECKING:
    from resight.types import SpatialVerification

IDENTICAL: Final = "identical file"
"""Relation of a file to itself, or to a copy of it to the byte."""


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """The answer to two photos.

    Attributes
    ----------
    first, second : their paths, or "" where they came as arrays.
    same : whether they show one thing: the probability is at least one half.
    probability : that they do, in [0, 1], at the share of such pairs that was expected.
    likelihood_ratio : how much likelier what was found is of one thing than of two; None for an identical file.
    bounds : the least and the largest likelihood ratio that the pairs support which the model was fitted on.
    parts : what each kind of evidence adds to the log of the likelihood ratio.
    figures : the figures themselves, by name; None for one that there is not.
    weights : of these figures, in log odds for each spread of theirs, and "constant": the model.
    relation : how one is made of the other, in words: an identical file, a crop, a turn, a mirror image; else "".
    notes : what else there is to know, such as that a photo shows no points.
    check : geometry from the first to the second.
    picture : draws both photos, the points that agree, and where the two differ.
    explainer : draws heat maps on both.
    """

    first: str
    second: str
    same: bool
    probability: float
    likelihood_ratio: float | None
    bounds: tuple[float, float]
    parts: Mapping[str, float]
    figures: Mapping[str, float | None]
    weights: Mapping[str, float]
    relation: str = ""
    notes: tuple[str, ...] = ()
    check: SpatialVerification | None = field(default=None, repr=False)
    picture: Picture | None = field(default=None, repr=False)
    explainer: Explainer | None = field(default=None, repr=False)

    @property
    def sentence(self) -> str:
        """The answer in plain words."""
        if self.relation == IDENTICAL:
            return "identical file: of course they show the same"
        verdict = "the same" if self.same else "not the same"
        made = f"; one is {self.relation}" if self.relation else ""
        return f"{verdict}, {percent(self.probability)} likely to be one thing{made}"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        transform = None if self.check is None or self.check.transform is None else self.check.transform.tolist()
        return {
            "first": self.first,
            "second": self.second,
            "same": self.same,
            "probability": float(self.probability),
            "likelihood_ratio": self.likelihood_ratio,
            "bounds": list(self.bounds),
            "parts": dict(self.parts),
            "figures": dict(self.figures),
            "weights": dict(self.weights),
            "relation": self.relation,
            "notes": list(self.notes),
            "inliers": 0 if self.check is None else len(self.check.inliers),
            "transform": transform,
        }

    def save(self, path: str | Path) -> None:
        """Draw both photos, the points that agree and where the two differ; raises ValueError where none was kept."""
        if self.picture is None:
            raise ValueError("this answer keeps no evidence to draw: verify with keep_evidence=True")
        write(self.picture, path)

    def explain(self, method: str | None = None, *, test_faithfulness: bool = True) -> Explanation:
        """Heat maps on both photos, as for :meth:`resight.results.Recognition.explain`; raises ValueError as above."""
        if self.explainer is None:
            raise ValueError("this answer keeps no evidence to explain: verify with keep_evidence=True")
        return self.explainer.explain(method, test_faithfulness=test_faithfulness)
