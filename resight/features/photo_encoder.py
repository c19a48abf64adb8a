"""A photo encoder: the descriptors and the local features of photos, without any gallery."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from itertools import islice

import numpy as np

from resight.errors import ModelError, PhotoError
from resight.io import images
from resight.io.datasets.place import Root
from resight.io.decoding.memory import BUDGET
from resight.io.images import Source
from resight.progress import Progress, Watch
from resight.runtimes import blas, processors
from resight.types import Array, Features, Image

from .encoder import Encoder, GlobalEncoder, encoders
from .views import USUAL_SCALES, View, describe_views, reading_side

_SIDE = 64
"""Pixels of the grey photo that is described to learn how long descriptors are."""


def load_encoder(name_or_path: Root) -> PhotoEncoder:
    """Load an encoder by its name, "house", "vlad", "bow" or "classical", or from a model folder.

    Raises ModelError for a name that is no encoder and no model folder, with the nearest name, and TypeError for what
    is neither text nor a path.
    """
    [encoder] = encoders([os.fspath(name_or_path)])
    return PhotoEncoder(encoder)


class PhotoEncoder:
    """An encoder by itself: it turns photos into descriptors and local features.

    A photo gives the same descriptor here as in a gallery of this encoder, which then whitens it by what it holds.
    Threads may share it.
    """

    def __init__(self, encoder: Encoder) -> None:
        """Meant for :func:`resight.load_encoder`."""
        self._encoder = encoder

    @property
    def name(self) -> str:
        """The name that people call it by."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The identity: encoders of equal fingerprints give equal descriptors and features."""
        return self._encoder.fingerprint

    @property
    def has_descriptors(self) -> bool:
        """Whether it can :meth:`encode`; the classical encoder has local features only, which vote one by one."""
        return isinstance(self._encoder, GlobalEncoder)

    @cached_property
    def dimension(self) -> int:
        """The length d of its descriptors; raises ModelError where it has none."""
        grey: Image = np.full((_SIDE, _SIDE, 3), 128, np.uint8)
        return len(_described(self._describing(), grey))

    def encode(self, photos: Iterable[Source], *, batch_size: int = 32, progress: Watch | None = None) -> Array:
        """Describe each photo by one vector.

        Parameters
        ----------
        photos : several, each a path, the bytes of a file, an open file, a Pillow picture, or an array (h, w, 3) uint8
            RGB.
        batch_size : photos that are taken at a time, and read on all processors; it changes no descriptor.
        progress : told after each batch how many photos are done.

        Returns (n, d) float32 in the order of the photos, each row of length 1 so that a dot product is a cosine; a row
        is 0 where nothing was found on the photo. Raises ModelError for an encoder of local features only, PhotoError
        for a photo that cannot be read, TypeError for a single photo.
        """
        rows = _each(partial(_described, self._describing()), photos, batch_size, progress)
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def encode_scales(
        self,
        photos: Iterable[Source],
        scales: Sequence[float] = USUAL_SCALES,
        *,
        batch_size: int = 32,
        progress: Watch | None = None,
    ) -> Array:
        """Describe each photo at several sizes, from one read of it.

        Parameters
        ----------
        photos : as for :meth:`encode`.
        scales : s factors of the size that :meth:`encode` takes photos at, by default ¼, ½, √½, 1 and √2; 1 gives its
            descriptor, but for a JPEG that was decoded larger for a larger scale.
        batch_size, progress : as for :meth:`encode`.

        Returns (n, s, d) float32, each row of length 1. Raises what :meth:`encode` does, and ValueError for a scale
        that is not more than 0.
        """
        views = tuple(View(scale) for scale in scales)
        rows = _each(partial(_described_views, self._describing(), views), photos, batch_size, progress)
        return np.stack(rows) if rows else np.zeros((0, len(views), self.dimension), np.float32)

    def features(self, photo: Source) -> Features:
        """Extract the local features of a photo: points, each with a value, a scale and an angle.

        The values (m, c) are float32: 64 principal axes of rootSIFT for the encoders of points, and for a network the
        channels of its map, whose cells are the points. Raises PhotoError for what cannot be read.
        """
        with blas.one_thread():
            return self._encoder.extractor.decoded(_extracted(self._encoder, photo))

    def __repr__(self) -> str:
        return f"<PhotoEncoder {self.name!r} with {'descriptors' if self.has_descriptors else 'local features only'}>"

    def _describing(self) -> GlobalEncoder:
        if not isinstance(self._encoder, GlobalEncoder):
            raise ModelError(
                f"the encoder {self.name!r} has local features only, and no descriptor of a whole photo: take "
                "features(photo), or an encoder that has one, such as resight.load_encoder('house')"
            )
        return self._encoder


def _each(
    describe: Callable[[Source], Array], photos: Iterable[Source], batch_size: int, progress: Watch | None
) -> list[Array]:
    """Descriptions of the photos, in order, made a batch at a time on all processors."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; wanted at least 1 photo")
    photos = images.require_several(photos)
    rows: list[Array] = []
    with ThreadPoolExecutor(processors.available()) as workers:
        for batch in _batches(photos, batch_size):
            try:
                for row in workers.map(describe, batch):
                    rows.append(row)  # noqa: PERF402, by one, so that they say which photo an error is of
            except (PhotoError, ModelError) as error:  # of a model, where its descriptor is not finite
                raise type(error)(f"photo {len(rows)} of those to encode, counted from 0: {error}") from error
            if progress is not None:
                total = len(photos) if isinstance(photos, Sized) else len(rows)
                progress(Progress("photos", len(rows), total))
    return rows


def _described(encoder: GlobalEncoder, photo: Source) -> Array:
    with blas.one_thread():
        return encoder.describe(_extracted(encoder, photo))


def _described_views(encoder: GlobalEncoder, views: Sequence[View], photo: Source) -> Array:
    with blas.one_thread(), BUDGET.keeping():
        return describe_views(encoder, images.read(photo, long_side=reading_side(encoder, views)), views)


def _extracted(encoder: Encoder, photo: Source) -> Features:
    with BUDGET.keeping():
        return encoder.extractor.features(images.read(photo, long_side=encoder.extractor.preprocess.long_side))


def _batches(photos: Iterable[Source], size: int) -> Iterator[list[Source]]:
    left = iter(photos)
    while batch := list(islice(left, size)):
        yield batch
