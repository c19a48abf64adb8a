"""Descriptors of Kohl 2017 as modules: images ``(b, 3, h, w)`` to unit rows ``(b, d)``."""

from __future__ import annotations

from typing import Self

from torch import Tensor, nn

from resight.features.normalisation import unit

from .architectures import Network, behind, cut
from .fully_convolutional import fully_convolutional
from .heads import ProjectionHead
from .precision import full_precision
from .regions import Regions, places, windows

Descriptor = nn.Module
"""A module from images ``(b, 3, h, w)`` to unit rows ``(b, d)``."""


class ClassScores(nn.Module):
    """The class scores, as a unit row: "full classification features" of Kohl 2017 (docs/papers.md)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, classes)`` of images ``(b, 3, h, w)``."""
        return _unit(self.network(images).flatten(1))


class FlattenedMap(nn.Module):
    """The flattened map behind ``layer``, as a unit row: "conv. features" of Kohl 2017.

    Those of AlexNet at 224 pixels have 9,216 numbers.
    """

    def __init__(self, network: Network, layer: str) -> None:
        super().__init__()
        self.network = cut(network, layer)

    def forward(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, c·h'·w')`` of images ``(b, 3, h, w)``."""
        return _unit(self.network(images).flatten(1))


class ProjectedMap(nn.Module):
    """The map behind ``layer`` through the head of Gordo et al.: Kohl 2017, sections 4.3 and 4.4."""

    def __init__(self, network: Network, layer: str, head: ProjectionHead) -> None:
        super().__init__()
        self.network, self.head = cut(network, layer), head

    def forward(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of images ``(b, 3, h, w)``."""
        row: Tensor = self.head(self.network(images))
        return row


class SubRegions(nn.Module):
    """The regions where a classifier, fully convolutional, is surest, each through one head: Kohl 2017, section 8.

    ``side`` is that of the photos, in pixels, that the classifier sees whole. It says where to look, and stays in
    evaluation mode, since its dropout would make that a matter of chance.
    """

    def __init__(self, network: Network, layer: str, head: ProjectionHead, *, side: int, count: int = 6) -> None:
        super().__init__()
        self.network, self.classifier = parts(network, layer, side=side)
        self.regions = Regions(head, count=count)

    def train(self, mode: bool = True) -> Self:
        """Let all but the classifier learn."""
        super().train(mode)
        self.classifier.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of images ``(b, 3, h, w)``."""
        maps = self.network(images)
        row: Tensor = self.regions(maps, self.classifier(maps))
        return row


class SurestWindow(nn.Module):
    """The window of the map where the classifier is surest, as a unit row: what the head of `SubRegions` begins as."""

    def __init__(self, network: Network, layer: str, *, side: int) -> None:
        super().__init__()
        self.network, self.classifier = parts(network, layer, side=side)

    def forward(self, images: Tensor) -> Tensor:
        """Unit rows of images ``(b, 3, h, w)``."""
        maps = self.network(images)
        scores = self.classifier(maps)
        window = (maps.shape[2] - scores.shape[2] + 1, maps.shape[3] - scores.shape[3] + 1)
        return _unit(windows(maps, places(scores, 1), window=window).flatten(1))


def parts(network: Network, layer: str, *, side: int) -> tuple[Network, Network]:
    """The fully convolutional form of a classifier, up to ``layer`` and behind it, sharing its numbers."""
    form = fully_convolutional(network, side=side)
    return cut(form, layer), behind(form, layer)


@full_precision
def _unit(rows: Tensor) -> Tensor:
    return unit(rows)
