"""Held-out answers: what a gallery's questions got from fits without their instance, by which a false-discovery rate is
promised.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.gallery.records import Arrays
from resight.metrics.acceptance import Threshold
from resight.metrics.risk import DELTA, binomial_tail, control_risk
from resight.types import Array

from .importance import impostors
from .samples import CalibrationSamples, QueryKind

FOLDS: Final = 5
"""Parts that the instances are dealt to, each of which is left out of a fit."""

SPARE: Final = 2.5
"""Standard deviations by which fewer photos are drawn than there are, where there are few."""

SHORT: Final = 0.01
"""Chance that a draw of known and unknown photos takes more of either than there are, and is made again."""

RATES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3)
"""False-discovery rates of which a gallery tells the least that it can promise."""

Sizes = tuple[int, int, int]
"""Photos that were asked about as unknown alone, as known alone, and in both ways."""

_PREFIX: Final = "held_out_"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutAnswers:
    """First answers to questions, each by a fit to the questions about other instances.

    Attributes
    ----------
    confidences : (q,) probability of the first candidate, with as many unknown as known photos expected.
    right : (q,) bool, whether that is what the photo shows.
    known : (q,) bool, whether the gallery knew what it shows.
    photos : (q,) number of the photo that was asked about; views of one are too alike to count twice.
    """

    confidences: Array
    right: Array
    known: Array
    photos: Array

    def __len__(self) -> int:
        return len(self.confidences)

    def threshold(self, rate: float, unknown_share: float, *, least: float = 0.0) -> Threshold:
        """The least confidence, not below ``least``, from which at most a share ``rate`` of names is wrong, where a
        share ``unknown_share`` of photos is unknown.

        Where that cannot be promised it is the confidence that says so by itself.
        """
        return _threshold(self, rate, unknown_share, least)

    def least_rate(self, unknown_share: float) -> float | None:
        """The least of RATES that can be promised; None where none can."""
        if not len(self):
            return None
        return next((rate for rate in RATES if self.threshold(rate, unknown_share).promised), None)

    def draw(self, unknown_share: float) -> Array:
        """Rows of questions about different photos, in no order, that are as photos of use would come.

        Each is an independent draw: unknown with a chance of ``unknown_share``, and of a photo that was asked about
        that way alone or in both, with chances that there are enough of them for. So the exact binomial tail holds,
        which it would not for a fixed number of each.
        """
        rng = np.random.default_rng(0)
        photos, places = np.unique(self.photos, return_inverse=True)
        one_of = np.full((2, len(photos)), -1)  # a question about each photo, as unknown and as known
        for row in rng.permutation(len(self)).tolist():
            one_of[int(self.known[row]), places[row]] = row
        is_asked = one_of >= 0
        alone, both = (
            rng.permutation(np.flatnonzero(where)) for where in (is_asked.sum(axis=0) == 1, is_asked.all(axis=0))
        )
        pools = alone[is_asked[0, alone]], alone[is_asked[1, alone]], both
        sizes = len(pools[0]), len(pools[1]), len(pools[2])
        chances, count = _largest_draw(sizes, unknown_share)
        drawn = _drawn(rng, count, chances, sizes)
        parts = [
            one_of[0, pools[0][: drawn[0]]],
            one_of[1, pools[1][: drawn[1]]],
            one_of[0, both[: drawn[2]]],
            one_of[1, both[drawn[2] : drawn[2] + drawn[3]]],
        ]
        return rng.permutation(np.concatenate(parts))

    def arrays(self) -> Arrays:
        """The arrays that a gallery's file stores."""
        return {f"{_PREFIX}{name}": getattr(self, name) for name in _FIELDS}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Restores them from a gallery's file, none from one without; raises GalleryError for what does not fit."""
        if not cls.are_in(arrays):
            return cls(*NONE_HELD_OUT.arrays().values())
        answers = cls(*(arrays[f"{_PREFIX}{name}"] for name in _FIELDS))
        shapes = {getattr(answers, name).shape for name in _FIELDS}
        kinds = [getattr(answers, name).dtype.kind for name in _FIELDS]
        if shapes != {(answers.confidences.size,)} or kinds != ["f", "b", "b", "i"]:
            raise GalleryError(f"its held-out answers are of shapes {sorted(shapes)} and kinds {kinds}")
        if not ((answers.confidences >= 0) & (answers.confidences <= 1)).all():
            raise GalleryError("what its held-out answers got is no probability")
        return answers

    @staticmethod
    def are_in(arrays: Arrays) -> bool:
        """Whether a gallery's file has them: one that an older resight calibrated has none."""
        return all(f"{_PREFIX}{name}" in arrays for name in _FIELDS)


_FIELDS: Final = ("confidences", "right", "known", "photos")

