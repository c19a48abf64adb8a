"""Orderings that the thesis found: whether they hold on other photos, fail, or cannot be told there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.metrics.holm import holm
from resight.metrics.interval import Estimate
from resight.metrics.resampling import ResampledMeasure, Resamples
from resight.types import Array

from .thesis import EXPANDED_KS, KS, TABLES, TRANSFORMS, Cell

Pair = tuple[tuple[str, Cell], tuple[str, Cell]]
"""Two cells, each with its table: the first is said to be the larger."""


LEVEL: Final = 0.05
"""Chance that any of the orderings is told to hold or to fail where nothing differs, at most."""


CellOf = Callable[[str, int], tuple[str, Cell]]
"""A transform and k to a cell and its table."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """A claim of the thesis: of some pairs of cells, the first are larger by the mean.

    Attributes
    ----------
    claim : in words.
    pairs : of cells that are compared.
    """

    claim: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class OrderingFinding:
    """An ordering and what became of it on some photos.

    Attributes
    ----------
    ordering : which.
    thesis : the mean difference in the thesis's tables, above 0 where its own figures hold it.
    gain : the same here, with its interval of paired resamples.
    p : two-sided, adjusted by Holm's correction for all orderings; the interval is that of this one alone.
    """

    ordering: Ordering
    thesis: float
    gain: Estimate
    p: float

    @property
    def verdict(self) -> str:
        """Whether it "holds" or "fails" where the adjusted p is at most LEVEL, else "not told apart"."""
        if self.p > LEVEL:
            return "not told apart"
        return "holds" if self.gain.value > 0 else "fails"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "claim": self.ordering.claim,
            "thesis": self.thesis,
            "here": self.gain.to_dict(),
            "p": self.p,
            "verdict": self.verdict,
        }


def _pairs(first: CellOf, second: CellOf, *ks: int) -> tuple[Pair, ...]:
    """Pairs of cells for each transform and k."""
    return tuple((first(name, k), second(name, k)) for name in TRANSFORMS for k in ks)


def _whitened(name: str, k: int) -> tuple[str, Cell]:
    return "5.1", (True, name, k)


def _plain(name: str, k: int) -> tuple[str, Cell]:
    return "5.1", (False, name, k)


def _sum(name: str, k: int) -> tuple[str, Cell]:
    return "5.6", (True, name, k)


_LARGE: Final = tuple(k for k in KS if k >= 7)
_SEVERAL: Final = tuple(k for k in KS if k > 1)
_OTHERS: Final = tuple(name for name in TRANSFORMS if name != "identity")
_EXPANDED: Final = tuple(name for _, name, k in TABLES["5.2"] if name != "Mean k-NN" and k == 3)

ORDERINGS: Final = (
    Ordering("whitening helps from k = 7 on", _pairs(_whitened, _plain, *_LARGE)),
    Ordering("whitening hurts at k = 1", ((_plain("identity", 1), _whitened("identity", 1)),)),
    Ordering("without whitening k = 23 is worse than k = 3", tuple((_plain(f, 3), _plain(f, 23)) for f in TRANSFORMS)),
    Ordering(
        "other transforms than x do not help, whitened",
        tuple((_whitened("identity", k), _whitened(f, k)) for f in _OTHERS for k in _SEVERAL),
    ),
    Ordering(
        "Mean k-NN does not beat the plain vote, whitened",
        tuple((_whitened("identity", k), ("5.2", (True, "Mean k-NN", k))) for k in EXPANDED_KS),
    ),
    Ordering(
        "α-expansion does not help Mean k-NN",
        tuple(
            (("5.2", (whitened, "Mean k-NN", k)), ("5.2", (whitened, alpha, k)))
            for whitened in (True, False)
            for alpha in dict.fromkeys(_EXPANDED)
            for k in EXPANDED_KS
        ),
    ),
    Ordering("the sum of 1 and √2 beats the photo as it is, whitened", _pairs(_sum, _whitened, *_SEVERAL)),
    Ordering(
        "maxima of columns beat those of rows, whitened",
        tuple((("5.5", (True, "columns", k)), ("5.5", (True, "rows", k))) for k in KS),
    ),
    Ordering(
        "the best matrix (columns, k = 7) beats the best single descriptor (x, k = 7), whitened",
        ((("5.5", (True, "columns", 7)), _whitened("identity", 7)),),
    ),
    Ordering(
        "the best sum (x, k = 13) beats the best matrix (columns, k = 7), whitened",
        ((_sum("identity", 13), ("5.5", (True, "columns", 7))),),
    ),
)
"""Claims of the thesis's chapter 5 and conclusion, as the differences of its own cells."""


def find(cells: Mapping[str, Mapping[Cell, ResampledMeasure]], resamples: Resamples) -> tuple[OrderingFinding, ...]:
    """Find what became of each ordering."""
    gains = [_gain(ordering, cells) for ordering in ORDERINGS]
    adjusted = holm(np.array([resamples.p_value(gain) for gain in gains]))
    return tuple(
        OrderingFinding(ordering, thesis_gain(ordering), resamples.estimate(gain), float(p))
        for ordering, gain, p in zip(ORDERINGS, gains, adjusted, strict=True)
    )


def thesis_gain(ordering: Ordering) -> float:
    """The mean difference of an ordering's pairs in the thesis."""
    return float(np.mean([TABLES[a[0]][a[1]] - TABLES[b[0]][b[1]] for a, b in ordering.pairs]))


def _gain(ordering: Ordering, cells: Mapping[str, Mapping[Cell, ResampledMeasure]]) -> ResampledMeasure:
    return _mean([cells[a[0]][a[1]] - cells[b[0]][b[1]] for a, b in ordering.pairs])


def _mean(gains: Sequence[ResampledMeasure]) -> ResampledMeasure:
    return ResampledMeasure(
        float(np.mean([gain.value for gain in gains])),
        _rows(gain.drawn for gain in gains).mean(axis=0),
        _rows(gain.left_out for gain in gains).mean(axis=0),
    )


def _rows(arrays: Iterable[Array]) -> Array:
    return np.stack([*arrays])
