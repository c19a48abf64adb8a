"""Methods to ask a LeNet where a digit is, by name: those of Ghosh et al. 2017, others beside them, and baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.explain.filter_importance import importance, weights
from resight.explain.hot_regions import on_pixels
from resight.explain.occlusion import occlusion
from resight.types import Array

from .pointing import HeatMethod

if TYPE_CHECKING:
    from .maps import DigitMaps

CELL: Final = 7
"""Side in pixels of what occlusion hides or shows as a whole; its window is four by four of them, 28 × 28."""

OURS: Final = "filters"


def filter_weights(intact: Array, silenced: Array, *, scale: str, temperature: float) -> dict[str, Array]:
    """Weights of the filters ``(c,)``, and by class ``(c, k)``, of errors ``(1 + k,)`` and ``(c, 1 + k)``.

    The first error is that over all classes. "printed" takes equation 1's sign as it stands there, "alike" ignores it.
    """
    found: dict[str, Array] = {}
    for name, sign in ((OURS, "rise"), ("printed", "paper")):
        shares = weights(importance(intact, silenced, sign=sign), scale=scale, temperature=temperature)
        found |= {name: shares[:, 0], f"{name} by class": shares[:, 1:]}
    return found | {"alike": np.full(len(silenced), 1 / len(silenced))}


def methods(maps: DigitMaps, shares: Mapping[str, Array], *, rng: np.random.Generator) -> dict[str, HeatMethod]:
    """Lists all methods, those of ``shares`` first."""
    return {
        **{name: by_filters(maps, each) for name, each in shares.items()},
        "Grad-CAM": maps.grad_cam,
        "occlusion": lambda image, label: _occluded(maps, image, label),
        "slid classifier": maps.class_heat,
        "brightness": lambda image, label: image.astype(np.float64),
        "centre": lambda image, label: _centre(image.shape),
        "random": lambda image, label: rng.random(image.shape),
    }


def by_filters(maps: DigitMaps, shares: Array) -> HeatMethod:
    """The heat of Ghosh et al. 2017 with these weights, ``(c,)`` or by class ``(c, k)``."""

    def heat(image: Array, label: int) -> Array:
        return maps.filter_heat(image, shares if shares.ndim == 1 else shares[:, label])

    return heat


def _occluded(maps: DigitMaps, image: Array, label: int) -> Array:
    """Fall of the class's score where a window is hidden by the image's mean, never below 0."""
    hidden = np.full_like(image, round(image.mean()))

    def score(seen: Array) -> float:
        return maps.class_score(np.where(_on(seen, image), image, hidden), label)

    rows, columns = (-(-side // CELL) for side in image.shape)
    return np.maximum(_on(occlusion(score, (rows, columns)), image), 0)


def _on(cells: Array, image: Array) -> Array:
    return on_pixels(cells, stride=CELL, shape=(image.shape[0], image.shape[1]))


def _centre(shape: tuple[int, ...]) -> Array:
    """A hill whose top is the middle of the image."""
    down, across = (-np.abs(np.arange(side) - (side - 1) // 2) for side in shape)
    return np.add.outer(down, across).astype(np.float64)
