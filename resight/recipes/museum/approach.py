"""Ways to make a descriptor of a photo: a network, the features that are taken, and how they are learned."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

from resight.errors import TrainingError, suggestion
from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, SEVERAL, SIDE, Range, require_within


@dataclass(frozen=True, slots=True)
class MuseumConfig:
    """Settings of how a row learns and sees; the defaults are those of section 4.2.2.

    Attributes
    ----------
    epochs, batch, rate, momentum, decay : of gradient descent; a batch is photos, pairs or triplets.
    anneal_after : epochs after which the rate falls to a tenth; 0 never.
    margin : of the loss, between cosines, where it has one.
    share : of negative pairs among random ones.
    hardest : negatives of each photo among the hardest pairs.
    switch : the epoch, from 0, from which on the hardest negatives follow the semi-hard ones.
    mining : what pairs and triplets are mined among: "set", all photos as they are described before each epoch, or
        "batch", those of the step; its ``batch`` is then instances, with two photos each.
    mined : easiest positives, hardest negatives, and how many of their triplets are kept.
    augmentation : a name of AUGMENTATIONS.
    normalisation : "network" is that of the weights; or a name of `nn.augmentation.normalisation.NAMES`.
    side : of a photo, pixels; it is stretched to a square.
    scales : sides that sub-regions are learned at; they are described at the first.
    regions : of the highest activation, that describe a photo.
    width, fitted : dimensions of the learned head, and the views of photos whose PCA it begins as.
    micro_batch : photos that go through the network at a time; 0 takes all of a batch at once.
    seed : of everything drawn.
    """

    epochs: Annotated[int, COUNT] = 50
    batch: Annotated[int, COUNT] = 64
    rate: Annotated[float, POSITIVE] = 0.01
    momentum: Annotated[float, Range(0, 1, below=True)] = 0.9
    decay: Annotated[float, NATURAL] = 0.0005
    anneal_after: Annotated[int, NATURAL] = 30
    margin: Annotated[float, Range(0, 2)] = 0.0
    share: Annotated[float, Range(0, 1, below=True)] = 0.9
    hardest: Annotated[int, COUNT] = 10
    switch: Annotated[int, NATURAL] = 10
    mining: str = "set"
    mined: Annotated[tuple[int, int, int], COUNT] = (3, 3, 1)
    augmentation: str = "museum"
    normalisation: str = "network"
    side: Annotated[int, SIDE] = 224
    scales: Annotated[tuple[int, ...], SIDE] = (288, 352)
    regions: Annotated[int, COUNT] = 6
    width: Annotated[int, COUNT] = 512
    fitted: Annotated[int, SEVERAL] = 1024
    micro_batch: Annotated[int, NATURAL] = 0
    seed: Annotated[int, SEED] = 0


MINING: Final = ("set", "batch")
"""Sets that can be mined among."""


def require_sound(config: MuseumConfig) -> None:
    """Raises TrainingError for settings that nothing can be learned or seen with."""
    require_within(config)
    if config.mining not in MINING:
        raise TrainingError(
            f"the setting mining is {config.mining!r}{suggestion(config.mining, MINING)}; wanted set, which mines all "
            "photos before each epoch, or batch, which mines those of each step"
        )
    if len(config.mined) != 3:
        raise TrainingError(
            f"the setting mined is {list(config.mined)}; wanted three numbers: the easiest positives, the hardest "
            "negatives, and how many of their triplets are kept"
        )


@dataclass(frozen=True, slots=True)
class Approach:
    """A line of Table 1 of Kohl 2017.

    Attributes
    ----------
    title : the paper's words.
    features : "full" classification scores, the "conv" map, a learned "head" on that, or the "regions" of the map.
    loss : what is learned by; None learns nothing.
    miner : what finds pairs or triplets; None where photos are classified.
    after : the loss of the classification that is learned before.
    config : how.
    paper : precision at 1 in per cent or what the paper has in its place; by network, then by data set.
    """

    title: str
    features: str
    loss: str | None = None
    miner: str | None = None
    after: str | None = None
    config: MuseumConfig = MuseumConfig()
    paper: tuple[tuple[str, str], tuple[str, str]] = (("N/A", "N/A"), ("N/A", "N/A"))


@dataclass(frozen=True, slots=True)
class StartingNetwork:
    """A network of the table, or what stands in for one.

    Attributes
    ----------
    architecture : a name of ARCHITECTURES.
    frozen : the layer up to which nothing learns.
    stands_for : which of the paper's networks it is compared with, from 0.
    epochs : share of the paper's epochs that it learns for.
    """

    architecture: str
    frozen: str
    stands_for: int
    epochs: float = 1.0


@dataclass(frozen=True, slots=True)
class MuseumRow:
    """A row that can be run: an approach on a network.

    Attributes
    ----------
    name : of the row.
    group : name of the backbone, which rows that learn the same begin with.
    approach, backbone : what it is made of.
    config : of what the row learns last.
    before : of the classification that comes before, where there is one.
    """

    name: str
    group: str
    approach: Approach
    backbone: StartingNetwork
    config: MuseumConfig
    before: MuseumConfig


def decisive(config: MuseumConfig) -> dict[str, Any]:
    """Settings that decide the figures, as JSON gives them back; micro-batches learn the same."""
    return {name: value for name, value in plain(config).items() if name != "micro_batch"}


def plain(config: MuseumConfig) -> dict[str, Any]:
    """The config as JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return plain


def miner_options(miner: str, config: MuseumConfig) -> dict[str, Any]:
    """Arguments of a miner that the config gives, beside similarities and labels."""
    positives, negatives, kept = config.mined
    options: dict[str, dict[str, Any]] = {
        "random-pairs": {"share": config.share},
        "hardest-pairs": {"count": config.hardest},
        "semi-hard": {"margin": config.margin},
        "semi-hard-then-hardest": {"margin": config.margin, "switch": config.switch},
        "easy-hard": {"positives": positives, "negatives": negatives, "kept": kept},
    }
    return options.get(miner, {})
