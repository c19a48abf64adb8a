"""What an approach says of itself in a report."""

from __future__ import annotations

import inspect
import json

import pytest

from resight.errors import TrainingError
from resight.nn.mining.miners import MINERS
from resight.recipes.museum.approach import MuseumConfig, decisive, miner_options, plain, require_sound


def test_a_config_is_what_json_gives_back() -> None:
    said = plain(MuseumConfig(scales=(3, 4)))
    assert said == json.loads(json.dumps(said))
    assert said["scales"] == [3, 4]


def test_the_defaults_are_those_of_section_4_2_2() -> None:
    config = MuseumConfig()
    assert (config.epochs, config.rate, config.momentum, config.decay, config.anneal_after) == (50, 0.01, 0.9, 5e-4, 30)
    assert (config.side, config.augmentation) == (224, "museum")


def test_micro_batches_do_not_make_another_row() -> None:
    assert decisive(MuseumConfig(micro_batch=8)) == decisive(MuseumConfig())
    assert decisive(MuseumConfig(batch=8)) != decisive(MuseumConfig())


def test_what_is_mined_among_is_one_of_two() -> None:
    require_sound(MuseumConfig(mining="batch"))
    with pytest.raises(TrainingError, match="mining is 'bach'; did you mean 'batch'"):
        require_sound(MuseumConfig(mining="bach"))


def test_each_miner_is_told_what_it_takes() -> None:
    """Else a setting would be heard by nobody; the epoch is told by the task, which alone knows it."""
    beside = {"similarities", "labels", "rng", "rows", "epoch"}
    for name, miner in MINERS.items():
        assert miner_options(name, MuseumConfig()).keys() == inspect.signature(miner).parameters.keys() - beside


def test_what_a_miner_is_told_is_the_config_s() -> None:
    config = MuseumConfig(share=0.5, hardest=4, switch=7, mined=(1, 2, 3), margin=0.1)
    assert miner_options("random-pairs", config) == {"share": 0.5}
    assert miner_options("hardest-pairs", config) == {"count": 4}
    assert miner_options("semi-hard-then-hardest", config) == {"margin": 0.1, "switch": 7}
    assert miner_options("easy-hard", config) == {"positives": 1, "negatives": 2, "kept": 3}
