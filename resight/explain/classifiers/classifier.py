"""A classifier, asked about one photo: what it takes it for, and by which of its parts; a method is one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.errors import ModelError
from resight.explain.catalogue import CLASS_MAP
from resight.explain.heat import interpolated
from resight.io import images
from resight.nn.networks.architectures import Architecture, Network, architecture, cut, layers
from resight.nn.networks.pretrained import classifier, fastest
from resight.nn.networks.receptive_field import receptive_field
from resight.types import Array, Image

from . import attribution, class_activation
from .activation_maximisation import maximised
from .sanity_check import depth, persistence
from .sliding_window import class_map

ZOOM: Final = 2
"""Windows along the shorter side of a photo that a classifier is slid over."""

COARSE: Final = 4
"""Pixels along either side that are one place of a map: a single pixel's gradient is noise to the eye."""

LONGEST: Final = 4
"""Longer side of a photo over its shorter one, at most; a longer strip is pressed together."""

SPREAD, CAP = 0.45, 0.99
"""Largest distance from the mean colour, on [0, 1], of this share of a wished picture's colours."""

DRAWS: Final = 3
"""Networks drawn half anew whose maps are compared with the network's own."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class CellValues:
    """A map on the grid that it was computed on.

    Attributes
    ----------
    values : (h', w'), larger where more speaks for the class.
    across, down : (w',) and (h',), x and y of the cells' centres in pixels of the photo as it was seen.
    box : (left, top, width, height) of the surest window in those pixels; None where the method has no windows.
    """

    values: Array
    across: Array
    down: Array
    box: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LocatedClass:
    """A class over a photo.

    Attributes
    ----------
    weights : (h, w) over all of it, a value for every COARSE pixels of the photo as the network sees it.
    peak : the largest value of the grid that the map was computed on.
    box : (left, top, width, height) of the surest window in shares of the photo's size, or None.
    """

    weights: Array
    peak: float
    box: tuple[float, float, float, float] | None


class Classifier:
    """A network up to its scores, with the ``plan`` it was made by, trained on photos of ``side`` pixels."""

    def __init__(self, network: Network, plan: Architecture, *, side: int) -> None:
        self.network, self.plan, self.side = network.to(fastest()), plan, side

    @classmethod
    def read(cls, name: str, file: Path, *, side: int) -> Classifier:
        """Reads a classifier from a weight file.

        Raises ModelError for an unknown architecture and for weights that do not fit.
        """
        return cls(classifier(name, file), architecture(name), side=side)

    def probabilities(self, image: Image) -> Array:
        """Probabilities of the classes ``(k,)`` for a photo ``(h, w, 3)`` as a whole."""
        with torch.inference_mode():
            found: Array = self.network(self._tensor(self.whole(image))).double().softmax(dim=1)[0].cpu().numpy()
        return found

    @property
    def classes(self) -> int:
        """Number of classes that it tells apart."""
        return len(self.probabilities(np.zeros((1, 1, 3), np.uint8)))

    def whole(self, image: Image) -> Image:
        """A photo as the network sees it as a whole: its shorter side is that of the photos it was trained on."""
        return seen(image, self.side)

    def locate(self, method: str, image: Image, target: int) -> LocatedClass:
        """A class over a photo by one of METHODS.

        Raises ModelError where the network does not suit the method, MissingExtra without captum where it is needed.
        """
        photo = self._seen_by(method, image)
        size = photo.shape[1], photo.shape[0]
        height, width, _ = self.whole(image).shape
        found = self._cells(self.network, method, photo, target)
        fine = interpolated(found.values, found.across, found.down, size=size, shape=(height, width))
        box = None if found.box is None else _shares(found.box, size)
        return LocatedClass(_means(fine, (height // COARSE, width // COARSE)), float(found.values.max()), box)

    def persistence(self, method: str, image: Image, target: int, *, rng: np.random.Generator) -> float:
        """Rank correlation of the map with those of networks whose second half is drawn anew, on average.

        Adebayo et al. 2018: it is near 1 for a map that does not mind what the network has learned.
        """
        photo, half = self._seen_by(method, image), -(-depth(self.network) // 2)

        def show(network: nn.Module) -> Array:
            assert isinstance(network, nn.Sequential)
            return self._cells(network, method, photo, target).values

        return float(
            np.mean([kept for _, kept in persistence(self.network, show, rng=rng, levels=(half,), draws=DRAWS)])
        )

    def visualise(self, target: int, *, seed: int, tell: Callable[[int, int], object]) -> Image:
        """A picture ``(side, side, 3)`` that a class would like to see, with the contrast of photos.

        ``tell`` is told how many steps are done, and of how many.
        """
        generator = torch.Generator().manual_seed(seed)
        found = maximised(self.network, target, side=self.side, generator=generator, tell=tell).permute(1, 2, 0)
        mean, std = (torch.tensor(each).to(found) for each in (self.plan.mean, self.plan.std))
        contrast = std * found
        within = contrast * (SPREAD / contrast.abs().quantile(CAP).clamp_min(SPREAD))
        picture: Image = (255 * (mean + within)).round().clamp(0, 255).byte().cpu().numpy()
        return picture

    def _seen_by(self, method: str, image: Image) -> Image:
        """The photo as a method sees it."""
        return seen(image, self.side * ZOOM if method == CLASS_MAP else self.side)

    def _cells(self, network: Network, method: str, photo: Image, target: int) -> CellValues:
        asked = MapRequest(network, self._tensor(photo), target, layer=self.plan.layer, side=self.side)
        return METHODS[method](asked)

    def _tensor(self, photo: Image) -> Tensor:
        pixels = torch.from_numpy(photo.copy()).to(next(self.network.parameters()))
        mean, std = (torch.tensor(each).to(pixels) for each in (self.plan.mean, self.plan.std))
        return ((pixels / 255 - mean) / std).permute(2, 0, 1)[None]


def _means(values: Array, shape: tuple[int, int]) -> Array:
    """Means ``(h', w')`` of equal parts of ``values (h, w)``."""
    return _array(F.adaptive_avg_pool2d(torch.from_numpy(values)[None], shape)[0])


def _shares(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, width, height = box
    return left / size[0], top / size[1], width / size[0], height / size[1]


def seen(image: Image, side: int) -> Image:
    """A photo ``(h, w, 3)`` with ``side`` pixels along its shorter side, and at most LONGEST times as many."""
    shorter = min(image.shape[:2])
    height, width = (min(round(side * length / shorter), LONGEST * side) for length in image.shape[:2])
    return images.resize(image, (width, height))


@dataclass(frozen=True, slots=True, eq=False)
class MapRequest:
    """A request for a map: a network, a normalised photo ``(1, 3, h, w)`` and a class.

    ``layer`` is the one that Grad-CAM looks behind, ``side`` that of the photos that the network was trained on.
    """

    network: Network
    photo: Tensor
    target: int
    layer: str
    side: int


MapFunction = Callable[[MapRequest], CellValues]


def _slid(asked: MapRequest) -> CellValues:
    found = class_map(asked.network, asked.photo[0], asked.target, side=asked.side)
    return CellValues(_array(found.probabilities), _array(found.across), _array(found.down), found.box)


def _grad_cam(asked: MapRequest) -> CellValues:
    found = class_activation.grad_cam(asked.network, asked.photo, asked.target, layer=asked.layer)
    return _behind(asked.layer, asked, found)


def _cam(asked: MapRequest) -> CellValues:
    layer = averaged(asked.network)
    return _behind(layer, asked, class_activation.cam(asked.network, asked.photo, asked.target, layer=layer))


def averaged(network: Network) -> str:
    """The layer whose map the network pools to a fixed size; raises ModelError for one that does not."""
    names = layers(network)
    pools = [index for index, name in enumerate(names) if _pools(network.get_submodule(name))]
    if not pools or pools[-1] == 0:
        raise ModelError("CAM wants a network that takes the mean of a map; found none in this one: use Grad-CAM")
    return names[pools[-1] - 1]


def _pools(layer: nn.Module) -> bool:
    return isinstance(layer, nn.AdaptiveAvgPool2d)


def _behind(layer: str, asked: MapRequest, found: Tensor) -> CellValues:
    """A map ``(1, h', w')`` of a layer's cells, where they lie on the photo."""
    values, field = _array(found[0]), receptive_field(cut(asked.network, layer))
    down, across = (field.offset + field.stride * np.arange(count) for count in values.shape)
    return CellValues(values, across, down)


def _pixels(show: Callable[[nn.Module, Tensor, int], Tensor], asked: MapRequest) -> CellValues:
    values = _array(show(asked.network, asked.photo, asked.target)[0])
    down, across = (np.arange(count, dtype=np.float64) for count in values.shape)
    return CellValues(values, across, down)


def _occlusion(asked: MapRequest) -> CellValues:
    window, stride = asked.side // 4, asked.side // 8
    return _pixels(partial(attribution.occlusion, window=window, stride=stride), asked)


def _array(values: Tensor) -> Array:
    return values.detach().double().cpu().numpy()


METHODS: Final[Mapping[str, MapFunction]] = {
    CLASS_MAP: _slid,
    "grad-cam": _grad_cam,
    "cam": _cam,
    "saliency": partial(_pixels, attribution.saliency),
    "guided-backpropagation": partial(_pixels, attribution.guided_backpropagation),
    "deconvnet": partial(_pixels, attribution.deconvnet),
    "occlusion": _occlusion,
}
"""Heat-map methods of classifiers, by name."""
