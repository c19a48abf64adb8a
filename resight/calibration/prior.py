"""Prior: the scale and the weights of evidence that ship, before a gallery is asked anything."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from resight.types import Array
from resight.verification.comparison import LOCAL
from resight.verification.similarity_measures import MEASURES

from .conditional_logit import Prior

Fit = dict[str, dict[str, float]]
"""Centre, spread, weight and precision of each column of evidence, and of a constant."""

_COSINE: Final = {"centre": 0.0, "spread": 0.2, "weight": 1.0, "precision": 1.0}
"""Prior of the cosine of an encoder that does not ship: a large one speaks for a candidate; how much, the gallery has
to tell.

The centre is 0, so that only a negative weight could make a positive cosine speak against: with a centre above the
cosines of hard views, that is how a fit would say that such views are known.
"""

VERIFIER: Final = "verifier"
"""Column of a verifier's log odds, which `recognise` has where it re-ranks by one."""

_VERIFIER: Final = {"centre": 0.0, "spread": 5.0, "weight": 0.0, "precision": 1.0}
"""Prior of what a verifier says, which is made of much the same as the other evidence: nothing, until a gallery tells.
"""

PRINT_ROW: Final = {"centre": 0.0, "spread": 1.0, "weight": 30.0, "precision": 1e6}
"""Prior of being the very picture that is known, which no question teaches: it is that thing, whatever else is said."""

SIGNS: Final = {
    **dict.fromkeys(("votes", "registered", "structure", "chroma", "area", "contrast", "explained", "print"), 1),
    **dict.fromkeys(("cast", "tint", "misfit", "difference"), -1),
}
"""Sign of each kind of local evidence: the way it may speak; one that fits best the other way is noise, and left out.

A global encoder's cosine may only speak for a candidate, and the constant either way.
"""


PRINTS: Final = ("print",)
"""Evidence that nothing teaches: a print of a picture is told by that alone."""

UNASKED: Final = (*PRINTS, "difference")
"""Evidence that a gallery's own questions do not teach. A fit that sees what differs tells left-out sisters by it and
then believes all other evidence too much: unknown sisters of use, where no difference was made out, get a name twice as
often."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Scale that brings evidence to one size: ``(x − centre) / spread``, each ``(e,)``, and a constant 1 at the end.

    MEASURES mean nothing where no transform was found, and are zero there.
    """

    centre: Array
    spread: Array

    def __call__(self, evidence: Array) -> Array:
        """Evidence ``(..., e)`` to ``(..., e + 1)``."""
        scaled = (evidence - self.centre) / self.spread
        compared = evidence[..., _REGISTERED, None] > 0
        scaled[..., _REGISTERED + 1 : _REGISTERED + 1 + len(MEASURES)] *= compared
        return np.concatenate([scaled, np.ones((*scaled.shape[:-1], 1))], axis=-1)


_REGISTERED: Final = LOCAL.index("registered")


def without(kinds: Collection[str], columns: Sequence[str], evidence: Array) -> Array:
    """Evidence ``(..., e)``, or its weights, without some kinds."""
    return np.where(np.isin(columns, [*kinds]), 0.0, evidence)


def signs(columns: Sequence[str]) -> Array:
    """Signs of these columns of evidence and of the constant, ``(e + 1,)``: see SIGNS."""
    return np.array([*(SIGNS.get(name, 1) for name in columns), 0])


def starting_point(columns: Sequence[str], fits: Sequence[Fit] | None = None) -> tuple[Scale, Prior]:
    """Scale and prior of these columns of evidence: what ships for them, and a wide guess for cosines of others.

    ``fits`` are those of an evidence recipe, in place of what ships.
    """
    shipped = max((fit for fit in fits or shipped_fits() if fit.keys() - {"constant"} <= set(columns)), key=len)
    rows = [_VERIFIER if name == VERIFIER else shipped.get(name, _COSINE) for name in columns]
    rows_and_constant = [*rows, shipped["constant"]]
    scale = Scale(np.array([row["centre"] for row in rows]), np.array([row["spread"] for row in rows]))
    return scale, Prior(
        np.array([row["weight"] for row in rows_and_constant]),
        np.array([row["precision"] for row in rows_and_constant]),
    )


@cache
def shipped_fits() -> list[Fit]:
    """Fits of ``resight recipe evidence`` that ship."""
    text = (resources.files(__package__) / "evidence.json").read_text(encoding="utf-8")
    return [fit["evidence"] for fit in json.loads(text)["fits"]]
