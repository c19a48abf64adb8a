"""LeNet on photos of any size: what its filters see where, what it reads where, and what it reads in a crop."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from resight.core.filter_importance import heat
from resight.core.hotspots import on_pixels
from resight.io.greys import framed
from resight.types import Array

from .export import Network, cut
from .feature_map import feature_map
from .fully_convolutional import fully_convolutional
from .grey_intake import GreyIntake
from .intake import all_answers
from .lenet import SIDE
from .receptive_field import receptive_field

DRAWN: str = "relu2"
"""The layer that maps are drawn from: the last convolution's, the last pooling left out (readings 0.5)."""


class DigitMaps:
    """A LeNet, asked about grey images ``(h, w)`` uint8, bright on dark."""

    def __init__(self, network: Network) -> None:
        self.network = network.eval()
        self._front, self._form = cut(network, DRAWN), fully_convolutional(network, side=SIDE, channels=1)
        self._stride, self._step = receptive_field(self._front).stride, receptive_field(cut(network, "pool2")).stride

    def filters(self, image: Array) -> Array:
        """The map ``(16, ⌈h / 2⌉, ⌈w / 2⌉)`` of its last convolution."""
        return feature_map(self._front, _tensor(image), stride=self._stride)

    def filter_heat(self, image: Array, weights: Array) -> Array:
        """Document 000's heat ``(h, w)``, equation 2; ``weights (16,)``."""
        return on_pixels(heat(self.filters(image), weights), stride=self._stride, shape=_shape(image))

    def class_heat(self, image: Array, label: int) -> Array:
        """How much the classifier, slid over the image, reads a class: ``(h, w)`` from 0, 0 where it cannot be slid.

        The score of a window stands at its middle (Long, Shelhamer and Darrell 2014, section 3.1).
        """
        found = np.zeros(_shape(image))
        if min(found.shape) < SIDE:
            return found
        with torch.inference_mode():
            scores = self._form(_tensor(image))[0, label].numpy()
        cells = on_pixels(scores - scores.min(), stride=self._step, shape=found.shape)
        start = (SIDE - self._step) // 2
        rows, columns = (
            min(len_cells, length - start) for len_cells, length in zip(cells.shape, found.shape, strict=True)
        )
        found[start : start + rows, start : start + columns] = cells[:rows, :columns]
        return found

    def read(self, image: Array, boxes: Array) -> tuple[Array, Array]:
        """What it reads in each of ``boxes (n, 4)``: classes ``(n,)`` and their probabilities ``(n,)``."""
        if not len(boxes):
            return np.zeros(0, np.int64), np.zeros(0)
        crops = np.stack([framed(image[top:bottom, left:right]) for left, top, right, bottom in boxes.tolist()])
        scores = all_answers(self.network, crops, GreyIntake(), batch=256).astype(np.float64)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        classes: Array = scores.argmax(axis=1)
        return classes, raised.max(axis=1) / raised.sum(axis=1)


def _tensor(image: Array) -> Tensor:
    return GreyIntake().plain(torch.from_numpy(image.copy())[None])[0]


def _shape(image: Array) -> tuple[int, int]:
    return image.shape[0], image.shape[1]
