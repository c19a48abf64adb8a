"""The promises of ``resight.gallery.protocol``, which each of STORES is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import create_gallery
from resight.types import Array, EncoderCard, Whitening
from tests.gallery.conftest import Make

Where = Callable[[str], str]


def _in_files(folder: Path) -> Where:
    return lambda name: str(folder / f"{name}.gallery")


STORES: Final = {"sqlite": _in_files}
"""Where each store is to put the galleries of one test: a location by a name. Who writes a store adds a line here."""


@pytest.fixture(params=STORES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """``where(name)``: a location of the store at which nothing lies yet."""
    return STORES[request.param](tmp_path)


@pytest.fixture
def gallery(where: Where, cards: tuple[EncoderCard, ...], make: Make) -> Iterator[Gallery]:
    """Twelve photos of four things, open for writing."""
    with create_gallery(where("art"), cards) as made:
        made.add(make(number) for number in range(12))
        yield made


def some_whitening(rng: np.random.Generator) -> Whitening:
    return Whitening(rng.random(16, np.float32), rng.random((16, 4), np.float32), rng.random(4))


def bits(array: Array) -> tuple[str, tuple[int, ...], bytes]:
    """All there is of an array: equal ones are equal to the bit."""
    return array.dtype.str, array.shape, array.tobytes()


def told(gallery: Gallery) -> dict[str, Any]:
    """All that a gallery tells of what was put into it, at one moment, to be compared."""
    with gallery.snapshot():
        encoders = [card.fingerprint for card in gallery.encoders]
        calibration = gallery.calibration()
        return {
            "revision": gallery.revision,
            "changes": [gallery.changed_since(revision) for revision in range(gallery.revision + 1)],
            "items": gallery.items(),
            "instances": gallery.instances(),
            "places": gallery.places(),
            "forgotten": gallery.forgotten(),
            "features": {encoder: _features(gallery, encoder) for encoder in encoders},
            "descriptors": {encoder: tuple(map(bits, gallery.descriptors(encoder))) for encoder in encoders},
            "thumbnails": [gallery.thumbnail(id) for id in gallery.ids()],
            "whitenings": {encoder: _whitening(gallery, encoder) for encoder in encoders},
            "calibration": calibration and (calibration.version, calibration.parameters, calibration.revision),
        }


def _features(gallery: Gallery, encoder: str) -> list[tuple[int, dict[str, Any]]]:
    return [(id, {name: bits(array) for name, array in found.items()}) for id, found in gallery.features(encoder)]


def _whitening(gallery: Gallery, encoder: str) -> tuple[Any, ...] | None:
    stored = gallery.whitening(encoder)
    return stored and (stored.version, stored.n, stored.revision, bits(stored.whitening.projection))
