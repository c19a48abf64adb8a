"""LeNet on photos of any size: what its filters see where, where it reads a class, and what it reads in a crop."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from resight.errors import ModelError
from resight.explain.classifiers import class_activation
from resight.explain.filter_importance import heat
from resight.explain.hot_regions import on_pixels
from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
from resight.nn.augmentation.preprocessing import predict
from resight.nn.backbones.lenet import SIDE
from resight.nn.networks.architectures import Network, cut
from resight.nn.networks.fully_convolutional import fully_convolutional
from resight.nn.networks.modes import evaluating
from resight.nn.networks.receptive_field import receptive_field
from resight.types import Array

from .greys import framed

DRAWN: Final = "relu2"
"""The layer that maps are drawn from: the last convolution's, the last pooling left out (docs/papers.md)."""

SILENCED: Final = "pool2"
"""The layer that filters are silenced behind: the last one before the dense layers (docs/papers.md)."""


MARGIN: Final = 16
"""Pixels by which an image goes on beyond each border as it ends there: half a digit, and whole cells. Without it the
black that convolutions pad with would make an edge, hotter than most of a photo, all around it."""


class DigitMaps:
    """A LeNet, asked about grey images ``(h, w)`` uint8 of any size, bright on dark.

    Where it is asked about a class, the classifier is slid over the image (Long, Shelhamer and Darrell 2014, section
    3.1), and the class's score is that of the surest window. Raises ModelError for a class that does not exist.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        with evaluating(network):
            self._slid = fully_convolutional(network, side=SIDE, channels=1)
            self._front = cut(self._slid, DRAWN)
            self._stride, self._step = (receptive_field(cut(network, layer)).stride for layer in (DRAWN, SILENCED))

    def filters(self, image: Array) -> Array:
        """The map ``(16, ⌈h / 2⌉, ⌈w / 2⌉)`` of its last convolution."""
        with evaluating(self._front), torch.inference_mode():
            maps: Array = self._front(self._bordered(image))[0].numpy()
        start = MARGIN // self._stride
        rows, columns = (-(-side // self._stride) for side in image.shape)
        return maps[:, start : start + rows, start : start + columns]

    def filter_heat(self, image: Array, weights: Array) -> Array:
        """The heat ``(h, w)`` of Ghosh et al. 2017, equation 2; ``weights (16,)``."""
        return _pixels(heat(self.filters(image), weights), image, stride=self._stride)

    def class_heat(self, image: Array, label: int) -> Array:
        """A class's score in the window around each pixel, above the least of them ``(h, w)``."""
        with evaluating(self._slid), torch.inference_mode():
            scores = _of_class(label, self._slid(self._bordered(image)))[0].numpy()
        middle = (SIDE - self._step) // 2  # from a window's first pixel to those that its cell stands for
        return _pixels(scores - scores.min(), image, stride=self._step, start=MARGIN - middle)

    def grad_cam(self, image: Array, label: int) -> Array:
        """Grad-CAM's heat ``(h, w)`` for a class's score (Shi 2018), of the same map as `filters`."""
        target = partial(_surest, label)
        cells = class_activation.grad_cam(self._slid, self._bordered(image), target, layer=DRAWN)[0].numpy()
        return _pixels(cells, image, stride=self._stride, start=MARGIN)

    def class_score(self, image: Array, label: int) -> float:
        """A class's score in the surest window."""
        with evaluating(self._slid), torch.inference_mode():
            return float(_surest(label, self._slid(self._bordered(image))))

    def _bordered(self, image: Array) -> Tensor:
        """The image with its margin, to whole cells of the slid classifier."""
        beyond = [(MARGIN, MARGIN + -side % self._step) for side in image.shape]
        return GreyPreprocessing().plain(torch.from_numpy(np.pad(image, beyond, mode="edge"))[None])[0]

    def read(self, image: Array, boxes: Array) -> tuple[Array, Array]:
        """Reads the digit in each of ``boxes (n, 4)``: classes ``(n,)`` and their probabilities ``(n,)``."""
        if not len(boxes):
            return np.zeros(0, np.int64), np.zeros(0)
        crops = np.stack([framed(image[top:bottom, left:right]) for left, top, right, bottom in boxes.tolist()])
        scores = predict(self.network, crops, GreyPreprocessing(), batch=256).astype(np.float64)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        classes: Array = scores.argmax(axis=1)
        return classes, raised.max(axis=1) / raised.sum(axis=1)


def _surest(label: int, scores: Tensor) -> Tensor:
    """Scores ``(b, k, h, w)`` of windows to that of a class in the surest one ``(b,)``."""
    return _of_class(label, scores).flatten(1).amax(dim=1)


def _of_class(label: int, scores: Tensor) -> Tensor:
    """The scores ``(b, h, w)`` of a class."""
    if not 0 <= label < scores.shape[1]:
        raise ModelError(f"class {label} does not exist; wanted one from 0 to {scores.shape[1] - 1}")
    return scores[:, label]


def _pixels(cells: Array, image: Array, *, stride: int, start: int = 0) -> Array:
    """The value of each pixel's cell, where the image begins ``start`` pixels behind the first cell."""
    height, width = image.shape
    return on_pixels(cells, stride=stride, shape=(start + height, start + width))[start:, start:]
