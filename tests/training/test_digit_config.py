"""Settings that make no sense are refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resight.errors import TrainingError
from resight.training.digit_config import Config, checked


def test_the_defaults_make_sense() -> None:
    assert checked(Config()) == Config()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"error": "zero"}, "the setting error is 'zero'.*wanted one of nll, zero-one"),
        ({"split": "training"}, "did you mean 'train'"),
        ({"scale": "rough"}, "wanted one of standardised, raw"),
        ({"epochs": 0}, "the setting epochs is 0; wanted at least 1"),
        ({"temperature": 0.0}, r"temperature is 0\.0"),
        ({"others": -1}, "others -1"),
        ({"strokes": 14}, "the setting strokes is 14; wanted an odd number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        checked(replace(Config(), **change))  # type: ignore[arg-type]
