"""What the evidence recipe may be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resight.errors import TrainingError
from resight.recipes.evidence.config import EvidenceConfig
from resight.training.ranges import require_within


def test_shares_and_counts_keep_to_their_ranges() -> None:
    require_within(EvidenceConfig(families=0, pictures=0))
    with pytest.raises(TrainingError, match=r"grey is 1\.5; wanted 0 at least and 1 at most"):
        require_within(replace(EvidenceConfig(), grey=1.5))
    with pytest.raises(TrainingError, match="photos is 0; wanted 1 at least"):
        require_within(replace(EvidenceConfig(), photos=0))
