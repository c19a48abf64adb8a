"""What an encoder's descriptors are worth: the same questions asked before training and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from resight.features.head import gallery_head, head
from resight.metrics.collapse import mean_cosine
from resight.metrics.interval import Estimate, bootstrap, bootstrap_difference, mcnemar, wilson
from resight.metrics.ranking import micro_ap
from resight.types import Array

SHOWN = 5
"""Neighbours of a question that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Answers of one encoder.

    Attributes
    ----------
    rows, scores : (q, k) neighbours among the known photos, nearest first, and their cosines.
    right : (q, k) bool, neighbours that show what was asked.
    answerable : (q,) bool, whether any known photo does.
    alike : mean cosine of two known photos.
    """

    rows: Array
    scores: Array
    right: Array
    answerable: Array
    alike: float

    def figures(self, kept: Array | None = None, *, seed: int = 0) -> dict[str, Estimate]:
        """P@1 by Wilson's interval and µAP by the bootstrap, at 95 %, of the ``kept (q,)`` questions; {} for none."""
        kept = np.ones(len(self.rows), bool) if kept is None else kept
        hits = self.right[kept & self.answerable, 0]
        if not len(hits):
            return {}
        found = bootstrap(micro_ap, *self.answers(kept), rng=np.random.default_rng(seed))
        if found.low >= 1:  # all resamples of flawless answers are flawless; so many hits prove less
            found = replace(found, low=wilson(found.n, found.n).low)
        return {"p_at_1": wilson(int(hits.sum()), len(hits)), "micro_ap": found}

    def answers(self, kept: Array) -> tuple[Array, Array, Array]:
        """What `micro_ap` takes of the ``kept (q,)`` questions."""
        return self.right[kept, 0], self.scores[kept, 0], self.answerable[kept]


def measure(
    asked: Array, known: Array, same: Array, ignored: Array | None = None, *, background: Array | None = None
) -> Measurement:
    """Ask about descriptors ``asked (q, d)`` among ``known (n, d)``, unit rows.

    ``same (q, n)`` bool says what is right, and what is ``ignored (q, n)`` bool, right or wrong, does not count. They
    are whitened as those of a gallery of the known ones, with the encoder's ``background (b, d)`` where it has one.
    """
    ignored = np.zeros(same.shape, bool) if ignored is None else ignored
    settings = gallery_head(known, background)
    cosines = np.where(ignored, -np.inf, head(asked, settings) @ head(known, settings).T)
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :SHOWN]
    same = same & ~ignored
    scores, right = (np.take_along_axis(each, rows, axis=1) for each in (cosines, same))
    return Measurement(rows, scores, right, np.asarray(same.any(axis=1)), mean_cosine(known))


def compared(before: Measurement, after: Measurement, kept: Array, *, seed: int = 0) -> dict[str, Any]:
    """The paired difference, after − before, of the ``kept`` questions as JSON; {} where there are none."""
    answerable = kept & before.answerable
    if not answerable.any():
        return {}
    test = mcnemar(after.right[answerable, 0], before.right[answerable, 0])
    gain = bootstrap_difference(micro_ap, after.answers(kept), before.answers(kept), rng=np.random.default_rng(seed))
    return {
        "micro_ap_gained": gain.to_dict(),
        "mended": test.only_a,
        "broken": test.only_b,
        "mcnemar_p": test.p,
    }
