"""Provenance of figures: the software, the encoders, the photos and the time that they were made with."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from resight.errors import ModelError
from resight.features.encoder import HOUSE, Encoder, GlobalEncoder
from resight.io import model_folder
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.identity import identity

PACKAGES: Final = ("resight", "numpy", "scipy", "openvino", "faiss-cpu", "opencv-python-headless", "Pillow")
"""Packages on whose versions figures may depend."""


class Clock:
    """Laps of work in seconds, by what was done in each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """End a lap and begin the next."""
        now = time.monotonic()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now


def provenance(encoders: Sequence[Encoder], digests: Mapping[str, bytes], dataset: Dataset) -> dict[str, Any]:
    """Everything that one has to know to make the figures again: versions, encoders and what identifies the photos."""
    read = [entry for entry in dataset.entries if entry.name in digests]
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "encoders": [{"name": encoder.name, "fingerprint": encoder.fingerprint} for encoder in encoders],
        "data_sha256": identity((digests[entry.name], entry.labels, entry.split) for entry in read),
        "photos": len(read),
    }


def learned_photos(encoders: Sequence[GlobalEncoder]) -> dict[str, str]:
    """Identities of the photos that encoders were trained on, by their name, where their model says it."""
    found = {}
    for encoder in encoders:
        folder = str(HOUSE) if encoder.source == "house" else encoder.source
        if not encoder.has_grid:
            continue
        try:
            photos = model_folder.load(folder).card.config.get("photos")
        except ModelError:
            continue  # the gallery was opened with it, and its folder has gone since
        if isinstance(photos, str):
            found[encoder.name] = photos
    return found


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
