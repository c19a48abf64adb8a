"""Control for the camera: how well places are told apart by what shows hardly anything of them.

Two cities are photographed by two cameras, at two times, in two lights. What can be told from a bit of sky, a patch or
a blur need not be the place; what colours and noise alone tell is that of the camera or of the light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.interpretation.ade20k import number_of
from resight.io import images
from resight.metrics.interval import Estimate, bootstrap
from resight.results import percent
from resight.types import Array

CROPPED: Final = ("sky", "road", "ceiling", "floor", "wall")
"""Objects whose crops show next to nothing of a place."""

LEAST: Final = 32
"""Side of the smallest crop that is asked about, in pixels of a photo of 224."""

FEWEST: Final = 10
"""Crops of an object from which accuracy is told."""

PATCH: Final = 64
"""Side of a patch, in pixels."""

BLURRED: Final = 28
"""Pixels a side that a blurred photo has left."""

STATISTICS: Final = "colours and noise alone"
"""The control that no network is asked for: a linear discriminant of `camera_statistics`."""

Ask = Callable[[Array], Array]
"""Photos ``(n, h, w, 3)`` to the places that a network takes them for, ``(n,)``."""


@dataclass(frozen=True, slots=True)
class ControlResult:
    """Accuracy under one control.

    Attributes
    ----------
    model : that was asked, or STATISTICS.
    shown : what it was shown, a phrase.
    accuracy : with an interval that draws spots; None where too few photos have such a part.
    photos : that were asked about.
    chance : share of the most frequent place among these.
    """

    model: str
    shown: str
    accuracy: Estimate | None
    photos: int
    chance: float

    @property
    def is_above_chance(self) -> bool:
        """Whether its interval lies above chance."""
        return self.accuracy is not None and self.accuracy.low > self.chance


def controls(
    asked: Mapping[str, Ask], photos: Array, labels: Array, spots: Array, objects: Array | None, *, seed: int
) -> Iterator[ControlResult]:
    """Accuracy of each model on whole photos ``(n, h, w, 3)``, and on what shows less and less of a place.

    ``objects (n, h, w)`` are label maps as "annotations" (`ade20k`) number them; without them no crops are asked about.
    """
    shown: list[tuple[str, Array, Array]] = [
        ("whole photos", np.arange(len(photos)), photos),
        (f"photos of {BLURRED} pixels, enlarged", np.arange(len(photos)), blurred(photos)),
        (f"a patch of {PATCH} pixels", np.arange(len(photos)), patches(photos, rng=np.random.default_rng(seed))),
    ]
    if objects is not None:
        for name in CROPPED:
            rows, found = crops(photos, objects == number_of(name, "annotations"))
            shown.append((f"{name} alone", rows, found))
    for model, ask in asked.items():
        for phrase, rows, found in shown:
            accuracy = None
            if len(rows) >= FEWEST:
                accuracy = _accuracy(ask(found) == labels[rows], spots[rows], seed)
            yield ControlResult(model, phrase, accuracy, len(rows), chance(labels[rows]))


def control_count(with_objects: bool) -> int:
    """Number of results that `controls` have for each model."""
    return 3 + len(CROPPED) * with_objects


def _accuracy(right: Array, spots: Array, seed: int) -> Estimate:
    return bootstrap(np.mean, right.astype(float), rng=np.random.default_rng(seed), groups=spots)


def chance(labels: Array) -> float:
    """Share of the most frequent label, which naming it always would be right in; nan of none."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else float("nan")


def blurred(photos: Array) -> Array:
    """Photos ``(n, h, w, 3)`` reduced to BLURRED pixels a side and enlarged again."""
    height, width = photos.shape[1:3]
    small = (images.resize(photo, (BLURRED, BLURRED), resampling="area") for photo in photos)
    return np.stack([images.resize(one, (width, height), resampling="bicubic") for one in small])


def patches(photos: Array, *, rng: np.random.Generator) -> Array:
    """A square of PATCH pixels of each photo, drawn anywhere in it, enlarged to the photo's size."""
    height, width = photos.shape[1:3]
    found = []
    for photo in photos:
        top, left = int(rng.integers(height - PATCH + 1)), int(rng.integers(width - PATCH + 1))
        found.append(images.resize(photo[top : top + PATCH, left : left + PATCH], (width, height)))
    return np.stack(found)


