"""What the verifier recipe may be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from resight.errors import TrainingError
from resight.recipes.verifier.config import VerifierConfig
from resight.training.ranges import require_within


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"learned": -4}, "learned is -4; wanted 4 at least"),
        ({"views": 0}, "views is 0; wanted 1 at least"),
        ({"rate": -1.0}, "rate is -1.0; wanted above 0"),
    ],
)
def test_settings_that_nothing_can_be_fitted_with_are_refused(changed: dict[str, Any], wanted: str) -> None:
    require_within(VerifierConfig())
    with pytest.raises(TrainingError, match=wanted):
        require_within(replace(VerifierConfig(), **changed))
