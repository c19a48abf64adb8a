"""The background: what descriptors of everyday photos are like, for galleries too small to tell by themselves.

A whitening needs more photos than a descriptor has dimensions, and a gallery of sixteen products has sixteen. A model
that brings descriptors of some hundred everyday photos with it has them join the gallery's own wherever a whitening is
fitted: they decide it while the gallery is small, and are outnumbered as it grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from resight.errors import DatasetError, ModelError, PhotoError
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.io import arrays as archives
from resight.io import model_folder
from resight.io.datasets.dataset import Entry
from resight.io.datasets.preflight import PhotosLeftOut
from resight.io.images import Photo
from resight.io.model_folder import Model
from resight.progress import Job, Progress
from resight.types import Array

PHOTOS: Final = 512
"""Photos of which a background is made: about as many as descriptors have dimensions."""

_SMALL: Final = 0.5
"""Share of the side that the network sees which a photo needs: enlarged thumbnails are no everyday photos."""


def give(model: Model, folder: str | Path, entries: Sequence[Entry], *, photos: int = PHOTOS) -> Job[Model]:
    """Write ``model`` to ``folder`` as well, with a background of ``photos`` of the ``entries``, drawn at random.

    Photos that are much smaller than what the network sees are passed over, and so are those that cannot be read, which
    are listed. Returns the new model. Raises DatasetError for too few photos,
    ModelError for more than a model holds and where the folder exists.
    """
    model_folder.vacant(folder)
    if (most := archives.LARGEST // (2 * model.card.channels)) <= photos:
        raise ModelError(f"a background of {photos:,} photos is too large for a model; wanted fewer than {most:,}")
    encoder = global_encoder(model.folder)
    rows, unread = [], list[str]()
    for photo in _drawn(entries, encoder, unread):
        rows.append(encoder.describe(encoder.extractor.features(photo)))
        yield Progress("background", len(rows), photos)
        if len(rows) == photos:
            break
    else:
        raise DatasetError(
            f"{len(rows)} of {len(entries)} photos can be read and are large enough for the background of "
            f"{model.card.name}; wanted {photos}: add everyday photos, or ask for fewer"
        )
    yield PhotosLeftOut.of(unread, photos)
    files = {
        name: model.folder / name for name in model.sha256 if name not in (model_folder.ARRAYS, model_folder.METRICS)
    }
    arrays: dict[str, Array] = {**model.arrays, model_folder.BACKGROUND: np.stack(rows).astype(np.float16)}
    given = model_folder.save(model.card, folder, files=files, arrays=arrays, metrics=model.metrics)
    return given


def _drawn(entries: Sequence[Entry], encoder: GlobalEncoder, unread: list[str]) -> Iterator[Photo]:
    """The readable photos in an order that depends on their number alone; the others are put into ``unread``."""
    side = encoder.extractor.preprocess.long_side
    for row in np.random.default_rng(0).permutation(len(entries)):
        try:
            photo = entries[row].photo(long_side=side)
        except PhotoError as error:
            unread.append(f"{entries[row].name}: {error}")
            continue
        if max(photo.size) >= _SMALL * side:
            yield photo
