"""What the vocabulary recipe may be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resight.errors import TrainingError
from resight.recipes.vocabulary.config import VocabularyConfig
from resight.training.ranges import require_within


def test_codes_have_as_many_values_as_rootsift_has_at_most() -> None:
    require_within(VocabularyConfig(dims=128))
    with pytest.raises(TrainingError, match="dims is 129; wanted 1 at least and 128 at most"):
        require_within(replace(VocabularyConfig(), dims=129))
