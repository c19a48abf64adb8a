"""SIFT methods: each makes a photo's points one vector that finds the same thing again."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from resight.features.head import Head, head
from resight.features.sift_methods.encodings import METHODS, fit_method, local_values
from resight.features.vocabulary import load
from resight.io.images import Photo
from resight.types import Array
from tests.galleries import Photos

NAMES = ("chelsea", "coffee", "page", "rocket", "astronaut")


@cache
def _values(photo: bytes, shape: tuple[int, ...], detector: str) -> Array:
    image = np.frombuffer(photo, np.uint8).reshape(shape)
    return local_values(Photo.of(image), load(), detector=detector, count=300)


def _all(photos: Photos, detector: str, cut: int = 0) -> list[Array]:
    cuts = [photos[name][cut : len(photos[name]) - cut, cut:].copy() for name in NAMES]
    return [_values(image.tobytes(), image.shape, detector) for image in cuts]


@pytest.mark.parametrize("detector", ["sift", "orb", "harris"])
@pytest.mark.parametrize("method", METHODS)
def test_cut_photos_are_found_again(method: str, detector: str, known_photos: Photos) -> None:
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    known, asked = _all(known_photos, detector), _all(known_photos, detector, cut=30)
    words = 256 if method == "bow" else 16  # of few words each is in every photo, and weighs nothing
    describe = fit_method(method, known, words=words, rng=np.random.default_rng(0))
    rows, queries = (head(np.array([describe(one) for one in each]), Head()) for each in (known, asked))
    assert (queries @ rows.T).argmax(axis=1).tolist() == list(range(len(NAMES)))
    assert {"bow": 256, "vlad": 16 * 64, "fisher": 2 * 16 * 64}[method] == rows.shape[1]


def test_the_classical_encoder_sees_the_same_points(known_photos: Photos) -> None:
    from resight.features.photo_encoder import load_encoder

    photo = known_photos["page"]
    coded = load_encoder("classical").features(photo).values
    values = local_values(Photo.of(photo), load())
    np.testing.assert_allclose(coded, np.clip(values, -0.3, 0.3), atol=0.3 / 127)


def test_faults_are_refused(known_photos: Photos) -> None:
    with pytest.raises(ValueError, match="detector is 'surf'; wanted one of sift, orb, harris"):
        local_values(Photo.of(known_photos["page"]), load(), detector="surf")
    with pytest.raises(ValueError, match=r"the method is 'vlat'; .* did you mean 'vlad'"):
        fit_method("vlat", [np.zeros((9, 4))], words=2, rng=np.random.default_rng(0))
