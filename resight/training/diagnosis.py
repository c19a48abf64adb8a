"""Verdicts on a training run, in the words of Kohl 2017: what went wrong, by numbers, and what to try.

Its section 5 judges by eye; the thresholds are ours (docs/papers.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

FALLEN: Final = 0.98
"""A loss above this share of its start has not fallen."""
HIGH: Final = 0.2
"""A loss that stands above this share of its start stands high."""
LOW: Final = 0.05
"""A loss below this share of its start goes to zero."""
STILL: Final = 0.01
"""Largest gain of the loss, as a share of its start, on a plateau; and precision at 1 where it is flat."""
ALIKE: Final = 0.98
"""Mean cosine of two photos above which all are the same to the network."""
EARLY: Final = 3
"""Epochs after which a loss must have fallen."""
WINDOW: Final = 5
"""Epochs of a plateau."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict on what a run suffers from.

    Attributes
    ----------
    name : "collapse", or "DNC", "CH", "CBT" as in Kohl's Table 1.
    meaning : in a sentence.
    advice : what to try, the likeliest first.
    """

    name: str
    meaning: str
    advice: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a report."""
        return {"name": self.name, "meaning": self.meaning, "advice": list(self.advice)}


COLLAPSE: Final = Verdict(
    "collapse",
    "all photos have almost the same descriptor",
    (
        "mine semi-hard negatives before the hardest",
        "lower the learning rate",
        "enlarge the batch, or train by classification first",
    ),
)
DNC: Final = Verdict(
    "DNC",
    "did not converge: the loss has hardly fallen",
    (
        "change the learning rate by a factor of ten, either way",
        "freeze fewer layers",
        "start from weights that were trained by classification",
    ),
)
CH: Final = Verdict(
    "CH",
    "converged high: the loss stands still far from zero",
    (
        "lower the learning rate, or let it fall by a schedule",
        "mine easier pairs or triplets",
        "freeze fewer layers, or weaken the augmentation",
    ),
)
CBT: Final = Verdict(
    "CBT",
    "converged, but the test is no better: the loss goes to zero and precision at 1 has not risen",
    (
        "strengthen the augmentation",
        "mine harder pairs or triplets",
        "freeze more layers: there may be too few photos for so many weights",
    ),
)


def verdicts(
    start: float, losses: Sequence[float], precisions: Sequence[float], *, cosine: float | None = None
) -> tuple[Verdict, ...]:
    """Everything that a run suffers from so far; nothing where it is sound or too young to tell.

    ``start`` is the mean loss of one and the same sample before the first step, ``losses (e,)`` after each epoch: that
    of what was mined says nothing, since it is of other pairs or triplets each time. ``precisions (e + 1,)`` are
    precision at 1 on the validation queries, before the first epoch and after each; ``cosine`` is `mean_cosine` of the
    validation photos. DNC: after 3 epochs the loss is not under 0.98 of its start, or not a number; a loss of zero has
    converged wherever it began. CH: it stands still over 0.2 of its start. CBT: it goes to zero while precision at 1
    stays where it was, below 1.
    """
    suffered = ((COLLAPSE, cosine is not None and cosine > ALIKE), *_by_loss(start, losses, precisions))
    return tuple(verdict for verdict, holds in suffered if holds)


def _by_loss(start: float, losses: Sequence[float], precisions: Sequence[float]) -> tuple[tuple[Verdict, bool], ...]:
    if not losses:
        return ()
    last = losses[-1]
    stuck = not math.isfinite(last) or (len(losses) >= EARLY and last > 0 and not last < FALLEN * start)
    high = not stuck and last > HIGH * start and _plateau(losses, start)
    return (DNC, stuck), (CH, high), (CBT, last < LOW * start and _flat(precisions))


def _plateau(losses: Sequence[float], start: float) -> bool:
    """The last epochs have brought the loss no lower than those before."""
    return len(losses) > WINDOW and min(losses[:-WINDOW]) - min(losses[-WINDOW:]) < STILL * start


def _flat(precisions: Sequence[float]) -> bool:
    """Precision at 1 has not risen, though it could have."""
    if len(precisions) <= EARLY or precisions[0] > 1 - STILL:
        return False
    return max(precisions[1:]) - precisions[0] < STILL
