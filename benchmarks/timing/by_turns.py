"""How long networks take for the same photos, by turns, so that all see the same machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.packs import photo_of

from resight.features.cnn_extractor import extractor
from resight.io.datasets.dataset import Entry
from resight.io.images import prepare


def seconds(models: Mapping[str, Path], entries: Sequence[Entry]) -> dict[str, list[float]]:
    """Seconds of each model, by name, from each photo as it prepares it to its map, one at a time."""
    extractors = {name: extractor(folder) for name, folder in models.items()}
    photos = [photo_of(entry) for entry in entries]
    taken: dict[str, list[float]] = {name: [] for name in extractors}
    for one in extractors.values():  # the first run makes room for all others
        one.backbone.run(prepare(photos[0], one.preprocess)[None])
    for photo in photos:
        for name, one in extractors.items():
            prepared = prepare(photo, one.preprocess)[None]
            start = time.perf_counter()
            one.backbone.run(prepared)
            taken[name].append(time.perf_counter() - start)
    return taken
