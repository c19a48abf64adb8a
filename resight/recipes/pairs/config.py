"""Settings of the classifier of Tiny ImageNet: the paper's, and reduced ones that a processor can train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from resight.errors import TrainingError, suggestion
from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, SEVERAL, SHARE, SIDE, Range


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """Settings of how the classifier learns; the defaults are the paper's.

    Attributes
    ----------
    network : a name of ARCHITECTURES.
    seen : classes to learn; the others are unseen.
    held_out : share of the training photos to validate on.
    album, side : of a photo as it is augmented, and as the network sees it, pixels.
    epochs, batch, rate, momentum : of gradient descent with Nesterov's look ahead, which wants a momentum.
    alpha : of the running-mean rule by which the rate falls.
    augmentation, normalisation : names of AUGMENTATIONS and `nn.normalisation.NAMES`.
    bf16 : whether the network computes in bfloat16 while it learns.
    micro_batch : photos that go through a network without norms at a time; 0 takes all of a batch at once.
    seed : of everything drawn.
    """

    network: str = "resnet50"
    seen: Annotated[int, SEVERAL] = 180
    held_out: Annotated[float, Range(0, 1, above=True, below=True)] = 0.3
    album: Annotated[int, SIDE] = 64
    side: Annotated[int, SIDE] = 224
    epochs: Annotated[int, COUNT] = 30
    batch: Annotated[int, COUNT] = 64
    rate: Annotated[float, POSITIVE] = 0.01
    momentum: Annotated[float, Range(0, 1, above=True, below=True)] = 0.8
    alpha: Annotated[float, SHARE] = 0.02
    augmentation: str = "pairs"
    normalisation: str = "dataset"
    bf16: bool = False
    micro_batch: Annotated[int, NATURAL] = 0
    seed: Annotated[int, SEED] = 0


CONFIGS: Final[dict[str, PairsConfig]] = {
    "resnet50": PairsConfig(),
    "vgg16": PairsConfig(network="vgg16"),
    "reduced-resnet18": PairsConfig(network="resnet18", side=64, epochs=10),
    "reduced-squeezenet": PairsConfig(network="squeezenet1_1", side=112, epochs=10),
}
"""Configs by name; "reduced-" ones are small enough for a processor."""

CHANGEABLE: Final = ("epochs", "micro_batch")
"""Settings under which a checkpoint made with others may be gone on from."""


def named(name: str) -> PairsConfig:
    """The config of that name; raises TrainingError with the nearest name for an unknown one."""
    if name not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise TrainingError(f"there is no preset {name!r}{suggestion(name, CONFIGS)}; wanted one of {known}")
    return CONFIGS[name]
