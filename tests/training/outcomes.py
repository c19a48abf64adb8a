"""An outcome made by hand: five known photos, four questions, one of them a leak and one without an answer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from resight.evaluation.duplicates import Leak
from resight.io.datasets.dataset import Entry
from resight.training.decoded_photos import DecodedPhotos
from resight.training.history import History
from resight.training.measurement import measure
from resight.training.outcome import TrainingOutcome
from resight.training.settings import FineTuningConfig
from resight.training.split import Split
from resight.training.training_set import TrainingSet
from resight.types import UNKNOWN, Preprocess

LABELS = (0, 0, 1, 2, 2, 0, 1, 2, UNKNOWN)
INSTANCES = ("<b>cup</b>", "lamp", "tree")
KNOWN = np.eye(5, dtype=np.float32)
BEFORE = np.eye(5, dtype=np.float32)[[3, 2, 4, 1]]
AFTER = np.eye(5, dtype=np.float32)[[0, 2, 2, 1]]


def outcome(**changes: Any) -> TrainingOutcome:
    """The first question is mended by training, the third broken; the second is a leak, the fourth shows nothing."""
    names = tuple(f"{number}.jpg" for number in range(9))
    entries = tuple(
        Entry(name, Path(name), () if label == UNKNOWN else (INSTANCES[label],))
        for name, label in zip(names, LABELS, strict=True)
    )
    pixels = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3), dtype=np.uint8)
    labels, known = np.array(LABELS), np.arange(5)
    album = DecodedPhotos(pixels, names, labels, ("bad.jpg: no photo",), "")
    parts = Split("image", known, known, np.arange(5, 9), np.zeros(4, bool), True)
    training_set = TrainingSet(entries, labels, INSTANCES, album, parts, (Leak("6.jpg", "2.jpg", "content"),), "0123")
    epoch = {"loss": 0.5, "rate": 1.0, "score": 0.5, "cosine": 0.1, "seconds": {"learning": 2.0}}
    seen = {"photo": pixels[0], "filters": pixels[:2, :3, :3] / 255, "maps": {"conv": pixels[:2, :, :, 0] / 255}}
    card = SimpleNamespace(
        name="start", architecture="house", cut="context", preprocess=Preprocess(320, mean=(0,) * 3, std=(1,) * 3)
    )
    parts_of = {
        "model": Path("folder/mine"),
        "start": SimpleNamespace(card=card, fingerprint="abc"),
        "config": FineTuningConfig(),
        "training_set": training_set,
        "history": History(0.25, [(1, 1.5, 1.0), (2, 0.5, 1.0)], {"1": epoch}),
        "before": measure(BEFORE, KNOWN, training_set.same()),
        "after": measure(AFTER, KNOWN, training_set.same()),
        "verdicts": (),
        "reason": "done",
        "epoch": 1,
        "first_layers": {"before": seen, "after": seen},
    }
    return TrainingOutcome(**{**parts_of, **changes})
