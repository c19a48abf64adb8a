"""Calibration: from evidence to the probability that the named instance is right, fitted on the gallery alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import StoredCalibration
from resight.gallery.remedies import damaged
from resight.metrics.acceptance import Threshold, threshold_at
from resight.metrics.checks import is_number
from resight.types import Array

from . import conditional_logit, importance
from .held_out import NONE_HELD_OUT, HeldOutAnswers
from .prior import UNASKED, Scale, signs, starting_point, without
from .samples import CalibrationSamples

LEAST: Final = 0.1
"""Probability, at an even share, below which no photo is named at a small false-accept rate, whatever it is."""

EVEN: Final = 0.5
"""A photo is named where its first candidate is more likely right than wrong, unless a false-accept rate is chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Weights of the evidence, and what unknown photos got under them.

    Attributes
    ----------
    columns : names of the evidence, and "constant".
    scale : of the evidence.
    weights : (e + 1,).
    impostors : (i,) probability of the best candidate for photos and views whose instance was left out, and for the
        user's unknown photos, or for strangers where there are none, with as many unknown as known photos expected.
    unknown_photos : how many photos these are of; views of one photo are too alike to promise a rate.
    counts : questions of each kind it was fitted on.
    photos : of the gallery at the time.
    held_out : answers to the questions, each by a fit without its instance.
    """

    columns: tuple[str, ...]
    scale: Scale
    weights: Array
    impostors: Array
    unknown_photos: int
    counts: Mapping[str, int]
    photos: int
    held_out: HeldOutAnswers = NONE_HELD_OUT

    def __repr__(self) -> str:
        return f"<Calibration of {self.photos} photos: {sum(self.counts.values())} questions>"

    def logits(self, evidence: Array) -> Array:
        """Log odds ``(k,)`` of each candidate against "none", unknown photos being as common as known ones."""
        return self.scale(evidence) @ self.weights

    def probabilities(self, evidence: Array, *, unknown_share: float = EVEN, orientations: int = 1) -> Array:
        """Probability of each candidate ``(k,)``; the rest is that of "none".

        ``unknown_share`` of photos to expect, between 0 and 1. Raises ValueError for another. The candidates may be of
        several ``orientations`` of the photo, as it is and mirrored, each as likely as the others.
        """
        require_share(unknown_share)
        offset = float(np.log(unknown_share / (1 - unknown_share)) + np.log(orientations))
        return conditional_logit.probabilities(
            self.scale(evidence), np.ones(len(evidence), bool), self.weights, offset=offset
        )

    def threshold(
        self,
        false_accept_rate: float | None = None,
        *,
        false_discovery_rate: float | None = None,
        unknown_share: float = EVEN,
    ) -> Threshold:
        """The least probability, at an even share, that at most a share ``false_accept_rate`` of unknown photos
        reaches, and from which at most a share ``false_discovery_rate`` of names is wrong; of both the larger one.

        A few impostors may all have had next to none, so it is LEAST at least, and less only as far as
        ``false_accept_rate`` nears 1; where they are too few to promise the rate, it is not below EVEN, which is asked
        where no rate is chosen. How many names are wrong depends on the ``unknown_share`` of photos; that is promised
        for photos like those that the gallery was asked about, with a chance of nine in ten, and where it cannot be,
        the threshold is the probability that says so by itself. Raises ValueError for rates that are not in [0, 1] or
        where none is given, GalleryError where what they rest on was never asked.
        """
        require_rate(false_accept_rate)
        require_rate(false_discovery_rate, "false_discovery_rate")
        require_share(unknown_share)
        if false_discovery_rate is None:
            if false_accept_rate is None:
                raise ValueError("no rate is given; wanted a false_accept_rate, a false_discovery_rate or both")
            return self._accepting(false_accept_rate)
        if not len(self.held_out):
            raise GalleryError(
                f"a false-discovery rate of {false_discovery_rate:.3g} is wanted of a gallery that has not been asked "
                "what such a promise rests on: run `resight index` on it once more, or name photos without such a rate"
            )
        if false_accept_rate is None:
            return self.held_out.threshold(false_discovery_rate, unknown_share)
        accepting = self._accepting(false_accept_rate)
        both = self.held_out.threshold(false_discovery_rate, unknown_share, least=accepting.value)
        return replace(
            both,
            false_accept_rate=accepting.false_accept_rate,
            rate=float((self.impostors >= both.value).mean()),
            impostors=accepting.impostors,
            promised=both.promised and accepting.promised,
        )

    def _accepting(self, false_accept_rate: float) -> Threshold:
        if not len(self.impostors):
            raise GalleryError(
                f"a false-accept rate of {false_accept_rate} is wanted of a gallery that was asked about no unknown "
                "photo: index two things or more, or photos of unknown ones with --unknown, or name photos "
                "without such a rate"
            )
        found = threshold_at(false_accept_rate, self.impostors)
        promised = false_accept_rate * self.unknown_photos >= 1
        value = max(found.value, LEAST * (1 - false_accept_rate) if promised else EVEN)
        return replace(
            found,
            value=value,
            rate=float((self.impostors >= value).mean()),
            impostors=self.unknown_photos,
            promised=promised,
        )

    def summary(self) -> dict[str, Any]:
        """Summary of how it was fitted, for people and JSON."""
        return {
            "photos": self.photos,
            "questions": dict(self.counts),
            "weights": dict(zip(self.columns, (round(float(weight), 4) for weight in self.weights), strict=True)),
            "least_false_accept_rate": 1 / self.unknown_photos if self.unknown_photos else None,
            "least_false_discovery_rate": self.held_out.least_rate(EVEN),
        }

    def arrays(self) -> dict[str, Array]:
        """The arrays that a gallery's file stores, beside :meth:`parameters`."""
        return {
            "centre": self.scale.centre,
            "spread": self.scale.spread,
            "weights": self.weights,
            "impostors": self.impostors,
            **self.held_out.arrays(),
        }

    def parameters(self) -> dict[str, Any]:
        """The numbers that a gallery's file stores, beside :meth:`arrays`."""
        return {
            "columns": list(self.columns),
            "counts": dict(self.counts),
            "photos": self.photos,
            "strangers": self.unknown_photos,
        }

    @classmethod
    def of(cls, parameters: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """Restores a calibration from a gallery's file; raises GalleryError for what :func:`fit` does not give."""
        _require_fitted(parameters, arrays)
        scale = Scale(arrays["centre"], arrays["spread"])
        columns = tuple(parameters["columns"])
        numbers = parameters["strangers"], parameters["counts"], parameters["photos"]
        return cls(columns, scale, arrays["weights"], arrays["impostors"], *numbers, HeldOutAnswers.of(arrays))


def stored(gallery: Gallery) -> StoredCalibration | None:
    """A gallery's stored calibration, None without one; raises GalleryError for what :func:`fit` has not given."""
    found = gallery.calibration()
    if found is None:
        return None
    try:
        Calibration.of(found.parameters, found.arrays)
        CalibrationSamples.of(found.arrays)
        _require_counts([found.parameters.get("asked_at")])
    except GalleryError as error:
        raise damaged(gallery.location, f"its calibration is wrong: {error}") from error
    return found


def unknown_photos_in(gallery: Gallery) -> int:
    """Number of photos that the gallery was asked about as unknown ones."""
    found = stored(gallery)
    return 0 if found is None else int(found.parameters["strangers"])


def _require_fitted(parameters: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    columns, counts = parameters.get("columns"), parameters.get("counts")
    if (
        not isinstance(columns, list)
        or not all(isinstance(name, str) for name in columns)
        or columns[-1:] != ["constant"]
    ):
        raise GalleryError(f"it weighs {columns!r:.80}; wanted names of evidence, and constant")
    tallies = [*counts.values()] if isinstance(counts, dict) else [None]
    _require_counts([*tallies, parameters.get("photos"), parameters.get("strangers")])
    count = len(columns)
    shapes = {"centre": (count - 1,), "spread": (count - 1,), "weights": (count,)}
    impostors = arrays.get("impostors", np.zeros(0))
    fits = {name: arrays[name].shape for name in shapes if name in arrays} == shapes and impostors.ndim == 1
    if (
        not fits
        or not all((np.abs(arrays[name]) < _LARGEST).all() for name in shapes)
        or not (arrays["spread"] > 0).all()
    ):
        raise GalleryError(
            f"its centre, spread and weights are not {count} finite numbers each, or a spread is not above 0"
        )
    if not ((impostors >= 0) & (impostors <= 1)).all() or parameters["strangers"] > len(impostors):
        raise GalleryError("what its impostors got is no probability, or they are fewer than it says")


def _require_counts(tallies: Sequence[object]) -> None:
    if not all(type(tally) is int and tally >= 0 for tally in tallies):
        raise GalleryError(f"it counts {tallies!r:.80}; wanted whole numbers")


_LARGEST: Final = 1e6
"""Largest weight, centre or spread of evidence that a file may hold; none comes near it."""


def require_share(unknown_share: float) -> None:
    """Raise ValueError for a share of unknown photos that leaves nothing to decide."""
    if not (is_number(unknown_share) and 0 < unknown_share < 1):
        raise ValueError(f"unknown_share is {unknown_share!r:.80}; wanted more than 0 and less than 1, such as 0.5")


def require_rate(rate: float | None, name: str = "false_accept_rate") -> None:
    """Raise ValueError for a rate of that ``name`` that is none; None is that nobody chose one."""
    if rate is not None and not (is_number(rate) and 0 <= rate <= 1):
        words = name.replace("_", "-", 1).replace("_", " ")
        raise ValueError(f"{name} is {rate!r:.80}; wanted a {words} from 0 to 1, such as 0.01")


def fit(columns: Sequence[str], samples: CalibrationSamples, *, photos: int) -> Calibration:
    """The calibration of a gallery of ``photos`` that was asked ``samples``, weighed by
    :func:`resight.calibration.importance.balanced`.

    Known and unknown questions count alike as wholes, so that the fit expects as many of one as of the other.
    """
    scale, prior = starting_point(columns)
    questions = conditional_logit.Questions(scale(samples.evidence), samples.present, samples.answers)
    # An unknown print of a picture, wrongly labelled, would unteach all the rest.
    taught = replace(questions, evidence=scale(without(UNASKED, columns, samples.evidence)))
    weights = conditional_logit.fit(taught, prior, importance=importance.balanced(samples), signs=signs(columns))
    probabilities = conditional_logit.probabilities(questions.evidence, questions.present, weights)
    chosen = importance.impostors(samples)
    impostors, unknown = probabilities[chosen].max(axis=1, initial=0.0), importance.photos(samples, chosen)
    return Calibration((*columns, "constant"), scale, weights, impostors, unknown, samples.counts(), photos)
