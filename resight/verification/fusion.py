"""Fusion of what two photos are compared by: one log odds that both show one thing, monotone in each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from resight.errors import ModelError
from resight.types import Array

LOCAL_PARTS: Final = ("points", "registered", "structure", "chroma", "alike", "difference")
"""Parts of two photos' local features and pixels, larger is likelier: see `pair_evidence.parts_of`."""

PARTS: Final = (*LOCAL_PARTS, "descriptor", "network", "contrast")
"""All parts, in the order of evidence; behind the local ones the cosine of a descriptor of the whole photo, a
similarity network's log odds, and how much nearer one photo is to a look-alike of the other that a gallery knows, at
most 0 (`contrast.deficits`)."""

OF_OVERLAY: Final = ("structure", "chroma", "alike", "difference")
"""Parts that are nothing where two photos cannot be laid over each other."""

GROUPS: Final = {
    "local features and geometry": ("points", "registered"),
    "registered comparison": OF_OVERLAY,
    "descriptor similarity": ("descriptor",),
    "similarity network": ("network",),
    "known look-alikes": ("contrast",),
}
"""Parts as they are told to people."""


@dataclass(frozen=True, slots=True, eq=False)
class Fusion:
    """A logistic model of the parts, as a fit on pairs of both kinds gave it.

    Attributes
    ----------
    centre, spread : (e,) of each part; parts of an overlay where there is one.
    weights : (e,), none below 0.
    constant : log odds of a pair whose parts are all at their centre.
    same, different : pairs of one thing and of two that it was fitted on, each kind as a whole counting alike.
    """

    centre: Array
    spread: Array
    weights: Array
    constant: float
    same: int
    different: int

    def __post_init__(self) -> None:
        shapes = {each.shape for each in (self.centre, self.spread, self.weights)}
        if (
            shapes != {(len(PARTS),)}
            or not np.isfinite([*self.centre, *self.spread, *self.weights, self.constant]).all()
        ):
            raise ModelError(f"a fusion has parts of {sorted(shapes)}; wanted {len(PARTS)} finite numbers of each")
        if (self.weights < 0).any() or (self.spread <= 0).any() or min(self.same, self.different) < 1:
            raise ModelError("a fusion has a weight below 0, a spread of 0 or no pairs: fit it again")

    def scaled(self, evidence: Array) -> Array:
        """Evidence ``(..., e)`` of one size; NaN, a part that there is not, becomes 0 and so says nothing."""
        return scaled(evidence, self.centre, self.spread)

    def log_odds(self, evidence: Array) -> Array:
        """Log odds ``(...)`` that pairs show one thing, both kinds being as common; within :attr:`bounds`."""
        return np.clip(self.scores(evidence), *np.log(self.bounds))

    def scores(self, evidence: Array) -> Array:
        """Log odds without bounds, which make the surest pairs alike: for what ranks pairs."""
        found: Array = self.scaled(evidence) @ self.weights + self.constant
        return found

    def contributions(self, evidence: Array) -> dict[str, float]:
        """Shares of the log odds: what each of GROUPS adds to those of one pair ``(e,)``."""
        each = dict(zip(PARTS, (self.scaled(evidence) * self.weights).tolist(), strict=True))
        return {name: sum(each[part] for part in parts) for name, parts in GROUPS.items()}

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest likelihood ratio that the pairs support.

        Of n pairs of two things none may have looked as alike, and yet one in n + 1 may: a ratio above n + 1 is not
        borne out, nor one below 1 / (m + 1) by m pairs of one thing (compare Vergeer et al. 2016).
        """
        return 1 / (self.same + 1), self.different + 1.0

    def to_dict(self) -> dict[str, Any]:
        """Plain text and numbers, as :meth:`from_dict` takes them."""
        rows = zip(PARTS, self.centre.tolist(), self.spread.tolist(), self.weights.tolist(), strict=True)
        parts = {name: {"centre": centre, "spread": spread, "weight": weight} for name, centre, spread, weight in rows}
        return {"parts": parts, "constant": self.constant, "same": self.same, "different": self.different}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The fusion of plain numbers; raises ModelError where some are missing or wrong."""
        try:
            centre, spread, weights = (
                np.array([float(said["parts"][name][key]) for name in PARTS]) for key in ("centre", "spread", "weight")
            )
            return cls(centre, spread, weights, float(said["constant"]), int(said["same"]), int(said["different"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"a fusion lacks or misspells {error}; wanted what fitting one writes") from error


def scaled(evidence: Array, centre: Array, spread: Array) -> Array:
    """``(x − centre) / spread`` of evidence ``(..., e)``; 0 for NaN, and of an overlay where there is none."""
    found = (evidence - centre) / spread
    there = evidence[..., PARTS.index("registered"), None] > 0
    places = [PARTS.index(name) for name in OF_OVERLAY]
    found[..., places] = np.where(there, found[..., places], 0.0)
    return np.nan_to_num(found, nan=0.0)
