"""Local features as a gallery stores them: 74 bytes a point, good to a hundredth of a per cent of the photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from resight.errors import GalleryError
from resight.types import Array, Features

MOST: Final = 16_384
"""Points of a photo, far more than any extractor is asked for: what is compared with them takes memory by the point."""

_STEPS: Final = 65535
_KINDS: Final[Mapping[str, type[Any]]] = {
    "points": np.uint16,
    "values": np.uint8,
    "scales": np.float16,
    "angles": np.float16,
    "cells": np.uint16,
}


def pack_features(features: Features, cells: Array) -> dict[str, Array]:
    """Arrays of ``m`` points: positions as 16-bit shares of the photo, codes, scales and angles in half precision."""
    shares = np.clip(features.points / np.array(features.size) * _STEPS, 0, _STEPS)
    return {
        "points": np.rint(shares).astype(np.uint16),
        "values": features.values,
        "scales": features.scales.astype(np.float16),
        "angles": features.angles.astype(np.float16),
        "cells": cells,
    }


def unpack_features(arrays: Mapping[str, Array], size: tuple[int, int]) -> Features:
    """The features of a photo of ``size`` (width, height), from :func:`pack_features`'s arrays.

    Raises GalleryError for arrays that it has not made, by their names, types, shapes or numbers.
    """
    _require(arrays)
    return Features(
        points=(arrays["points"] * (np.array(size) / _STEPS)).astype(np.float32),
        values=arrays["values"],
        scales=arrays["scales"].astype(np.float32),
        angles=arrays["angles"].astype(np.float32),
        size=size,
    )


def _require(arrays: Mapping[str, Array]) -> None:
    found = {name: (array.dtype.type, array.shape) for name, array in arrays.items()}
    count = len(arrays["cells"]) if arrays.get("cells") is not None and arrays["cells"].ndim else 0
    channels = arrays["values"].shape[-1] if "values" in arrays and arrays["values"].ndim == 2 else 0
    shapes = {"points": (count, 2), "values": (count, channels)}
    wanted = {name: (kind, shapes.get(name, (count,))) for name, kind in _KINDS.items()}
    if found != wanted or count > MOST:
        told = ", ".join(f"{name} {shape} {kind.__name__}" for name, (kind, shape) in found.items())
        raise GalleryError(f"the arrays are {told or 'none'}; wanted {', '.join(wanted)} of at most {MOST:,} points")
    scales, angles = arrays["scales"], arrays["angles"]
    if not (np.isfinite(scales).all() and np.isfinite(angles).all() and (scales > 0).all()):
        raise GalleryError("some scale or angle is no finite number, or some scale is not more than 0")
