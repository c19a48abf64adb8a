"""Computed once for all tests of a process: the points of a photo, what the network that ships sees in it, how
somebody else's camera sees it, and how two photos compare.

The same few photos are indexed in hundreds of tests. What is remembered follows from the pixels alone, as
tests/features/test_sift.py, tests/features/test_cnn_extractor.py, tests/calibration/test_simulated_views.py
and tests/verification/test_comparison.py prove on what is not remembered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Final, TypeVar, cast

import numpy as np
import pytest

from resight.calibration import self_queries, simulated_views
from resight.features import encoder
from resight.features.cnn_extractor import CnnExtractor
from resight.features.encoder import HOUSE
from resight.features.sift import RootSift
from resight.features.sift_extractor import SiftExtractor
from resight.features.vocabulary import load
from resight.io.images import Photo
from resight.search import candidates
from resight.types import Features, Image, SpatialVerification
from resight.verification import comparison
from resight.verification.comparison import Comparison, LocalFeatures

Value = TypeVar("Value")


class Memory:
    """The last values by what they were made from; the oldest goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._lock, self._values = most, Lock(), dict[Hashable, Any]()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not remembered; threads may make one twice."""
        with self._lock:
            if key in self._values:
                return cast(Value, self._values[key])
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value


FEATURES, MAPS, VIEWS, COMPARISONS, SEEN = Memory(2000), Memory(100), Memory(200), Memory(5000), Memory(200)


class RememberingExtractor(SiftExtractor):
    """An extractor that looks at equal pixels once."""

    def features(self, photo: Photo) -> Features:
        key = self.fingerprint, photo.size, digest(photo.image)
        return FEATURES.get(key, lambda: _fixed(super(RememberingExtractor, self).features(photo)))


_seen: Final = CnnExtractor.features


def seen_once(extractor: CnnExtractor, photo: Photo) -> Features:
    """What a network sees; the one that ships looks at equal pixels once."""
    if extractor.model.folder != HOUSE:
        return _seen(extractor, photo)
    key = extractor.fingerprint, photo.size, digest(photo.image)
    return MAPS.get(key, lambda: _fixed(_seen(extractor, photo)))


def view(photo: Image, backdrops: Sequence[Image], rng: np.random.Generator) -> Image:
    """The simulated view, after which the generator stands where it always does."""

    def made() -> tuple[Image, Any]:
        image = simulated_views.view(photo, backdrops, rng)
        image.setflags(write=False)
        return image, rng.bit_generator.state

    key = str(rng.bit_generator.state), *map(digest, (photo, *backdrops))
    image, rng.bit_generator.state = VIEWS.get(key, made)
    return image


def compared_once(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> Comparison:
    """The close look at one candidate, taken once at equal photos with equal votes."""
    transform = b"" if check.transform is None else check.transform.tobytes()
    votes = check.score, check.inliers.tobytes(), transform, check.weights.tobytes()

    def made() -> Comparison:
        found = comparison.verify(query, reference, check)
        found.evidence.setflags(write=False)
        return found

    return COMPARISONS.get((_seen_in(query), _seen_in(reference), *votes), made)


def _seen_in(photo: LocalFeatures) -> Hashable:
    """A digest of all that is compared of a photo, taken once of the same arrays, which it holds."""
    points = photo.features
    arrays = photo.image, points.points, points.values, points.scales, points.angles

    def made() -> tuple[object, Hashable]:
        told = hashlib.sha1(usedforsecurity=False)
        for array in arrays:
            told.update(np.ascontiguousarray(array))
        return arrays, (told.digest(), points.size, *(array.shape for array in arrays))

    return SEEN.get(tuple(map(id, arrays)), made)[1]


def _fixed(features: Features) -> Features:
    """The features, which nobody may write into: they are those of others as well."""
    for array in (features.points, features.values, features.scales, features.angles):
        array.setflags(write=False)
    return features


def digest(image: Image) -> Hashable:
    """What equal pixels of an equal shape have in common."""
    return image.shape, hashlib.sha1(np.ascontiguousarray(image), usedforsecurity=False).digest()


@cache
def _extractor() -> SiftExtractor:
    return RememberingExtractor(RootSift(load()))


@contextmanager
def remembered() -> Iterator[None]:
    """Galleries are made, asked and calibrated with what is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "point_extractor", _extractor)
        patch.setattr(CnnExtractor, "features", seen_once)
        patch.setattr(self_queries, "view", view)
        patch.setattr(candidates, "verify", compared_once)
        yield


@contextmanager
def forgotten() -> Iterator[None]:
    """The network that ships looks at every photo again: for tests of that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CnnExtractor, "features", _seen)
        yield
