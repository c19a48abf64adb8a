"""Settings of the classifier: the paper's, and names that are refused."""

from __future__ import annotations

import pytest

from resight.errors import TrainingError
from resight.recipes.pairs.config import CHANGEABLE, CONFIGS, PairsConfig, named
from resight.training.ranges import require_within


def test_hyper_parameters_are_the_papers() -> None:
    for name in ("resnet50", "vgg16"):
        config = named(name)
        assert (config.batch, config.rate, config.momentum, config.alpha) == (64, 0.01, 0.8, 0.02)
        assert (config.seen, config.held_out, config.album, config.side) == (180, 0.3, 64, 224)


def test_every_preset_is_in_range() -> None:
    for config in CONFIGS.values():
        require_within(config)
    assert all(hasattr(PairsConfig(), name) for name in CHANGEABLE)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(TrainingError, match="no preset 'resnet5'; did you mean 'resnet50'"):
        named("resnet5")