NONE_HELD_OUT: Final = HeldOutAnswers(np.zeros(0), np.zeros(0, bool), np.zeros(0, bool), np.zeros(0, np.int64))
"""No answers, as of a calibration without questions."""


def cross_fit(samples: CalibrationSamples, instances: Sequence[str], probabilities: Callable[[Array], Array]) -> Array:
    """Probabilities ``(q, k)`` of the candidates of each question, by a fit that knows nothing of its instance.

    ``instances (q,)`` are what the questions are about; ``probabilities`` gives the probabilities ``(q, k)`` of all
    candidates by a fit to the questions that it is told to keep, ``(q,)`` bool.
    """
    folds = np.array([zlib.crc32(name.encode(errors="surrogateescape")) % FOLDS for name in instances], np.int64)
    found = np.zeros(samples.present.shape)
    for fold in np.unique(folds):
        here = folds == fold
        found[here] = np.where(samples.present, probabilities(~here), 0.0)[here]
    return found


def hold_out(samples: CalibrationSamples, probabilities: Array) -> HeldOutAnswers:
    """First answers to questions by their ``probabilities (q, k)`` of :func:`cross_fit`.

    That the fit to all questions behaves as the fits to four fifths of them is what a promise takes for granted.
    Strangers, and photos asked as they are with their thing left out where views of them are asked so, are in the fits
    alone: photos of use are not like them.
    """
    confidences = probabilities.max(axis=1, initial=0.0)
    right = samples.known & (probabilities.argmax(axis=1) == samples.answers)
    counted = samples.known | (impostors(samples) & (samples.kinds != QueryKind.STRANGER))
    return HeldOutAnswers(*(each[counted] for each in (confidences, right, samples.known, samples.photos)))


@lru_cache(maxsize=16)
def _threshold(answers: HeldOutAnswers, rate: float, unknown_share: float, least: float) -> Threshold:
    """:meth:`HeldOutAnswers.threshold`, which every answer asks anew."""
    rows = answers.draw(unknown_share)
    # A draw that is made again where it was impossible is at most 1 / (1 − SHORT) times as often an unlucky one.
    tested = control_risk(rate, answers.confidences[rows], ~answers.right[rows], delta=DELTA * (1 - SHORT))
    kept = tested.thresholds[tested.thresholds >= least]
    promised, photos = len(kept) > 0, len(np.unique(answers.photos))
    value = float(kept.min()) if promised else max(least, _sure(rate, unknown_share))
    needed = 0 if promised else tested.needed
    if needed:
        needed = max(int(np.ceil(needed * photos / max(len(rows), 1))), photos + 1)
    return Threshold(value, None, 0.0, 0, promised, float(rate), tested.names, tested.wrong, photos, needed)


def _sure(rate: float, unknown_share: float) -> float:
    """Probability at an even share that says of a name that its chance to be wrong is ``rate`` at the expected one."""
    odds = max(unknown_share / (1 - unknown_share), 1.0)
    return (1 - rate) * odds / ((1 - rate) * odds + rate) if rate < 1 else 0.0


def _largest_draw(sizes: Sizes, share: float) -> tuple[Array, int]:
    """Chances of a draw to be of a photo that was asked about as unknown alone, as known alone, and as either in both
    ways; and the most draws that ask for more of them than there are with a chance of SHORT at most.

    Photos of one way alone are drawn by their number, or by so many less that a draw hardly ever asks for more.
    """
    unknown, known, both = sizes
    total, best = unknown + known + both, (np.array([0, 0, share, 1 - share]), 0)
    sides = []
    for count, part in ((unknown, share), (known, 1 - share)):
        fair = count / max(count + both, 1)
        scarce = max(count - SPARE * np.sqrt(count), 0.0) / (total * part)
        sides.append({fair, min(fair, scarce)})
    for first, second in product(*sides):
        chances = np.array([share * first, (1 - share) * second, share * (1 - first), (1 - share) * (1 - second)])
        low, high = 0, total
        while low < high:
            middle = (low + high + 1) // 2
            limits, wanted = np.array([unknown, known, both]), np.append(chances[:2], chances[2:].sum())
            within = binomial_tail(np.minimum(limits, middle), np.full(3, middle), wanted)
            low, high = (middle, high) if (1 - within).sum() <= SHORT else (low, middle - 1)
        best = (chances, low) if low > best[1] else best
    return best


def _drawn(rng: np.random.Generator, count: int, chances: Array, sizes: Sizes) -> Array:
    """Draw how many of ``count`` photos are of each kind, as far as there are as many."""
    while True:
        drawn = rng.multinomial(count, chances / chances.sum())
        if drawn[0] <= sizes[0] and drawn[1] <= sizes[1] and drawn[2] + drawn[3] <= sizes[2]:
            return drawn
