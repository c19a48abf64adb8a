"""Settings that make no sense are refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resight.errors import TrainingError
from resight.recipes.digits.config import DigitsConfig, checked


def test_the_defaults_make_sense() -> None:
    assert checked(DigitsConfig()) == DigitsConfig()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"error": "zero"}, "the setting error is 'zero'.*wanted one of nll, zero-one"),
        ({"split": "training"}, "did you mean 'train'"),
        ({"scale": "rough"}, "wanted one of standardised, raw"),
        ({"epochs": 0}, "the setting epochs is 0; wanted 1 at least"),
        ({"temperature": 0.0}, r"the setting temperature is 0\.0; wanted above 0"),
        ({"others": -1}, "the setting others is -1; wanted 0 at least"),
        ({"seed": -1}, "the setting seed is -1; wanted 0 at least and 4294967295 at most"),
        ({"rate": -1.0}, r"the setting rate is -1\.0; wanted above 0"),
        ({"decay": -1e-5}, "the setting decay is -1e-05; wanted 0 at least"),
        ({"deviations": float("nan")}, "the setting deviations is NaN"),
        ({"drawn": -2}, "the setting drawn is -2"),
        ({"strokes": -1}, "the setting strokes is -1; wanted 1 at least"),
        ({"strokes": 14}, "the setting strokes is 14; wanted an odd number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        checked(replace(DigitsConfig(), **change))  # type: ignore[arg-type]
