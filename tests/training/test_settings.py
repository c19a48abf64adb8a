"""Presets by name, and settings that nothing can be trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_type_hints

import pytest

from resight.errors import TrainingError
from resight.training.config import configured
from resight.training.settings import PRESETS, FineTuningConfig, Settings, preset, require_sound


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_sound_and_has_a_loss_of_its_own(name: str) -> None:
    require_sound(preset(name))
    assert [one for one, config in PRESETS.items() if config.loss == preset(name).loss] == [name]


def test_a_misspelt_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(TrainingError, match="did you mean 'triplet'"):
        preset("triplets")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch", 1),
        ("side", 8),
        ("rate", 0.0),
        ("rate", float("nan")),
        ("decay", 1.5),
        ("device", "gpu"),
        ("micro_batch", -1),
        ("seed", -1),
        ("warmup", -5),
        ("falling", -1.0),
        ("averaging", 2.0),
        ("weight_decay", -1.0),
        ("held_out", 1.5),
        ("momentum", 1.0),
        ("schedule", "cosin"),
        ("split", "photo"),
        ("rates", (("stage2",),)),
        ("rates", (("stage2", -1.0),)),
        ("rates", ("stage2", 0.1)),
        ("rates", (("stage2", "slow"),)),
    ],
)
def test_a_setting_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(TrainingError, match=f"the setting {name} is"):
        require_sound(replace(FineTuningConfig(), **{name: value}))  # type: ignore[arg-type]


def test_micro_batches_want_norms_that_keep_their_statistics() -> None:
    require_sound(FineTuningConfig(micro_batch=8))
    with pytest.raises(TrainingError, match=r"micro_batch wants norms .* found frozen_norms false: set"):
        require_sound(FineTuningConfig(micro_batch=8, frozen_norms=False))


def test_rates_are_pairs_of_a_layer_and_a_factor() -> None:
    require_sound(configured(FineTuningConfig(), ['rates=[["stage2", 0.1], ["conv0", 0]]']))
    with pytest.raises(TrainingError, match=r'rates is \[\["stage2", true\]\]; wanted pairs of a layer'):
        require_sound(configured(FineTuningConfig(), ['rates=[["stage2", true]]']))


def test_each_setting_is_spelled_out_for_python_with_its_kind() -> None:
    wanted, found = get_type_hints(FineTuningConfig), get_type_hints(Settings)
    assert list(found) == list(wanted)
    assert found.pop("rates") == Sequence[tuple[str, float]]
    wanted.pop("rates")
    assert found == wanted
