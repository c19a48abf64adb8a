"""Regions of a photo: their boxes, and that the best one says where the thing is."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features.encoder import global_encoder
from resight.features.head import Head, head
from resight.features.normalisation import unit
from resight.features.regions import describe_regions
from resight.features.whitening import fit
from resight.io.images import Photo, resize
from resight.search.similarity_matrix import best_entry
from resight.types import Features
from tests.galleries import Photos


def _map(values: np.ndarray, grid: tuple[int, int], size: tuple[int, int]) -> Features:
    rows, columns = np.indices(grid).reshape(2, -1)
    step = size[0] / grid[1]
    points = np.stack([columns, rows], axis=1) * step + step / 2 - 0.5
    scales = np.full(len(values), step, np.float32)
    return Features(points.astype(np.float32), values, scales, np.zeros(len(values), np.float32), size, grid)


def test_boxes_by_hand(rng: np.random.Generator) -> None:
    """A map of 2 × 4 cells of 10 pixels: the whole photo, then squares of both cells' height, then of one cell."""
    encoder = global_encoder("house")
    features = _map(rng.uniform(size=(8, 5)).astype(np.float32), (2, 4), (40, 20))
    found = describe_regions(encoder, features, levels=1)
    np.testing.assert_allclose(found.boxes[0], [0, 0, 40, 20])
    np.testing.assert_allclose(found.boxes[1], [0, 0, 20, 20])
    np.testing.assert_allclose(found.boxes[-1], [20, 0, 40, 20])
    np.testing.assert_array_equal(found.descriptors[0], encoder.describe(features))
    left = [0, 1, 4, 5]
    pooled = np.mean(features.values[left] ** 3, axis=0) ** (1 / 3)
    np.testing.assert_allclose(found.descriptors[1], unit(pooled), rtol=1e-4)


def test_the_nearest_region_lies_where_the_thing_is(known_photos: Photos) -> None:
    """A small cup of coffee in the upper right of a wall of bricks."""
    encoder = global_encoder("house")
    scene = np.repeat(known_photos["brick"][..., :1], 3, axis=2)
    scene = resize(scene, (800, 600)).copy()
    scene[20:260, 500:780] = resize(known_photos["coffee"], (280, 240))
    background = Head(fit(encoder.background, shrinkage=3e-3)) if encoder.background is not None else Head()
    seen = describe_regions(encoder, encoder.extractor.features(Photo.of(scene)), levels=4)
    known = head(encoder.describe(encoder.extractor.features(Photo.of(known_photos["coffee"]))), background)
    best, _ = best_entry(head(seen.descriptors, background), known[None])
    left, top, right, bottom = seen.boxes[best]
    assert left < 640 < right
    assert top < 140 < bottom
    assert (right - left) * (bottom - top) < 0.5 * 800 * 600


def test_points_have_no_regions() -> None:
    none = np.zeros(0, np.float32)
    points = Features(np.zeros((0, 2), np.float32), np.zeros((0, 4), np.float32), none, none, (9, 9))
    with pytest.raises(ShapeError, match="features have no grid"):
        describe_regions(global_encoder("house"), points)
