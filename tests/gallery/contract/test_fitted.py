"""Whitening and calibration are kept in versions, with the revision that they were fitted at."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.protocol import Gallery
from resight.types import Whitening
from tests.gallery.conftest import GLOBAL, LOCAL, Make
from tests.gallery.contract.conftest import bits, some_whitening


def test_nothing_is_fitted_at_first(gallery: Gallery) -> None:
    assert gallery.whitening(GLOBAL) is None
    assert gallery.whitening(GLOBAL, version=1) is None
    assert gallery.calibration() is None


def test_a_whitening_comes_back_to_the_bit(gallery: Gallery, rng: np.random.Generator) -> None:
    whitening = some_whitening(rng)
    assert gallery.save_whitening(GLOBAL, whitening, n=12) == 1
    stored = gallery.whitening(GLOBAL)
    assert stored is not None
    assert (stored.version, stored.n, stored.revision) == (1, 12, gallery.revision)
    for field in fields(Whitening):
        assert bits(getattr(stored.whitening, field.name)) == bits(getattr(whitening, field.name))
    assert gallery.whitening(LOCAL) is None


def test_the_newest_version_counts_and_each_encoder_has_its_own(
    gallery: Gallery, make: Make, rng: np.random.Generator
) -> None:
    assert gallery.save_whitening(GLOBAL, some_whitening(rng), n=12) == 1
    assert gallery.save_whitening(LOCAL, some_whitening(rng), n=12) == 1
    gallery.add([make(20)])
    newest = some_whitening(rng)
    assert gallery.save_whitening(GLOBAL, newest, n=13) == 2
    gallery.remove(ids=[1, 2])
    stored = gallery.whitening(GLOBAL)
    assert stored is not None
    assert (stored.version, stored.n, stored.revision) == (2, 13, 13)  # of the revision then, not of now
    np.testing.assert_array_equal(stored.whitening.mean, newest.mean)
    first = gallery.whitening(GLOBAL, version=1)
    assert first is not None
    assert (first.version, first.n, first.revision) == (1, 12, 12)


def test_a_whitening_of_an_unknown_encoder_is_a_mismatch(gallery: Gallery, rng: np.random.Generator) -> None:
    with pytest.raises(EncoderMismatch):
        gallery.save_whitening("orb:1", some_whitening(rng), n=1)
    with pytest.raises(EncoderMismatch):
        gallery.whitening("orb:1")


def test_the_newest_calibration_comes_back_with_its_revision(gallery: Gallery, make: Make) -> None:
    assert gallery.save_calibration({"slope": 2.5, "kind": "platt"}, {"knots": np.arange(3.0)}) == 1
    assert gallery.save_calibration({"slope": 3.0}) == 2
    gallery.add([make(20)])
    stored = gallery.calibration()
    assert stored is not None
    assert (stored.version, stored.parameters, stored.arrays, stored.revision) == (2, {"slope": 3.0}, {}, 12)


def test_a_calibration_keeps_its_numbers_to_the_bit(gallery: Gallery, rng: np.random.Generator) -> None:
    parameters = {"slope": 0.1 + 0.2, "nested": {"tiny": 5e-324, "words": ["é", None, True, 2**53 - 1]}}
    arrays = {"knots": rng.random((3, 2)), "counts": np.arange(4, dtype=np.int32), "none": np.zeros(0, np.float32)}
    gallery.save_calibration(parameters, arrays)
    stored = gallery.calibration()
    assert stored is not None
    assert stored.parameters == parameters
    assert [(name, bits(array)) for name, array in stored.arrays.items()] == [
        (name, bits(array)) for name, array in arrays.items()
    ]


def test_a_calibration_that_is_no_number_is_refused(gallery: Gallery) -> None:
    with pytest.raises(GalleryError, match="the parameters of a calibration"):
        gallery.save_calibration({"slope": float("nan")})
    assert gallery.calibration() is None


def test_compacting_keeps_what_the_calibration_was_fitted_with(gallery: Gallery, rng: np.random.Generator) -> None:
    for n in (9, 10):
        gallery.save_whitening(GLOBAL, some_whitening(rng), n=n)
    gallery.save_calibration({"n": 10})
    gallery.remove(ids=[1])
    gallery.save_whitening(GLOBAL, some_whitening(rng), n=11)
    gallery.compact()
    kept = [gallery.whitening(GLOBAL, version=version) for version in (1, 2, 3)]
    assert [one and one.n for one in kept] == [None, 10, 11]


def test_compacting_keeps_the_newest_of_each(gallery: Gallery, rng: np.random.Generator) -> None:
    for n in (10, 11):
        gallery.save_whitening(GLOBAL, some_whitening(rng), n=n)
        gallery.save_calibration({"n": n})
    gallery.save_whitening(LOCAL, some_whitening(rng), n=5)
    gallery.compact()
    for encoder, n in ((GLOBAL, 11), (LOCAL, 5)):
        stored = gallery.whitening(encoder)
        assert stored is not None
        assert stored.n == n
    assert gallery.save_whitening(GLOBAL, some_whitening(rng), n=12) == 3
    assert gallery.save_calibration({"n": 12}) == 3
