"""Semantic segmentation: which of ADE20K's objects each place of a photo shows, behind one function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from resight.errors import ModelError, torch_wanted
from resight.io import images
from resight.io.files import write_whole
from resight.progress import Job, Progress
from resight.types import Array, Image, Preprocess

LONG_SIDE: Final = 513
"""Longer side of a photo that is segmented, in pixels: the network was trained at that."""

STEP: Final = 8
"""Sides are one more than so many times a whole number: see `nn.backbones.deeplab`."""

_SIGNED: Final = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


class Segmenter(Protocol):
    """A network that segments: photos as uint8 ``(b, h, w, 3)`` to scores ``(b, 151, h', w')``, 0 being no object."""

    def run(self, images: Array) -> Array:
        """Scores ``(b, 151, h', w')`` of photos ``(b, h, w, 3)`` uint8."""


def deeplab(weights: Path, folder: Path) -> Segmenter:
    """DeepLab v3+ of a weight file, run by OpenVINO; what that runs is kept in ``folder``, named by the weights.

    Raises ModelError for a file that is none or does not fit, MissingExtra where it has yet to be converted and torch
    is not installed.
    """
    from resight.runtimes.openvino import Backbone

    try:
        name = images.digest(weights.read_bytes()).hex()[:12]
    except OSError as error:
        raise ModelError(
            f"{str(weights)!r} cannot be read ({error.strerror}); wanted the weights of DeepLab v3+ for ADE20K, a "
            ".safetensors file: check the path"
        ) from error
    network = folder / f"deeplab-{name}.xml"
    if not network.exists():
        _convert(weights, network)
    return Backbone(network)


def deeplab_in_torch(weights: Path) -> Any:
    """DeepLab v3+ of a weight file as a module of torch, which takes photos ``(b, h, w, 3)`` in [0, 255]."""
    with torch_wanted("segmentation"):
        from resight.nn.backbones.deeplab import DeepLab
        from resight.nn.networks import architectures
        from resight.nn.networks import weights as files
    network = DeepLab()
    files.fill(network, files.read(weights))
    return architectures.PhotoNetwork(network.eval(), _SIGNED)


def _convert(weights: Path, path: Path) -> None:
    module = deeplab_in_torch(weights)
    from resight.nn.networks.architectures import example
    from resight.runtimes import openvino

    path.parent.mkdir(parents=True, exist_ok=True)

    def write(unfinished: Path) -> None:
        xml = unfinished.with_suffix(".xml")
        openvino.convert(module, example(), xml, half=True)
        xml.with_suffix(".bin").replace(path.with_suffix(".bin"))
        xml.replace(unfinished)

    write_whole(path, write)


def sides(width: int, height: int, *, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """(width, height) of a photo as it is segmented: the longer side is about ``long_side``, both are 8 k + 1."""
    scale = (long_side - 1) / max(width, height)
    return _whole(width * scale), _whole(height * scale)


def _whole(length: float) -> int:
    return STEP * max(round(length / STEP), 1) + 1


def objects_of(segmenter: Segmenter, image: Image, *, shape: tuple[int, int], long_side: int = LONG_SIDE) -> Array:
    """The object at each place of a photo ``(h, w, 3)``, ``shape`` uint8 as "annotations" number them (`ade20k`).

    The likeliest label of each of the network's cells; places between take that of the nearest cell, since labels have
    no mean.
    """
    height, width = image.shape[:2]
    small = images.resize(image, sides(width, height, long_side=long_side))
    labels = segmenter.run(small[None])[0].argmax(axis=0).astype(np.uint8)
    return nearest(labels, shape)


def nearest(labels: Array, shape: tuple[int, int]) -> Array:
    """A map of labels ``(h, w)`` at another ``shape``, each place by the nearest one."""
    down, across = (
        np.clip(np.rint((np.arange(wanted) + 0.5) * held / wanted - 0.5).astype(np.intp), 0, held - 1)
        for wanted, held in zip(shape, labels.shape, strict=True)
    )
    return labels[down[:, None], across]


def segment(segmenter: Segmenter, photos: Sequence[Any], *, side: int) -> Job[Array]:
    """The `objects_of` photos, entries of a data set, as one array ``(n, side, side)``."""
    found = np.zeros((len(photos), side, side), np.uint8)
    for row, labels in enumerate(_each(segmenter, photos, side)):
        found[row] = labels
        yield Progress("objects", row + 1, len(photos))
    return found


def _each(segmenter: Segmenter, photos: Sequence[Any], side: int) -> Iterator[Array]:
    for entry in photos:
        yield objects_of(segmenter, entry.photo(long_side=LONG_SIDE).image, shape=(side, side))
