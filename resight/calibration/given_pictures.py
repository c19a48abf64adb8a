"""Pictures that a person gave, among which prints of one are told: the same shot, saved anew under two names."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from resight.io import images
from resight.search.describe import featureless
from resight.verification.comparison import LocalFeatures
from resight.verification.reprint import print_sureness

from .examples import Example
from .near_duplicates import NEAR


@dataclass(slots=True, eq=False)
class GivenPictures:
    """Pictures with what each was given as, 0.2 MB each."""

    _prints: list[np.uint64] = field(default_factory=list)
    _photos: list[LocalFeatures] = field(default_factory=list)
    _examples: list[Example] = field(default_factory=list)

    def add(self, example: Example, photo: LocalFeatures) -> list[Example]:
        """Take a picture; gives those before it that are prints of it and were given as something else."""
        own, whole = images.fingerprint(photo.image), LocalFeatures(featureless(photo.features.size), photo.image)
        near = np.bitwise_count(np.array(self._prints, np.uint64) ^ own) <= NEAR if own else np.zeros(0, bool)
        found = [
            self._examples[row]
            for row in np.flatnonzero(near).tolist()
            if self._examples[row].differs_from(example) and print_sureness(whole, self._photos[row]) > 0
        ]
        self._prints.append(own)
        self._photos.append(whole)
        self._examples.append(example)
        return found
