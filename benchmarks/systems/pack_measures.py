"""What a build says of one pack at several settings, measured; two builds are measured on the same queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.calibration.calibration import EVEN
from resight.evaluation.scores import resampled
from resight.metrics.interval import Estimate, Statistic, bootstrap, bootstrap_difference, wilson
from resight.metrics.likelihood_ratio import cllr, cllr_min
from resight.metrics.ranking import auroc, micro_ap
from resight.metrics.reliability import ReliabilityRow, ece, reliability_table
from resight.types import Array

RATES: Final = (0.01, 0.02, 0.05)
"""False-accept rates that are chosen."""

SURE: Final = 1e-12
"""The nearest to 0 and to 1 that a probability counts as where its logarithm is taken."""

Measure = tuple[Statistic, tuple[Array, ...]]
"""A statistic, and the arrays that it is of, with one row for each query, the same for every build."""


def settings(rates: Sequence[float] = RATES) -> list[dict[str, float]]:
    """What is chosen: nothing, so that the pack's own share of unknown photos is expected; one half; and each rate."""
    return [{}, {"unknown_share": EVEN}, *({"unknown_share": EVEN, "false_accept_rate": rate} for rate in rates)]


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """The answers to the queries of a pack at one setting, each array ``(q,)``; the first answer before any threshold.

    Attributes
    ----------
    probabilities : of the first answer.
    right : whether it is.
    named : whether it was given.
    answerable : whether the gallery knows what the query shows.
    """

    probabilities: Array
    right: Array
    named: Array
    answerable: Array

    @classmethod
    def of(cls, evaluation: Mapping[str, Any], answerable: Mapping[str, bool]) -> Stated:
        """From the JSON of `resight evaluate`, in the order of ``answerable``, which has each query by name."""
        answers = {answer["photo"]: answer for answer in evaluation["answers"]}
        rows = [answers[name] for name in answerable]
        probabilities = np.array([row["probability"] for row in rows], float)
        right, named = (np.array([row[key] for row in rows], bool) for key in ("right", "named"))
        return cls(probabilities, right, named, np.array([*answerable.values()], bool))

    def only(self, queries: Array) -> Stated:
        """The answers to some ``queries (q,)`` bool."""
        return Stated(*(each[queries] for each in (self.probabilities, self.right, self.named, self.answerable)))


def measures(stated: Sequence[Stated], rates: Sequence[float] = RATES) -> dict[str, Measure]:
    """The measures of a build's answers at each of the :func:`settings` of those rates, by name."""
    own, even, *at_rates = stated
    known, odds = own.answerable, np.clip(even.probabilities, SURE, 1 - SURE)
    log_odds = np.log(odds) - np.log1p(-odds)
    return {
        "ECE at the pack's share of unknown photos": (ece, (own.probabilities, own.right)),
        "ECE at one half": (ece, (even.probabilities, even.right)),
        "Cllr, bits": (cllr, (log_odds, even.right)),
        "Cllr-min, bits": (cllr_min, (log_odds, even.right)),
        "µAP": (micro_ap, (own.right, own.probabilities, known)),
        "AUROC": (auroc, (own.probabilities, known)),
        "P@1": (_share, (own.right[known],)),
        "named rightly, of known": (_share, ((even.named & even.right)[known],)),
        "named wrongly, of known": (_share, ((even.named & ~even.right)[known],)),
        "named, of unknown": (_share, (even.named[~known],)),
        **{
            f"{what} at {rate:.0%}": (_share, (one.named[kind],))
            for rate, one in zip(rates, at_rates, strict=True)
            for what, kind in (("coverage", known), ("false accepts", ~known))
        },
    }


def estimate(measure: Measure) -> Estimate:
    """The measure and its 95 % interval: Wilson's of a share, the bootstrap's of the rest."""
    statistic, arrays = measure
    if statistic is _share:
        return wilson(int(arrays[0].sum()), len(arrays[0]))
    if statistic in (micro_ap, auroc):
        return resampled(statistic, *arrays, seed=0)
    return bootstrap(statistic, *arrays, rng=np.random.default_rng(0))


def paired(measure: Measure, former: Measure) -> Estimate:
    """The measure less the former build's, on the same resampled queries."""
    statistic, arrays = measure
    return bootstrap_difference(statistic, arrays, former[1], rng=np.random.default_rng(0))


def reliability(stated: Sequence[Stated], *, bins: int = 10) -> tuple[ReliabilityRow, ...]:
    """The reliability of what is stated at the pack's own share of unknown photos."""
    return reliability_table(stated[0].probabilities, stated[0].right, bins=bins)


def _share(flags: Array) -> float:
    return float(np.mean(flags))
