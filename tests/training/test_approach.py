"""What an approach says of itself in a report."""

from __future__ import annotations

import json

from resight.training.approach import Config, decisive, plain


def test_a_config_is_what_json_gives_back() -> None:
    said = plain(Config(scales=(3, 4)))
    assert said == json.loads(json.dumps(said))
    assert said["scales"] == [3, 4]


def test_the_defaults_are_those_of_section_4_2_2() -> None:
    config = Config()
    assert (config.epochs, config.rate, config.momentum, config.decay, config.anneal_after) == (50, 0.01, 0.9, 5e-4, 30)
    assert (config.side, config.augmentation) == (224, "museum")


def test_micro_batches_do_not_make_another_row() -> None:
    assert decisive(Config(micro_batch=8)) == decisive(Config())
    assert decisive(Config(batch=8)) != decisive(Config())
