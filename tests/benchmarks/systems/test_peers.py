"""The peers against slow loops and photos whose geometry is known."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from data.packs import Pack
from systems.contestants import PHOTO_SYSTEMS, SYSTEMS, nearest
from systems.peers import PEERS, Inliers, Nearest, inliers, vlad

from resight.features.encoder import LocalEncoder, encoders
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.io.images import Photo
from resight.search.inverted_file import InvertedFile
from resight.types import Array, Features, Head, Whitening

NO_PHOTO = Photo(np.zeros((1, 1, 3), np.uint8), (640, 480), b"")


def features(points: Array, values: Array, size: tuple[int, int] = (640, 480)) -> Features:
    zeros = np.zeros(len(points), np.float32)
    return Features(points.astype(np.float32), values, zeros + 10, zeros, size)


def seen_as(found: Features) -> Any:
    """An extractor that finds the same in every photo."""
    return SimpleNamespace(features=lambda photo: found)


@pytest.fixture
def scene(rng: np.random.Generator) -> tuple[Features, Array]:
    """120 points of a photo with codes that no two share, and a homography."""
    points = rng.uniform((0, 0), (640, 480), (120, 2))
    values = rng.integers(0, 256, (120, 64), dtype=np.uint8)
    homography = np.array([[0.8, 0.1, 30], [-0.05, 0.9, 20], [1e-4, -2e-4, 1]])
    return features(points, values), homography


def carried(points: Array, homography: Array) -> Array:
    return cv2.perspectiveTransform(points[None].astype(np.float64), homography)[0]


@pytest.mark.parametrize("zoom", [1, 4])
def test_matches_under_one_homography_are_inliers(
    scene: tuple[Features, Array], rng: np.random.Generator, zoom: int
) -> None:
    """90 points agree, in a photo of any size; 30 lie elsewhere."""
    query, homography = scene
    there = carried(query.points, homography)
    there[90:] = rng.uniform((0, 0), (640, 480), (30, 2))
    reference = features(zoom * there, query.values, (zoom * 640, zoom * 480))
    assert inliers(query, reference) == pytest.approx(90, abs=2)


def test_matches_without_order_are_few_inliers(scene: tuple[Features, Array], rng: np.random.Generator) -> None:
    query, _ = scene
    assert inliers(query, features(rng.uniform((0, 0), (640, 480), (120, 2)), query.values)) < 12


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_matches_have_no_homography(scene: tuple[Features, Array], count: int) -> None:
    query, _ = scene
    few = features(query.points[:count], query.values[:count])
    assert inliers(few, query) == 0
    assert inliers(query, few) == 0


def test_points_on_a_line_do_not_stop_the_run(scene: tuple[Features, Array]) -> None:
    query, _ = scene
    line = np.column_stack([np.arange(120), np.arange(120)])
    assert inliers(features(line, query.values), features(2 * line, query.values)) >= 0


def test_a_ratio_above_the_limit_is_no_match(scene: tuple[Features, Array], rng: np.random.Generator) -> None:
    """Each point of the reference stands there twice, nearly the same: all matches are mutual, none is distinct."""
    query, _ = scene
    twin = np.clip(query.values.astype(int) + rng.integers(-1, 2, query.values.shape), 0, 255).astype(np.uint8)
    noisy = np.clip(query.values.astype(int) + rng.integers(-20, 21, query.values.shape), 0, 255).astype(np.uint8)
    doubled = features(np.tile(query.points, (2, 1)), np.vstack([query.values, twin]))
    assert inliers(features(query.points, noisy), query) > 100
    assert inliers(features(query.points, noisy), doubled) < 10


@pytest.fixture
def voting(scene: tuple[Features, Array], rng: np.random.Generator) -> Inliers:
    """Three known photos: the scene from elsewhere, the scene's codes in disorder, and noise."""
    query, homography = scene
    known = (
        features(rng.uniform((0, 0), (640, 480), (120, 2)), query.values),
        features(carried(query.points, homography), query.values),
        features(query.points, rng.integers(0, 256, (120, 64), dtype=np.uint8)),
    )
    [encoder] = encoders(["classical"])
    assert isinstance(encoder, LocalEncoder)
    file = InvertedFile(encoder.cells)
    for one in known:
        file.add(one.values, encoder.cells.assign(one.values))
    names = np.array(["disorder", "scene", "noise"], object)
    return Inliers(names, known, file, np.repeat(np.arange(3), 120), seen_as(query))


