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
    across, down : (w',) and (h',), x and y of the windows' centres in pixels of the photo.
    box : (left, top, width, height) of the surest window, in the same pixels.
    """

    probabilities: Tensor
    across: Tensor
    down: Tensor
    box: tuple[int, int, int, int]


def class_map(network: Network, image: Tensor, target: int, *, side: int = 224) -> ClassMap:
    """Of a class over a normalised photo ``(3, h, w)``, by a classifier trained at ``side`` pixels.

    Raises ModelError for a class that does not exist and for a classifier that cannot be slid.
    """
    with torch.inference_mode():
        found = fully_convolutional(network, side=side)(image[None]).softmax(dim=1)
        chosen = scores(found[0].flatten(1).T, target).reshape(found.shape[2:])
    [[[row, column]]] = places(chosen[None, None], 1).tolist()
    tops, lefts = (_starts(*each, side) for each in zip(chosen.shape, image.shape[1:], strict=True))
    width, height = min(side, image.shape[2]), min(side, image.shape[1])
    box = (round(float(lefts[column])), round(float(tops[row])), width, height)
    return ClassMap(chosen, lefts + (width - 1) / 2, tops + (height - 1) / 2, box)


def _starts(count: int, length: int, side: int) -> Tensor:
    """First pixels of the windows: they begin evenly from the first to the last that lies on the photo."""
    return torch.linspace(0, max(length - side, 0), count)
