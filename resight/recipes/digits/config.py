"""The settings of the experiment of Ghosh et al. 2017."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from resight.errors import TrainingError, suggestion
from resight.explain.filter_importance import ERRORS, SCALES
from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, require_within


@dataclass(frozen=True, slots=True)
class DigitsConfig:
    """Settings of training and benchmark; the defaults are the paper's, or readings of it.

    Attributes
    ----------
    images : training digits that are learned from, the first ones.
    epochs, batch, rate, decay : of Adam; the rate is ``rate / (1 + decay · step)``.
    others, other_epochs : further networks that the signs are compared on, and how long they learn.
    error, split : what is measured without each filter, a name of ERRORS, and on which digits, "train" or "test".
    scale, temperature : of the softmax, `filter_importance.weights`.
    deviations, gap : above the mean heat from which a place is hot, and pixels between regions that are one hotspot.
    strokes : bright strokes thinner than so many pixels are kept where only those are looked at; odd.
    invert : whether photos that are dark on light are inverted.
    scenes : pasted digits that each method is asked for, under each condition.
    shown, drawn : photos whose path has one of these words are drawn first, so many in all; none has a digit pasted on.
    long_side : of a photo that is drawn, at most, pixels.
    seed : of everything drawn.
    """

    images: Annotated[int, COUNT] = 60_000
    epochs: Annotated[int, COUNT] = 10
    batch: Annotated[int, COUNT] = 300
    rate: Annotated[float, POSITIVE] = 0.001
    decay: Annotated[float, NATURAL] = 1e-5
    others: Annotated[int, NATURAL] = 4
    other_epochs: Annotated[int, COUNT] = 3
    error: str = "nll"
    split: str = "train"
    scale: str = "standardised"
    temperature: Annotated[float, POSITIVE] = 1.0
    deviations: Annotated[float, NATURAL] = 2.0
    gap: Annotated[int, NATURAL] = 4
    strokes: Annotated[int, COUNT] = 15
    invert: bool = True
    scenes: Annotated[int, COUNT] = 100
    shown: tuple[str, ...] = ("coins", "page", "text", "sign", "number")
    drawn: Annotated[int, NATURAL] = 12
    long_side: Annotated[int, COUNT] = 640
    seed: Annotated[int, SEED] = 0


def checked(config: DigitsConfig) -> DigitsConfig:
    """The config, where its names and numbers make sense; raises TrainingError where they do not."""
    for setting, known in (("error", ERRORS), ("split", ("train", "test")), ("scale", SCALES)):
        name = getattr(config, setting)
        if name not in known:
            raise TrainingError(
                f"the setting {setting} is {name!r}{suggestion(name, known)}; wanted one of {', '.join(known)}"
            )
    require_within(config)
    if config.strokes % 2 == 0:
        raise TrainingError(f"the setting strokes is {config.strokes}; wanted an odd number of pixels, such as 15")
    return config
