"""The vocabulary recipe: the projection, cells and words of the classical encoder, from everyday photos.

RootSIFT of a sample of photos → principal axes → k-means for the cells of the inverted file, which are also the words
of the bag of words, and k-means for the words of VLAD. No photo leaves a trace but in these means.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resight.errors import DatasetError, PhotoError
from resight.features import codebook, whitening
from resight.features.sift import RootSift, detect
from resight.features.vocabulary import Vocabulary, coded
from resight.io import images
from resight.io.cached_result import require_place
from resight.io.datasets.dataset import Entry, unlabelled_photos
from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.files import write_whole
from resight.progress import Job, Progress
from resight.training.ranges import require_within
from resight.types import Array, Preprocess

from .config import VocabularyConfig


def run(folder: Path, output: Path, config: VocabularyConfig | None = None) -> Job[dict[str, int]]:
    """Fit a vocabulary on the photos of ``folder`` and write it to ``output`` (.npz), whole or not at all.

    Photos that cannot be read are left out, and listed. Raises DatasetError where none is left, TrainingError for a
    setting out of its range and where the file cannot be written.
    """
    config = config or VocabularyConfig()
    require_within(config)
    require_place(output)
    rng = np.random.default_rng(config.seed)
    dataset = unlabelled_photos(folder)
    entries = dataset.entries
    yield DatasetRead.of(Outset(survey=dataset.survey), len(entries))
    rows = np.sort(rng.choice(len(entries), min(config.photos, len(entries)), replace=False))
    points, unread = yield from _points([entries[row] for row in rows], config, rng)
    yield PhotosLeftOut.of(unread, len(rows))
    if not points:
        reason = f", the first: {unread[0]}" if unread else ""
        raise DatasetError(f"none of {len(rows)} photos has a point that can be read{reason}: check the photos")
    mean, projection = axes(np.concatenate(points), config.dims)
    projected = [(values - mean) @ projection for values in points]
    try:
        yield Progress("cells", 0, 1)
        cells = codebook.fit(projected, config.cells, rng=rng, iterations=config.iterations)
        yield Progress("words", 0, 1)
        words = codebook.fit(projected, config.words, rng=rng, iterations=config.iterations)
    except ValueError as error:  # of a codebook that has more words than there are different points
        raise DatasetError(f"the points of {len(points)} photos do not make a vocabulary: {error}") from error
    centres = coded(cells.centroids, config.reach)
    made = Vocabulary(mean, projection, config.reach, centres, cells.idf, words.centroids.astype(np.float32))
    write_whole(output, made.save)
    yield Progress("words", 1, 1)
    return {"photos": len(points), "points": sum(map(len, points)), "left out": len(unread)}


def _points(
    entries: Sequence[Entry], config: VocabularyConfig, rng: np.random.Generator
) -> Job[tuple[list[Array], tuple[str, ...]]]:
    """RootSIFT ``(m, 128)`` of some points of each photo that has any, and the photos that cannot be read."""
    points: list[Array] = []
    unread: list[str] = []
    for done, entry in enumerate(entries, 1):
        try:
            found = detect(images.prepare(entry.photo(), Preprocess(long_side=config.long_side)), RootSift.features)[1]
        except PhotoError as error:
            unread.append(f"{entry.name}: {error}")
        else:
            points += [rng.permutation(found)[: config.points]] if len(found) else []
        yield Progress("photos", done, len(entries))
    return points, tuple(unread)


def axes(values: Array, dims: int) -> tuple[Array, Array]:
    """Mean ``(c,)`` and the ``dims`` principal axes ``(c, dims)`` of ``(m, c)``, largest variance first; float32."""
    # With the largest variance as the floor of all, whitening stretches every direction alike.
    fitted = whitening.fit(values, dims=dims, shrinkage=1.0)
    return fitted.mean, fitted.projection * np.sqrt(fitted.variances[0])
