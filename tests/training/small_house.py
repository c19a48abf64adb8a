"""The house network with few channels, under a name of its own: it learns and is converted in much less time."""

from __future__ import annotations

from resight.nn.backbones.house import house
from resight.nn.networks.architectures import ARCHITECTURES, IMAGENET, Architecture, Network

NAME, CHANNELS = "small-house", 128


def small_house() -> Network:
    """Has the layers of the house network and random weights."""
    return house((8, 8, 16, 32, 32, CHANNELS), (1, 1, 1))


PLAN = Architecture(small_house, "context", (), *IMAGENET)


def register() -> None:
    """Let this process know it; a child of a test begins with this."""
    ARCHITECTURES[NAME] = PLAN