def crops(photos: Array, masks: Array) -> tuple[Array, Array]:
    """The largest square of each photo that lies in its mask, enlarged to the photo's size, and the photos' rows.

    Photos without one of LEAST pixels are left out.
    """
    rows, found = [], []
    for row, mask in enumerate(masks):
        top, left, side = largest_square(mask)
        if side >= LEAST:
            rows.append(row)
            size = (photos.shape[2], photos.shape[1])
            found.append(images.resize(photos[row, top : top + side, left : left + side], size))
    kept = np.stack(found) if found else np.empty((0, *photos.shape[1:]), photos.dtype)
    return np.array(rows, np.intp), kept


def largest_square(mask: Array) -> tuple[int, int, int]:
    """(top, left, side) of a largest square of a mask ``(h, w)`` bool that is True throughout; side 0 for none."""
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    best, low, high = (0, 0, 0), 1, min(mask.shape)
    while low <= high:  # a square that is True holds smaller ones that are
        side = (low + high) // 2
        filled = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side] == side**2
        if filled.any():
            top, left = np.unravel_index(int(filled.argmax()), filled.shape)
            best, low = (int(top), int(left), side), side + 1
        else:
            high = side - 1
    return best


def camera_statistics(photos: Array) -> Array:
    """Nine numbers of each photo ``(n, h, w, 3)``: mean and deviation of each channel, and its noise.

    Noise is the mean difference of a pixel from the mean of the two beside it.
    """
    found = []
    for photo in photos:
        pixels = photo.astype(np.float32)
        noise = np.abs(pixels[:, 1:-1] - (pixels[:, :-2] + pixels[:, 2:]) / 2).mean(axis=(0, 1))
        found.append(np.concatenate([pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1)), noise]))
    return np.stack(found)


def statistics_control(
    photos: Array, labels: Array, spots: Array, learned: Array, tested: Array, *, seed: int
) -> ControlResult:
    """Accuracy of a linear discriminant of `camera_statistics` that learned the rows ``learned``, on ``tested``."""
    rows = camera_statistics(photos)
    right = _discriminate(rows[learned], labels[learned], rows[tested]) == labels[tested]
    return ControlResult(
        STATISTICS,
        "nine numbers of a photo",
        _accuracy(right, spots[tested], seed),
        len(tested),
        chance(labels[tested]),
    )


def _discriminate(learned: Array, labels: Array, asked: Array) -> Array:
    """Labels ``(q,)`` of rows ``asked (q, d)`` by Fisher's linear discriminant with one covariance for all classes."""
    names = np.unique(labels)
    means = np.stack([learned[labels == name].mean(axis=0) for name in names])
    within = learned - means[np.searchsorted(names, labels)]
    covariance = within.T @ within / len(learned)
    covariance += 1e-3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    directions = np.linalg.solve(covariance, means.T)
    scores = asked @ directions - (means.T * directions).sum(axis=0) / 2
    return np.asarray(names[scores.argmax(axis=1)])


def in_words(found: list[ControlResult]) -> str:
    """A sentence on whether the camera may explain what networks can."""
    whole = {one.model: one for one in found if one.shown == "whole photos" and one.accuracy is not None}
    alone = [one for one in found if one.shown != "whole photos" and one.is_above_chance]
    if not any(one.is_above_chance for one in whole.values()):
        return (
            "No network tells these places apart better than chance, so there is nothing for a camera to explain, and "
            "what follows shows where networks look that do not know."
        )
    if not alone:
        return "Nothing that shows hardly anything of a place is told apart better than chance: no sign of the camera."
    most = max(alone, key=lambda one: 0.0 if one.accuracy is None else one.accuracy.value - one.chance)
    assert most.accuracy is not None
    return (
        f"Places can be told apart by what shows hardly anything of them: {most.model} with {most.shown} is right in "
        f"{percent(most.accuracy.value, 0)} (chance {percent(most.chance, 0)}). So the camera, the light or the "
        "colours explain a part of any accuracy here, and what is looked at need not be the place."
    )
