"""LeNet on photos of any size: what its filters see where, where it reads a class, and what it reads in a crop."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from resight.core.filter_importance import heat
from resight.core.hotspots import on_pixels
from resight.io.greys import framed
from resight.types import Array

from . import class_activation
from .export import Network, cut
from .feature_map import feature_map
from .fully_convolutional import fully_convolutional
from .grey_intake import GreyIntake
from .intake import all_answers
from .lenet import SIDE
from .receptive_field import receptive_field

DRAWN: Final = "relu2"
"""The layer that maps are drawn from: the last convolution's, the last pooling left out (readings 0.5)."""

SILENCED: Final = "pool2"
"""The layer that filters are silenced behind: the last one before the dense layers (readings 0.4)."""


class DigitMaps:
    """A LeNet, asked about grey images ``(h, w)`` uint8, bright on dark.

    Where it is asked about a class, the classifier is slid over the image (Long, Shelhamer and Darrell 2014, section
    3.1), and the class's score is that of the surest window. An image that is smaller than a digit has none, and its
    heat for a class is zero.
    """

    def __init__(self, network: Network) -> None:
        form = fully_convolutional(network.eval(), side=SIDE, channels=1)
        self.network, self._slid = network, form
        self._front = cut(form, DRAWN)
        self._stride, self._step = (receptive_field(cut(network, layer)).stride for layer in (DRAWN, SILENCED))

    def filters(self, image: Array) -> Array:
        """The map ``(16, ⌈h / 2⌉, ⌈w / 2⌉)`` of its last convolution."""
        return feature_map(self._front, _tensor(image), stride=self._stride)

    def filter_heat(self, image: Array, weights: Array) -> Array:
        """Document 000's heat ``(h, w)``, equation 2; ``weights (16,)``."""
        return on_pixels(heat(self.filters(image), weights), stride=self._stride, shape=_shape(image))

    def class_heat(self, image: Array, label: int) -> Array:
        """A class's score in the window around each pixel, above the least of them ``(h, w)``; 0 at the rim."""
        found = np.zeros(_shape(image))
        if min(image.shape) < SIDE:
            return found
        with torch.inference_mode():
            scores = self._slid(_tensor(image))[0, label].numpy()
        margin = (SIDE - self._step) // 2
        inner = found[margin:, margin:]
        cells = on_pixels(scores - scores.min(), stride=self._step, shape=_shape(inner))
        inner[: cells.shape[0], : cells.shape[1]] = cells
        return found

    def grad_cam(self, image: Array, label: int) -> Array:
        """Document 003's heat ``(h, w)`` for a class's score, by back-propagation to the same map as `filters`."""
        if min(image.shape) < SIDE:
            return np.zeros(_shape(image))
        cells = class_activation.grad_cam(self._slid, _tensor(image), partial(_surest, label), layer=DRAWN)[0].numpy()
        padded = np.pad(cells, [(0, side % self._stride) for side in image.shape])  # an odd last pixel has no cell
        return on_pixels(padded, stride=self._stride, shape=_shape(image))

    def class_score(self, image: Array, label: int) -> float:
        """A class's score in the surest window; -inf where there is none."""
        if min(image.shape) < SIDE:
            return -math.inf
        with torch.inference_mode():
            return float(_surest(label, self._slid(_tensor(image))))

    def read(self, image: Array, boxes: Array) -> tuple[Array, Array]:
        """What it reads in each of ``boxes (n, 4)``: classes ``(n,)`` and their probabilities ``(n,)``."""
        if not len(boxes):
            return np.zeros(0, np.int64), np.zeros(0)
        crops = np.stack([framed(image[top:bottom, left:right]) for left, top, right, bottom in boxes.tolist()])
        scores = all_answers(self.network, crops, GreyIntake(), batch=256).astype(np.float64)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        classes: Array = scores.argmax(axis=1)
        return classes, raised.max(axis=1) / raised.sum(axis=1)


def _surest(label: int, scores: Tensor) -> Tensor:
    """Scores ``(b, k, h, w)`` of windows to that of a class in the surest one ``(b,)``."""
    return scores[:, label].flatten(1).amax(dim=1)


def _tensor(image: Array) -> Tensor:
    return GreyIntake().plain(torch.from_numpy(image.copy())[None])[0]


def _shape(image: Array) -> tuple[int, int]:
    return image.shape[0], image.shape[1]
