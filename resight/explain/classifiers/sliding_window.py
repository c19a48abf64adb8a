"""Sliding-window scores of a class: of a fully convolutional classifier, and the region it is surest of.

Kohl 2017, section 8 and figure 6: the classifier is slid over a photo that is larger than those it was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.nn.networks.architectures import Network
from resight.nn.networks.fully_convolutional import fully_convolutional
from resight.nn.networks.modes import evaluating
from resight.nn.networks.receptive_field import receptive_field
from resight.nn.networks.regions import places

from .target import scores


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """A class's scores over a photo.

    Attributes
    ----------
    probabilities : (h', w') of the class among all, at each place of the classifier's window.
    across, down : (w',) and (h',), x and y of the windows' centres in pixels of the photo.
    box : (left, top, width, height) of the surest window as far as it lies on the photo, in the same pixels.
    """

    probabilities: Tensor
    across: Tensor
    down: Tensor
    box: tuple[int, int, int, int]


def class_map(network: Network, image: Tensor, target: int, *, side: int = 224) -> ClassMap:
    """Maps a class over a normalised photo ``(c, h, w)``, by a classifier trained at ``side`` pixels.

    A photo of ``side`` pixels is one window, and one that is moved by the network's stride is seen one place further:
    so window (i, j) begins at stride · (j, i). Where convolutions are padded, the last may reach beyond the photo by
    less than a stride. The network may be in training mode, and is left so. Raises ModelError for a class that does
    not exist and for a classifier that cannot be slid, ShapeError for a photo that is smaller than a window.
    """
    channels, height, width = image.shape
    if min(height, width) < side:
        raise ShapeError(
            f"the photo has {width} × {height} pixels, and the classifier's window {side} × {side}; wanted a photo as "
            "large or larger: enlarge it, or name the side of the photos that the classifier was trained on"
        )
    with evaluating(network), torch.inference_mode():
        form = fully_convolutional(network, side=side, channels=channels)
        found = form(image[None]).log_softmax(dim=1)  # its exponent alone may be 1 at several places
        stride = receptive_field(form).stride
    logs = scores(found[0].flatten(1).T, target).reshape(found.shape[2:])
    [[[row, column]]] = places(logs[None, None], 1).tolist()
    left, top = stride * column, stride * row
    down, across = (stride * torch.arange(count) + (side - 1) / 2 for count in logs.shape)
    return ClassMap(logs.exp(), across, down, (left, top, min(side, width - left), min(side, height - top)))
