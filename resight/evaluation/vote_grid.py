"""µAP of k-NN votes over k, by transform and whitening, as Bouček 2020 draws it in Figures 5.2, 5.3, 5.5 and 5.7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from resight.features.head import head
from resight.metrics.interval import Estimate
from resight.metrics.resampling import Resamples, resampled_micro_ap
from resight.search.exact import search
from resight.search.voting_rule import DISTANCE_RULES, cast_votes, neighbours
from resight.types import Array, Head

from .questions import Questions

ROUNDS: Final = 500
"""Resamples that the intervals are of: they are a band in a figure."""

FORMULAS: Final = {"sqrt": "√x", "square": "x²", "identity": "x", "log": "ln(x + e)"}
"""Transforms of a similarity in the order of Tables 5.1 and 5.6, and their formulas."""

Cell = tuple[bool, str, int]
"""Whether whitened, the transform, and k."""


@dataclass(frozen=True, slots=True, eq=False)
class VoteGrid:
    """µAP of the similarity-weighted votes by an encoder's descriptors alone, with 95 % intervals."""

    encoder: str
    cells: Mapping[Cell, Estimate]

    @classmethod
    def of(
        cls, encoder: str, known: Array, asked: Array, settings: Head, questions: Questions, *, seed: int = 0
    ) -> Self:
        """The votes of ``known (n, d)``, not whitened, on ``asked (q, d)``, as they are and through the gallery's head.

        Raises ValueError where no query is answerable, and where the resamples have hardly one that is.
        """
        resamples = Resamples.of(questions.groups, rng=np.random.default_rng(seed), rounds=ROUNDS)
        cells: dict[Cell, Estimate] = {}
        for whitened in (True, False) if settings.whitening is not None else (False,):
            rows, others = (head(each, settings) if whitened else each for each in (known, asked))
            found = questions.left(search(others, rows, neighbours(DISTANCE_RULES) + questions.spare))
            for rule, votes in cast_votes(DISTANCE_RULES, found, questions.labels).items():
                right = questions.correct(votes)
                drawn = resampled_micro_ap(right, votes.confidences, questions.answerable, resamples)
                cells[whitened, rule.f, rule.k] = resamples.estimate(drawn)
        return cls(encoder, cells)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "encoder": self.encoder,
            "cells": [
                {"whitened": whitened, "f": f, "k": k, **found.to_dict()}
                for (whitened, f, k), found in self.cells.items()
            ],
        }
