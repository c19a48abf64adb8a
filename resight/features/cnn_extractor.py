"""The convolutional extractor: a model's backbone, seen as points on a grid with a value each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np

from resight.errors import ModelError
from resight.io import model_folder
from resight.io.images import Photo, prepare
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model
from resight.runtimes.openvino import Backbone
from resight.types import Array, Features, Image, Preprocess

_GREY: Final = 128
"""Grey photo that a network is tried on."""


def extractor(model: Model | str | Path, *, threads: int | None = None, trial: bool = True) -> CnnExtractor:
    """The extractor of a model or its folder, on ``threads`` threads (None: one per processor).

    Raises ModelError for a folder that `model_folder.load` refuses, and for a network that, tried once, makes another
    map than its card says; without ``trial``, for a model that is known, nothing is run.
    """
    model = model if isinstance(model, Model) else model_folder.load(model)
    backbone = Backbone(model.backbone, precision=model.card.precision, threads=threads)
    if trial:
        _require_map(backbone, model)
    return CnnExtractor(model, backbone)


def _require_map(backbone: Backbone, model: Model) -> None:
    """Raises ModelError unless the network makes finite maps of the card's channels and stride.

    One run says it: a photo that is wider than high by two strides has a map with two columns more than rows, whatever
    paddings and roundings there are.
    """
    card = model.card
    found = backbone.run(np.full((1, card.smallest, card.smallest + 2 * card.stride, 3), _GREY, np.uint8))
    if found.dtype != np.float32 or found.ndim != 4 or found.shape[:2] != (1, card.channels):
        raise ModelError(
            f"{model.backbone} gives {found.dtype} of shape {found.shape}; wanted float32 of shape "
            f"(1, {card.channels}, rows, columns), as {model_folder.CARD} says: make the model again from its weights"
        )
    if found.shape[3] - found.shape[2] != 2 or not found.shape[2]:
        raise ModelError(
            f"{model.backbone} makes {found.shape[2]} × {found.shape[3]} cells of {card.smallest} × "
            f"{card.smallest + 2 * card.stride} pixels; wanted two columns more than rows, by the stride of "
            f"{card.stride} in {model_folder.CARD}: make the model again from its weights"
        )
    if not np.isfinite(found).all():
        raise ModelError(f"{model.backbone} gives numbers that are not finite: make the model again from its weights")


@dataclass(frozen=True, slots=True, eq=False)
class CnnExtractor:
    """Make feature maps of photos (:class:`resight.features.encoder.PhotoExtractor`).

    Each photo is seen for itself, so that its company changes nothing. Threads may share it.
    """

    model: Model
    backbone: Backbone
    has_grid: ClassVar[bool] = True

    @property
    def fingerprint(self) -> str:
        """Identity of what decides the map: architecture, cut, preprocessing, weights and precision."""
        return self.model.features_fingerprint

    @property
    def preprocess(self) -> Preprocess:
        """Steps from a photo to the network's input."""
        return self.model.card.preprocess

    def at(self, long_side: int) -> Self:
        """The extractor for photos of another size: a map of more cells, each of which sees as many pixels."""
        card = replace(self.model.card, preprocess=replace(self.preprocess, long_side=long_side))
        return type(self)(replace(self.model, card=card), self.backbone)

    def features(self, photo: Photo) -> Features:
        """Features of one photo as it was read, in pixels of the whole upright photo even if it was decoded smaller.

        A point is the centre of its cell's receptive field, and its scale the distance to the next cell.
        """
        prepared = prepare(photo, self.preprocess)
        maps = self.backbone.run(_extended(prepared, self.model.card.smallest)[None])[0]
        channels, height, width = maps.shape
        ratios = np.divide(photo.size, (prepared.shape[1], prepared.shape[0]))
        step = self.model.card.stride * np.sqrt(ratios.prod())
        return Features(
            points=_centres((width, height), self.model.card, prepared, ratios),
            values=np.ascontiguousarray(maps.reshape(channels, -1).T),
            scales=np.full(height * width, step, np.float32),
            angles=np.zeros(height * width, np.float32),
            size=photo.size,
            grid=(height, width),
        )

    def decoded(self, features: Features) -> Features:
        """Give the features back, whose values are no codes."""
        return features


def _extended(image: Image, side: int) -> Image:
    """The photo with at least ``side`` pixels each way, its last row and column repeated where it has fewer.

    A runtime that is given less than the network's kernels cover answers with anything.
    """
    missing = [(0, max(side - length, 0)) for length in image.shape[:2]]
    return np.pad(image, (*missing, (0, 0)), mode="edge")


def _centres(grid: tuple[int, int], card: ModelCard, image: Image, ratios: Array) -> Array:
    """``(w' · h', 2)`` float32 receptive-field centres in row-major order, ``(x, y)`` in pixels of the photo.

    The field of cell (i, j) of ``grid (w', h')`` is centred on pixel ``offset + stride · (j, i)`` of the prepared
    ``image``, or on its last where it was extended. ``ratios (2,)`` are photo pixels per prepared pixel along x and y;
    a pixel's centre is at its index, so that its left edge lies half a pixel before.
    """
    rows, columns = np.divmod(np.arange(grid[0] * grid[1]), grid[0])
    prepared = card.offset + card.stride * np.stack([columns, rows], axis=1)
    prepared = np.minimum(prepared, np.subtract(image.shape[1::-1], 1))
    return ((prepared + 0.5) * ratios - 0.5).astype(np.float32)