def test_geometry_ranks_what_votes_propose(voting: Inliers) -> None:
    found = voting.rank(NO_PHOTO)
    assert found.photos[:2] == ("scene", "disorder")
    assert found.scores[0] == pytest.approx(120, abs=2)


def test_what_is_left_out_is_not_proposed(voting: Inliers) -> None:
    assert "scene" not in voting.rank(NO_PHOTO, exclude=["scene", "elsewhere"]).photos


def test_a_photo_without_features_gets_no_answer(voting: Inliers) -> None:
    none = features(np.zeros((0, 2)), np.zeros((0, 64), np.uint8))
    found = Inliers(voting.names, voting.features, voting.file, voting.owners, seen_as(none)).rank(NO_PHOTO)
    assert found.photos == ()
    assert nearest(found) == -np.inf


def test_the_nearest_is_that_of_the_largest_cosine(rng: np.random.Generator) -> None:
    """Unit, whiten, unit, and the inner product, number by number."""
    rows = rng.standard_normal((5, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    whitening = Whitening(rng.standard_normal(4), rng.standard_normal((4, 3)), np.ones(3))
    seen = rng.standard_normal(4).astype(np.float32)
    encoder: Any = SimpleNamespace(
        extractor=seen_as(features(np.zeros((0, 2)), np.zeros((0, 4)))), describe=lambda _: seen
    )
    found = Nearest(np.array(list("abcde"), object), rows, encoder, Head(whitening)).rank(NO_PHOTO, exclude=["c"])

    unit = [value / sum(x * x for x in seen) ** 0.5 for value in seen]
    white = [sum((unit[i] - whitening.mean[i]) * whitening.projection[i, j] for i in range(4)) for j in range(3)]
    length = sum(x * x for x in white) ** 0.5
    cosines = {name: sum(row[j] * white[j] for j in range(3)) / length for name, row in zip("abcde", rows, strict=True)}
    del cosines["c"]
    order = sorted(cosines, key=lambda name: -cosines[name])
    assert found.photos == tuple(order)
    assert found.scores == pytest.approx([cosines[name] for name in order], abs=1e-5)


def test_descriptors_are_kept_and_give_the_same_answers(tmp_path: Path, known_photos: Any) -> None:
    names = ("brick", "coffee", "page", "rocket")
    for name in names:
        (tmp_path / f"{name}.png").write_bytes(images.encode(known_photos[name], ".png"))
    entries = tuple(Entry(name, tmp_path / f"{name}.png", (name,)) for name in names)
    pack = Pack("some", tmp_path, entries, entries)
    query = images.read(known_photos["page"][20:180, 30:350].copy())
    first = vlad(pack, tmp_path).rank(query)
    kept = (tmp_path / "descriptors.npy").stat().st_mtime_ns
    assert vlad(pack, tmp_path).rank(query) == first
    assert (tmp_path / "descriptors.npy").stat().st_mtime_ns == kept
    assert first.photos[0] == "page"
    assert sorted(path.name for path in tmp_path.glob("*.npy")) == ["descriptors.npy"]


def test_ours_is_first_and_every_peer_is_asked() -> None:
    assert list(SYSTEMS) == ["resight", "resight, points alone", *PEERS]
    assert set(PEERS) < set(PHOTO_SYSTEMS)
    assert {contestant.source.name for contestant in SYSTEMS.values()} == {"resight_default.py", "peers.py"}
