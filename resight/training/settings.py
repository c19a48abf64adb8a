"""Settings of fine-tuning, and the named presets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypedDict

from resight.errors import TrainingError, suggestion
from resight.nn.loop import learning_rate

from .ranges import COUNT, NATURAL, POSITIVE, SEED, SEVERAL, SHARE, SIDE, Range, require_device, require_within
from .split import KINDS


@dataclass(frozen=True, slots=True)
class FineTuningConfig:
    """Settings of fine-tuning.

    Attributes
    ----------
    split : "image" or "instance", see training/split.py.
    held_out : share of the instances that are asked about, where the data set does not say so itself.
    epochs : in all.
    schedule, decay : how the rate goes, and the share of the epochs that it falls in, see nn/loop/learning_rate.py.
    batch : instances of a step, each seen in two views.
    steps : of an epoch; 0 means as many as show each photo once, 16 at least.
    album, side : of the decoded photos and of the views of them, pixels.
    views : how strong views are, as a share of those that the house encoder learns from.
    loss, miner, temperature : what is minimised; the miner of pairs or triplets, "" for the loss's usual one; and the
        temperature of the supervised contrast.
    learned_p : whether the exponent learns of a model that pools by GeM.
    optimiser, rate, momentum, warmup, weight_decay, clip : how; momentum is Adam's first beta, too, and the warmup in
        steps, a fifth of all at most. Norms and biases do not decay.
    freeze : the last layer that does not learn; "" lets all learn.
    falling : factor of the rate from each layer to the one before.
    rates : pairs of a layer and the factor of its rate, in place of what ``falling`` makes it.
    frozen_norms : whether norms keep the statistics of the start.
    averaging : decay of the moving average of the weights.
    kept : share of the start's weights in the finished encoder; 0 takes the trained ones alone.
    bf16 : whether the network computes in bfloat16 while it learns.
    micro_batch : views that go through the network at a time, to the gradient of the whole batch; 0 takes all at once.
    patience : epochs without a better P@1 after which training ends; 0 never ends it early.
    device : "cpu" or "cuda"; "" takes a GPU if there is one.
    seed : of everything drawn.
    board : whether curves are written for TensorBoard, into the folder MODEL.board.
    """

    split: str = "image"
    held_out: Annotated[float, SHARE] = 0.2
    epochs: Annotated[int, COUNT] = 10
    schedule: str = learning_rate.NAMES[0]
    decay: Annotated[float, SHARE] = 0.3
    batch: Annotated[int, SEVERAL] = 32
    steps: Annotated[int, NATURAL] = 0
    album: Annotated[int, SIDE] = 192
    side: Annotated[int, SIDE] = 160
    views: Annotated[float, SHARE] = 0.7
    loss: str = "supervised-contrastive"
    miner: str = ""
    temperature: Annotated[float, POSITIVE] = 0.07
    learned_p: bool = False
    optimiser: str = "adamw"
    rate: Annotated[float, POSITIVE] = 3e-5
    momentum: Annotated[float, Range(0, 1, below=True)] = 0.9
    warmup: Annotated[int, NATURAL] = 20
    weight_decay: Annotated[float, NATURAL] = 0.01
    clip: Annotated[float, POSITIVE] = 5.0
    freeze: str = ""
    falling: Annotated[float, SHARE] = 1.0
    rates: tuple[tuple[str, float], ...] = ()
    frozen_norms: bool = True
    averaging: Annotated[float, SHARE] = 0.98
    kept: Annotated[float, SHARE] = 0.0
    bf16: bool = False
    micro_batch: Annotated[int, NATURAL] = 0
    patience: Annotated[int, NATURAL] = 0
    device: str = ""
    seed: Annotated[int, SEED] = 0
    board: bool = False


class Settings(TypedDict, total=False):
    """The settings of a training by name, as :class:`FineTuningConfig` describes them."""

    split: str
    held_out: float
    epochs: int
    schedule: str
    decay: float
    batch: int
    steps: int
    album: int
    side: int
    views: float
    loss: str
    miner: str
    temperature: float
    learned_p: bool
    optimiser: str
    rate: float
    momentum: float
    warmup: int
    weight_decay: float
    clip: float
    freeze: str
    falling: float
    rates: Sequence[tuple[str, float]]
    frozen_norms: bool
    averaging: float
    kept: float
    bf16: bool
    micro_batch: int
    patience: int
    device: str
    seed: int
    board: bool


PRESETS: Final[dict[str, FineTuningConfig]] = {
    "contrast": FineTuningConfig(),
    "multi-similarity": FineTuningConfig(loss="multi-similarity"),
    "smooth-ap": FineTuningConfig(loss="smooth-ap"),
    "triplet": FineTuningConfig(loss="triplet-cosine"),
    "arcface": FineTuningConfig(loss="arcface"),
}
"""Recipes by name; the first is the default."""


def preset(name: str) -> FineTuningConfig:
    """The settings of a preset; raises TrainingError with the nearest name for an unknown one."""
    if name not in PRESETS:
        raise TrainingError(
            f"there is no preset {name!r}{suggestion(name, PRESETS)}; wanted one of {', '.join(PRESETS)}"
        )
    return PRESETS[name]


def require_sound(config: FineTuningConfig) -> None:
    """Raises TrainingError for numbers that nothing can be trained with."""
    for setting, known in (("split", KINDS), ("schedule", learning_rate.NAMES)):
        if (name := getattr(config, setting)) not in known:
            wanted = f"wanted one of {', '.join(known)}"
            raise TrainingError(f"the setting {setting} is {name!r}{suggestion(name, known)}; {wanted}")
    if not all(_is_rate(pair) for pair in config.rates):
        raise TrainingError(
            f"the setting rates is {json.dumps(config.rates)}; wanted pairs of a layer and of the factor of its rate, "
            '0 at least, such as [["stage2", 0.1]]'
        )
    require_within(config)
    if config.micro_batch and not config.frozen_norms:
        raise TrainingError(
            "the setting micro_batch wants norms that keep their statistics, which those of a micro-batch would spoil; "
            "found frozen_norms false: set frozen_norms=true, or leave micro_batch at 0"
        )
    require_device(config.device)


def _is_rate(pair: Any) -> bool:
    """Whether this is the name of a layer and a factor."""
    if not (isinstance(pair, tuple) and [type(each) for each in pair] in ([str, float], [str, int])):
        return False
    return NATURAL.holds(pair[1])
