"""Settings of a study of what place classifiers look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from resight.errors import TrainingError, suggestion
from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, SEVERAL, SHARE, Range, require_within


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """Settings of a study; the defaults are those of Shi 2018, or readings of it.

    Attributes
    ----------
    side : of a photo as networks see it, pixels.
    hidden : width of the dense layers of VGG11 and the shallow networks.
    epochs, batch, rate : of Adam with betas 0.9 and 0.999.
    every, factor : epochs after which the rate is multiplied by the factor.
    again : networks that learn once more from another seed, as a baseline of consistency; none means all.
    theta, other_theta : heat, from 0 to 1, from which a place of a photo belongs to its explanation.
    pixels : mean pixels of a photo of 224 × 224 from which an object is drawn.
    drawn : visual explanations on the map.
    checked : photos whose maps are compared with those of networks drawn anew.
    perplexities, seeds : of the embeddings; the first of each is shown.
    seed : of splits and networks.
    """

    side: Annotated[int, Range(32, 1024)] = 224
    hidden: Annotated[int, COUNT] = 4096
    epochs: Annotated[int, COUNT] = 30
    batch: Annotated[int, SEVERAL] = 32
    rate: Annotated[float, POSITIVE] = 0.0001
    every: Annotated[int, COUNT] = 10
    factor: Annotated[float, POSITIVE] = 0.1
    again: tuple[str, ...] = ()
    theta: Annotated[float, SHARE] = 0.6
    other_theta: Annotated[float, SHARE] = 0.8
    pixels: Annotated[float, Range(0)] = 100.0
    drawn: Annotated[int, COUNT] = 500
    checked: Annotated[int, NATURAL] = 32
    perplexities: Annotated[tuple[int, ...], COUNT] = (30, 10, 50)
    seeds: Annotated[tuple[int, ...], NATURAL] = (0, 1, 2)
    seed: Annotated[int, SEED] = 0


PRESETS: Final[dict[str, StudyConfig]] = {
    "paper": StudyConfig(),
    "cpu": StudyConfig(side=112, hidden=512, epochs=15, batch=16, again=("resnet18", "simple", "simpler"), checked=16),
    "brief": StudyConfig(
        side=96, hidden=256, epochs=4, batch=8, again=("simple",), checked=8, perplexities=(30, 10), seeds=(0, 1)
    ),
}
"""Settings by name: "cpu" is for two processor cores, and "brief" for a first look in minutes."""

LEFT_OUT: Final = {
    "cpu": (
        "networks see photos of 112 pixels in place of 224, so that maps are coarser",
        "dense layers of VGG11 and the shallow networks are 512 wide in place of 4096",
        "15 epochs of batches of 16",
        "VGG11 learns once, so that its baseline of another seed is missing",
    ),
    "brief": (
        "networks see photos of 96 pixels in place of 224, so that maps are coarser",
        "dense layers of VGG11 and the shallow networks are 256 wide in place of 4096",
        "4 epochs of batches of 8, after which networks drawn anew have learned little",
        "Simple alone learns once more, so that the baseline of another seed is missing of all others",
    ),
}
"""All that the smaller settings leave out, in words."""


def preset(name: str) -> StudyConfig:
    """The settings of that name; raises TrainingError with the nearest name for an unknown one."""
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        raise TrainingError(f"there is no preset {name!r}{suggestion(name, PRESETS)}; wanted one of {known}")
    return PRESETS[name]


def checked(config: StudyConfig) -> StudyConfig:
    """The config, where its numbers make sense; raises TrainingError where they do not."""
    require_within(config)
    return config
