"""The feature map of one image of any size."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.types import Array


def feature_map(network: nn.Module, image: Tensor, *, stride: int) -> Array:
    """The map ``(c, ⌈h / stride⌉, ⌈w / stride⌉)`` of one image ``(1, channels, h, w)``, as NumPy, without gradient.

    ``stride`` is the network's; the image is padded with zeros to whole cells, so that it may be as small as one pixel.
    """
    height, width = image.shape[2:]
    with torch.inference_mode():
        found: Tensor = network(F.pad(image, (0, -width % stride, 0, -height % stride)))[0]
    return found.cpu().numpy()
