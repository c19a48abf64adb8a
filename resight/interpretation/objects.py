"""Objects inside explanations: how many pixels each has, and whether it is there more often than anywhere in the photo.

Explanations are masks ``(n, h, w)`` bool, objects label maps ``(n, h, w)`` of the same photos.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

ROUNDS: Final = 1000
"""Resamples of an interval."""


@dataclass(frozen=True, slots=True)
class ObjectShare:
    """An object in the explanations of some photos.

    Attributes
    ----------
    number : of the object.
    pixels, low, high : mean pixels of a photo that are this object inside the explanation, and its interval of 95 %.
    inside, whole : the share of all pixels of explanations, and of whole photos, that are this object.
    lift, lift_low, lift_high : the first over the second, and its interval: 1 where it is looked at no more than it is
        there. nan where photos have none of it.
    """

    number: int
    pixels: float
    low: float
    high: float
    inside: float
    whole: float
    lift: float
    lift_low: float
    lift_high: float


def counts(objects: Array, masks: Array | None, kinds: int) -> Array:
    """Pixels of each object in each photo, ``(n, kinds)``, inside its mask or, without masks, in all of it."""
    if masks is not None and masks.shape != objects.shape:
        raise ShapeError(f"masks {masks.shape} and objects {objects.shape} differ; wanted (n, h, w) twice")
    found = np.zeros((len(objects), kinds), np.int64)
    for row, labels in enumerate(objects):
        some = labels if masks is None else labels[masks[row]]
        found[row] = np.bincount(some.ravel(), minlength=kinds)[:kinds]
    return found


def object_shares(inside: Array, whole: Array, groups: Array, *, rng: np.random.Generator) -> list[ObjectShare]:
    """Each object of counts ``inside`` explanations and in ``whole`` photos, both ``(n, kinds)``, largest first.

    Intervals are quantiles of a bootstrap that draws whole ``groups (n,)``, photos of one spot, since these show the
    same things. An object that no explanation has is left out.
    """
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    by_group = np.stack([np.r_[inside[rows].sum(axis=0), whole[rows].sum(axis=0), len(rows)] for rows in members])
    drawn = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=ROUNDS)
    kinds = inside.shape[1]
    found = []
    value, resampled = by_group.sum(axis=0)[None].astype(float), (drawn @ by_group).astype(float)
    pixels, lift = _measures(value, kinds)
    pixels_drawn, lift_drawn = _measures(resampled, kinds)
    for number in np.argsort(-pixels[0], kind="stable"):
        if value[0, number] == 0:
            continue
        low, high = np.quantile(pixels_drawn[:, number], (0.025, 0.975))
        lifts = lift_drawn[:, number][np.isfinite(lift_drawn[:, number])]
        lift_low, lift_high = np.quantile(lifts, (0.025, 0.975)) if len(lifts) else (np.nan, np.nan)
        found.append(
            ObjectShare(
                *(int(number), float(pixels[0, number]), float(low), float(high)),
                *(_share(value[0, :kinds], number), _share(value[0, kinds:-1], number)),
                *(float(lift[0, number]), float(lift_low), float(lift_high)),
            )
        )
    return found


def _measures(sums: Array, kinds: int) -> tuple[Array, Array]:
    """Mean pixels and lift ``(r, kinds)`` of sums ``(r, 2 · kinds + 1)``."""
    inside, whole, photos = sums[:, :kinds], sums[:, kinds:-1], sums[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = inside / inside.sum(axis=1, keepdims=True), whole / whole.sum(axis=1, keepdims=True)
        return inside / photos, shares[0] / shares[1]


def _share(sums: Array, number: int) -> float:
    return float(sums[number] / max(sums.sum(), 1))


def top_objects(inside: Array) -> Array:
    """The object with most pixels in each explanation, ``(n,)``; -1 where the explanation is empty."""
    return np.where(inside.sum(axis=1) > 0, inside.argmax(axis=1), -1)
