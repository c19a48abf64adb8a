"""Measurement of an encoder's descriptors: the same questions asked before training and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resight.evaluation.scores import Scores
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.features.head import gallery_head, head
from resight.io.images import Photo
from resight.metrics.collapse import mean_cosine
from resight.metrics.interval import Estimate
from resight.progress import Job, Progress
from resight.types import Array

from .decoded_photos import square
from .settings import FineTuningConfig
from .training_set import TrainingSet

SHOWN = 5
"""Neighbours of a question that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Answers of one encoder.

    Attributes
    ----------
    rows, scores : (q, k) neighbours among the known photos, nearest first, and their cosines.
    right : (q, k) bool, neighbours that show what was asked.
    answerable : (q,) bool, whether any known photo does.
    alike : mean cosine of two known photos.
    """

    rows: Array
    scores: Array
    right: Array
    answerable: Array
    alike: float

    def figures(self, kept: Array | None = None, *, seed: int = 0) -> dict[str, Estimate]:
        """P@1 by Wilson's interval and µAP by the bootstrap, at 95 %, of the ``kept (q,)`` questions; {} for none."""
        return (self.first if kept is None else self.first.of(kept)).figures(seed=seed)

    @property
    def first(self) -> Scores:
        """The nearest neighbours as answers."""
        return Scores(self.right[:, 0], self.scores[:, 0], self.answerable)


def measure(
    asked: Array, known: Array, same: Array, ignored: Array | None = None, *, background: Array | None = None
) -> Measurement:
    """Ask about descriptors ``asked (q, d)`` among ``known (n, d)``, unit rows.

    ``same (q, n)`` bool says what is right, and what is ``ignored (q, n)`` bool, right or wrong, does not count. They
    are whitened as those of a gallery of the known ones, with the encoder's ``background (b, d)`` where it has one.
    """
    ignored = np.zeros(same.shape, bool) if ignored is None else ignored
    settings = gallery_head(known, background)
    cosines = np.where(ignored, -np.inf, head(asked, settings) @ head(known, settings).T)
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :SHOWN]
    same = same & ~ignored
    scores, right = (np.take_along_axis(each, rows, axis=1) for each in (cosines, same))
    return Measurement(rows, scores, right, np.asarray(same.any(axis=1)), mean_cosine(known))


def measured(stage: str, folder: Path, training_set: TrainingSet, config: FineTuningConfig) -> Job[Measurement]:
    """Ask an encoder all questions, in the runtime and at the size in which it will be used."""
    encoder = global_encoder(folder)
    known, asked = training_set.parts.known, training_set.parts.asked
    wanted = [*((row, False) for row in known), *zip(asked, training_set.parts.viewed, strict=True)]
    rows = []
    for done, (row, viewed) in enumerate(wanted, 1):
        rows.append(_described(encoder, training_set, int(row), config if viewed else None))
        yield Progress(stage, done, len(wanted))
    descriptors = np.stack(rows)
    learned, questions = descriptors[: len(known)], descriptors[len(known) :]
    return measure(questions, learned, training_set.same(), training_set.ignored(), background=encoder.background)


def _described(encoder: GlobalEncoder, training_set: TrainingSet, row: int, viewed: FineTuningConfig | None) -> Array:
    """The descriptor ``(d,)`` of a photo, or of a view of it by that config."""
    side = encoder.extractor.preprocess.long_side
    photo = training_set.entries[row].photo(long_side=side)
    if viewed is not None:
        photo = _view(photo, side, viewed, row)
    return encoder.describe(encoder.extractor.features(photo))


def _view(photo: Photo, side: int, config: FineTuningConfig, row: int) -> Photo:
    from resight.nn.tasks import fine_tuning

    return Photo.of(fine_tuning.view(square(photo.image, side), config.views, config.seed + row))


def compared(before: Measurement, after: Measurement, kept: Array, *, seed: int = 0) -> dict[str, Any]:
    """The paired difference, after − before, of the ``kept`` questions as JSON; {} where there are none."""
    if not (kept & before.answerable).any():
        return {}
    test, gain = after.first.of(kept).against(before.first.of(kept), seed=seed)
    return {
        "micro_ap_gained": gain.to_dict(),
        "mended": test.only_a,
        "broken": test.only_b,
        "mcnemar_p": test.p,
    }
