"""The settings of the house recipe."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

from resight.errors import TrainingError
from resight.training import whitening_background
from resight.training.ranges import (
    COUNT,
    NATURAL,
    POSITIVE,
    SEED,
    SEVERAL,
    SHARE,
    SIDE,
    require_device,
    require_within,
)


@dataclass(frozen=True, slots=True)
class HouseConfig:
    """Settings of the recipe.

    Attributes
    ----------
    epochs : at the full rate; an epoch is ``steps`` batches, after which training is validated and saved.
    decay : epochs in which the rate then falls to zero.
    batch : photos of a step, each seen in two views; one alone contrasts with none.
    sides : from which epoch on views have which side in pixels; ``decay_side`` is that of the decay.
    mild : steps in which views grow to their full strength.
    rate, warmup, weight_decay, clip : of AdamW; the warmup in steps.
    averaging, decay_averaging : decay of the moving average of the weights; short in the decay, which averages itself.
    bf16 : whether the network computes in bfloat16 while it learns.
    held_out : photos kept to validate on.
    album : side of the decoded photos, pixels.
    taught, taught_map : dimensions of the teacher's whitened descriptors and maps.
    long_side : of a photo for the finished encoder, pixels.
    half : whether the finished encoder is stored in float16; benchmarks/precision.py tells what that costs.
    background : photos that tell what its descriptors are like, for galleries of a few.
    device : "cpu" or "cuda"; "" takes a GPU if there is one.
    seed : of everything drawn.
    board : whether curves are written for TensorBoard, into the folder ``board`` of the work folder.
    """

    epochs: Annotated[int, COUNT] = 18
    decay: Annotated[int, NATURAL] = 3
    batch: Annotated[int, SEVERAL] = 128
    steps: Annotated[int, COUNT] = 128
    sides: tuple[tuple[int, int], ...] = ((0, 96), (10, 128), (18, 160))
    decay_side: Annotated[int, SIDE] = 160
    mild: Annotated[int, NATURAL] = 2500
    rate: Annotated[float, POSITIVE] = 2e-3
    warmup: Annotated[int, NATURAL] = 100
    weight_decay: Annotated[float, NATURAL] = 0.05
    clip: Annotated[float, POSITIVE] = 5.0
    averaging: Annotated[float, SHARE] = 0.999
    decay_averaging: Annotated[float, SHARE] = 0.99
    bf16: bool = True
    held_out: Annotated[int, NATURAL] = 1024
    album: Annotated[int, SIDE] = 160
    taught: Annotated[int, COUNT] = 512
    taught_map: Annotated[int, COUNT] = 256
    long_side: Annotated[int, SIDE] = 416
    half: bool = True
    background: Annotated[int, COUNT] = whitening_background.PHOTOS
    device: str = ""
    seed: Annotated[int, SEED] = 0
    board: bool = False


CHANGEABLE: Final = (
    *("epochs", "decay", "sides", "decay_side", "decay_averaging"),
    *("long_side", "half", "background", "device", "board"),
)
"""Settings under which a checkpoint made with others may be gone on from."""


def require_sound(config: HouseConfig) -> None:
    """Raises TrainingError for settings that nothing can be trained with."""
    require_within(config)
    require_device(config.device)
    if not _scheduled(config.sides):
        raise TrainingError(
            f"the setting sides is {json.dumps(config.sides)}; wanted pairs of an epoch, rising from 0, and of a side "
            f"in pixels, {SIDE}: such as {json.dumps(HouseConfig().sides)}"
        )


def _scheduled(sides: tuple[Any, ...]) -> bool:
    """Whether these are pairs of an epoch, rising from 0, and of a side."""
    for pair in sides:
        if not isinstance(pair, tuple) or [type(each) for each in pair] != [int, int]:
            return False
    epochs = [epoch for epoch, _ in sides]
    return epochs[:1] == [0] and epochs == sorted(set(epochs)) and all(SIDE.holds(side) for _, side in sides)
