"""Where in a photo a class is: the scores of a fully convolutional classifier, and the region it is surest of.

Document 004, section 8 and figure 6: the classifier is slid over a photo that is larger than those it was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .export import Network
from .fully_convolutional import fully_convolutional
from .regions import places
from .target import scores


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """One class over one photo.

    Attributes
    ----------
    probabilities : (h', w') of the class among all, at each place of the classifier's window.
    box : (left, top, width, height) of the surest window, in pixels of the photo.
    """

    probabilities: Tensor
    box: tuple[int, int, int, int]


def class_map(network: Network, image: Tensor, target: int, *, side: int = 224) -> ClassMap:
    """Of a class over a normalised photo ``(3, h, w)``, by a classifier trained at ``side`` pixels.

    Raises ModelError for a class that does not exist and for a classifier that cannot be slid.
    """
    with torch.inference_mode():
        found = fully_convolutional(network, side=side)(image[None]).softmax(dim=1)
        chosen = scores(found[0].flatten(1).T, target).reshape(found.shape[2:])
    [[[row, column]]] = places(chosen[None, None], 1).tolist()
    top, left = (
        _start(index, count, length, side)
        for index, count, length in zip((row, column), found.shape[2:], image.shape[1:], strict=True)
    )
    return ClassMap(chosen, (left, top, min(side, image.shape[2]), min(side, image.shape[1])))


def _start(index: int, count: int, length: int, side: int) -> int:
    """First pixel of a window: they begin evenly from the first to the last that lies on the photo."""
    return round(index * max(length - side, 0) / max(count - 1, 1))
