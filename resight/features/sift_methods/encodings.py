"""The SIFT methods of Bouček 2020, section 2.3: points, a codebook fitted on known photos, and one vector a photo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from resight.errors import suggestion
from resight.features.aggregate import bow, vlad
from resight.features.codebook import fit as fit_codebook
from resight.features.sift_extractor import PREPROCESS
from resight.features.vocabulary import Vocabulary
from resight.io.images import Photo, prepare
from resight.types import Aggregate, Array, Preprocess

from .detectors import DETECTORS
from .fisher import fisher, fit_mixture

METHODS: Final = {"bow": "bag of words with tf-idf", "vlad": "VLAD", "fisher": "Fisher vectors"}
"""Encodings of a photo's points, and what people call them."""


def local_values(
    photo: Photo,
    vocabulary: Vocabulary,
    *,
    detector: str = "sift",
    count: int = 1000,
    preprocess: Preprocess = PREPROCESS,
) -> Array:
    """RootSIFT ``(m, 64)`` float32 of a photo's points, projected by the ``vocabulary``; at most ``count`` of them.

    ``detector`` is one of :data:`resight.features.sift_methods.detectors.DETECTORS`: what differs is where points are,
    not how they are described. Raises ValueError for another.
    """
    if detector not in DETECTORS:
        raise ValueError(
            f"detector is {detector!r}; wanted one of {', '.join(DETECTORS)}{suggestion(detector, DETECTORS)}"
        )
    _, values = DETECTORS[detector](prepare(photo, preprocess), count)
    return np.asarray((values - vocabulary.mean) @ vocabulary.projection, np.float32)


def fit_method(name: str, photos: Sequence[Array], *, words: int, rng: np.random.Generator) -> Aggregate:
    """The encoding of a method whose words are fitted on the values ``(m_i, c)`` of known ``photos``.

    "bow" has weights by inverse document frequency, "vlad" and "fisher" a signed root. Fit it on a gallery or a
    training set, never on queries. Raises ValueError for another name, and for fewer different values than words.
    """
    if name not in METHODS:
        raise ValueError(f"the method is {name!r}; wanted one of {', '.join(METHODS)}{suggestion(name, METHODS)}")
    if name == "fisher":
        return partial(fisher, mixture=fit_mixture(photos, words, seed=int(rng.integers(2**31))))
    found = fit_codebook(photos, words, rng=rng)
    return partial(bow, codebook=found) if name == "bow" else partial(vlad, codebook=found, power=0.5)
