"""Samples that a calibration is fitted on: questions that a gallery was asked about itself, and their candidates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.gallery.records import Arrays
from resight.search.candidates import Candidates
from resight.types import Array

Key = tuple[int, int, int]
"""Photo, kind and token of a question."""

_MOST: Final = 1000
"""Candidates of a question, far more than are ever compared."""


class QueryKind(IntEnum):
    """A kind of question. A gallery's file keeps the numbers, so that a new kind takes the next one.

    Attributes
    ----------
    words : what a count of them is called where a calibration is summed up.
    is_known : whether the gallery is to know the thing.
    is_view : whether a simulated view of the photo is shown, instead of the photo as it is known.
    is_given : whether a person gave the photo, which is none of the gallery's own.
    """

    words: str
    is_known: bool
    is_view: bool
    is_given: bool

    HELD_OUT = 0, "held out", True, False
    """A known photo, asked without itself."""

    VIEW = 1, "view", True, True
    """A view of a known photo, which is to be recognised by that photo."""

    LEFT_OUT = 2, "left out", False, False
    """A known photo, asked without its whole instance."""

    LEFT_OUT_VIEW = 3, "left-out view", False, True
    """A view of a known photo, asked without its whole instance."""

    UNKNOWN = 4, "unknown", False, False, True
    """A photo that the user gives as unknown."""

    EXAMPLE = 5, "example", True, False, True
    """A photo of a known thing that the user gives as an example of real use."""

    STRANGER = 6, "stranger", False, False
    """An everyday photo that an encoder brings, by its descriptor alone."""

    def __new__(cls, number: int, words: str, is_known: bool, is_view: bool, is_given: bool = False) -> Self:
        """The kind of a number, with what is known of it."""
        kind = int.__new__(cls, number)
        kind._value_ = number
        kind.words, kind.is_known, kind.is_view, kind.is_given = words, is_known, is_view, is_given
        return kind


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSamples:
    """Questions with their candidates.

    Attributes
    ----------
    ids : (q,) photo asked about, -1 for one that a person gave and for a stranger.
    kinds : (q,) numbers of a QueryKind.
    tokens : (q,) what else the question depends on: the photo's instance, of how many photos, and which view it is;
        of a photo that a person gave, its content; of a stranger, which it is, and of how many photos the gallery is.
    evidence, present : (q, k, e) and (q, k), as in :class:`resight.calibration.conditional_logit.Questions`.
    answers : (q,) column of the right candidate, -1 where none of them is.
    candidates : (q, k) ids of the candidates.
    """

    ids: Array
    kinds: Array
    tokens: Array
    evidence: Array
    present: Array
    answers: Array
    candidates: Array

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def photos(self) -> Array:
        """Numbers ``(q,)`` from 0 of the photos that are asked about: several views of one are one photo.

        A photo that a person gave has no id, and its token is its content; another question's token is its view.
        """
        keys = np.column_stack([self.ids, np.where(self.ids < 0, self.tokens, 0)])
        return np.unique(keys, axis=0, return_inverse=True)[1].reshape(len(self))

    @property
    def known(self) -> Array:
        """(q,) whether the gallery knew the thing it was asked about."""
        return np.isin(self.kinds, [kind for kind in QueryKind if kind.is_known])

    @property
    def given(self) -> Array:
        """(q,) whether a person gave the photo."""
        return np.isin(self.kinds, [kind for kind in QueryKind if kind.is_given])

    def asked(self) -> list[Key]:
        """Keys of the queries that were asked, to tell what need not be asked again."""
        return list(zip(self.ids.tolist(), self.kinds.tolist(), self.tokens.tolist(), strict=True))

    def only(self, wanted: Sequence[bool] | Array) -> Self:
        """The questions that are ``wanted``."""
        rows = np.flatnonzero(wanted)
        return type(self)(**{name: getattr(self, name)[rows] for name in _FIELDS})

    def forgetting(self, ids: Collection[int]) -> Self:
        """A copy without the photos of these ``ids``.

        What had one of them among its candidates has to be asked again; but a photo that a person gave may not be at
        hand to be asked again, and keeps its other candidates.
        """
        gone = self.present & np.isin(self.candidates, list(ids))
        lost = np.take_along_axis(gone, np.maximum(self.answers, 0)[:, None], axis=1)[:, 0] & (self.answers >= 0)
        answers = np.where(lost, -1, self.answers)
        return replace(self, present=self.present & ~gone, answers=answers).only(self.given | ~gone.any(axis=1))

    def counts(self) -> dict[str, int]:
        """Number of queries of each kind."""
        return {kind.words: int((self.kinds == kind).sum()) for kind in QueryKind}

    def arrays(self) -> Arrays:
        """The arrays that a gallery's file stores."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Restores samples from a gallery's file.

        Raises GalleryError for arrays that do not fit each other or are not finite.
        """
        stored = {name: arrays.get(name, np.zeros(0)) for name in _FIELDS}
        evidence = stored["evidence"]
        q, k = evidence.shape[:2] if evidence.ndim == 3 else (-1, -1)
        wanted = {"evidence": evidence.shape, "present": (q, k), "candidates": (q, k)}
        fits = all(array.shape == wanted.get(name, (q,)) for name, array in stored.items())
        if not fits or k > _MOST or not np.isfinite(evidence).all() or stored["present"].dtype != bool:
            shapes = {name: array.shape for name, array in stored.items()}
            raise GalleryError(f"the questions that a calibration rests on are {shapes}, or not of finite numbers")
        kinds, answers = stored["kinds"], stored["answers"]
        if not (np.isin(kinds, list(QueryKind)) & (answers >= -1) & (answers < max(k, 1))).all():
            raise GalleryError("the questions that a calibration rests on are of no kind, or have no such answer")
        return cls(**stored)


_FIELDS: Final = ("ids", "kinds", "tokens", "evidence", "present", "answers", "candidates")


def row(candidates: Candidates, id: int, kind: int, token: int, right: int) -> CalibrationSamples:
    """A query's answer as arrays of one row."""
    return CalibrationSamples(
        np.array([id]),
        np.array([kind]),
        np.array([token]),
        candidates.evidence[None],
        np.ones((1, len(candidates)), bool),
        np.array([right]),
        np.array(candidates.ids, np.int64)[None],
    )


def concatenate(given: Sequence[CalibrationSamples], width: int) -> CalibrationSamples:
    """Blocks as one, padded to the largest number of candidates, at least 1; ``width`` columns of evidence."""
    most = max([1, *(block.present.shape[1] for block in given)])

    def padded(array: Array) -> Array:
        if array.ndim == 1:
            return array
        gap = [(0, 0)] * array.ndim
        gap[1] = (0, most - array.shape[1])
        return np.pad(array, gap)

    no = np.zeros(0, np.int64)
    blocks = [
        CalibrationSamples(
            no, no, no, np.zeros((0, most, width)), np.zeros((0, most), bool), no, np.zeros((0, most), np.int64)
        )
    ]
    blocks += given
    joined = {name: np.concatenate([padded(getattr(block, name)) for block in blocks]) for name in _FIELDS}
    return CalibrationSamples(**joined)
