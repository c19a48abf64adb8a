"""Evidence: a photo agrees with itself and its views, and with nothing else; what is measured is what is drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.features.sift import RootSift
from resight.features.vocabulary import load
from resight.io.images import resize
from resight.types import Features, SpatialVerification
from resight.verification.comparison import BESIDE, LOCAL, Comparison, LocalFeatures, agreed, lay, verify
from resight.verification.consensus import consensus, frames
from resight.verification.matching import mutual
from resight.verification.similarity_measures import MEASURES

Array = npt.NDArray[Any]
NOTHING = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))
SIFT = RootSift(load(), features=600)


def _local(photo: Any, *, small: int = 320) -> LocalFeatures:
    """A photo with its features and a small image of it."""
    height, width = photo.shape[:2]
    ratio = small / max(height, width)
    image = resize(photo, (round(width * ratio), round(height * ratio)), resampling="area")
    return LocalFeatures(SIFT.extract([photo])[0], image)


def _named(found: Comparison) -> dict[str, float]:
    return dict(zip(LOCAL, found.evidence.tolist(), strict=True))


def _is_still(check: SpatialVerification) -> bool:
    return check.transform is not None and np.allclose(check.transform, np.eye(3), atol=1e-3)


@pytest.fixture(scope="module")
def coffee(known_photos: dict[str, Any]) -> Any:
    return resize(known_photos["coffee"], (480, 320), resampling="area")


@pytest.fixture(scope="module")
def known(coffee: Any) -> LocalFeatures:
    return _local(coffee)


@pytest.fixture(scope="module")
def other(known_photos: dict[str, Any]) -> LocalFeatures:
    return _local(resize(known_photos["chelsea"], (450, 300), resampling="area"))


def test_the_evidence_has_its_names() -> None:
    assert list(LOCAL) == ["votes", "registered", *MEASURES, *BESIDE]


def test_a_photo_agrees_with_itself(known: LocalFeatures) -> None:
    votes = SpatialVerification(12.5, np.zeros((1, 2), np.int64), None, np.array([12.5]))
    found = verify(known, known, votes)
    named = _named(found)
    assert named["votes"] == pytest.approx(math.log(13.5))
    assert named["registered"] == 1
    assert named["structure"] > 0.995
    assert named["chroma"] > 0.999
    assert named["cast"] < 0.02
    assert named["tint"] < 0.3
    assert named["area"] > math.log(0.7)
    assert found.check.score == pytest.approx(found.check.weights.sum())
    assert len(found.check.inliers) > 0.9 * len(known.features)
    np.testing.assert_array_equal(found.check.inliers[:, 0], found.check.inliers[:, 1])
    assert _is_still(found.check)


def _turned(photo: Any, quarters: int) -> Any:
    return np.ascontiguousarray(np.rot90(photo, -quarters))


def test_a_turned_and_shrunk_photo_is_registered(known: LocalFeatures, coffee: Any) -> None:
    """A quarter clockwise at 3/4: (x, y) of the known photo is seen at ¾ (319 − y, x)."""
    query = _local(resize(_turned(coffee, 1), (240, 360), resampling="area"))
    found = verify(query, known, NOTHING)
    named = _named(found)
    assert named["registered"] == 1
    assert named["structure"] > 0.98
    assert named["chroma"] > 0.98
    assert named["area"] > math.log(0.6)
    assert found.check.transform is not None
    ours = (query.features.points[found.check.inliers[:, 0]] + 0.5) / 0.75 - 0.5
    wanted = np.column_stack([ours[:, 1], 319 - ours[:, 0]])
    theirs = known.features.points[found.check.inliers[:, 1]]
    assert np.median(np.linalg.norm(theirs - wanted, axis=1)) < 1
    corner = found.check.transform @ [240 / 2 - 0.5, 360 / 2 - 0.5, 1]
    np.testing.assert_allclose(corner[:2] / corner[2], [239.5, 159.5], atol=0.5)


def test_the_size_of_the_small_image_hardly_matters(coffee: Any) -> None:
    """And with it whether the small image's pixels are laid where the upright photo has them."""
    sizes = [_local(coffee, small=small) for small in (200, 320, 480)]
    for query in sizes:
        for reference in sizes:
            assert _named(verify(query, reference, NOTHING))["structure"] > 0.96


def test_another_thing_has_nothing_to_show(known: LocalFeatures, other: LocalFeatures) -> None:
    """By chance a few points agree on a plane, and vouch for a spot at most."""
    for query, reference in ((other, known), (known, other)):
        named = _named(verify(query, reference, NOTHING))
        assert named["votes"] == 0
        assert not named["registered"] or (named["structure"] < 0.7 and named["area"] < math.log(0.2))


def test_a_recoloured_photo_is_told_apart_by_its_colour(known: LocalFeatures, coffee: Any) -> None:
    """As two flavours of one brand are: the drawing agrees."""
    named, same = (
        _named(verify(_local(coffee[..., [2, 0, 1]]), known, NOTHING)),
        _named(verify(known, known, NOTHING)),
    )
    assert named["registered"] == 1
    assert named["structure"] > 0.7
    assert named["chroma"] < 0.5
    assert named["tint"] > same["tint"] + 2


def test_dimmer_and_yellower_light_is_a_cast(known: LocalFeatures, coffee: Any) -> None:
    lit = np.clip(coffee * np.array([0.8, 0.75, 0.6]), 0, 255).astype(np.uint8)
    named = _named(verify(_local(lit), known, NOTHING))
    assert named["structure"] > 0.97
    assert named["chroma"] > 0.9
    assert named["cast"] > 1.5


def test_what_is_covered_is_not_in_the_hull(known: LocalFeatures, coffee: Any) -> None:
    half = coffee.copy()
    half[:, 240:] = 128
    named = _named(verify(_local(half), known, NOTHING))
    assert named["structure"] > 0.97
    assert math.log(0.2) < named["area"] < math.log(0.62)


def test_inliers_are_the_consensus_of_all_mutual_neighbours(known: LocalFeatures, coffee: Any) -> None:
    """As far as the plane fits them; their weights come along."""
    query = _local(_turned(coffee, 2))
    pairs = mutual(query.features.values, known.features.values)
    a, b = (frames(one.features.points, one.features.scales, one.features.angles) for one in (query, known))
    check = consensus(
        a[pairs.pairs[:, 0]], b[pairs.pairs[:, 1]], pairs.weights, diagonal=math.hypot(*known.features.size)
    )
    agreeing = pairs.pairs[check.inliers[:, 0]].tolist()
    found = verify(query, known, NOTHING).check
    assert 0.8 * len(agreeing) < len(found.inliers) <= len(agreeing)
    for pair, weight in zip(found.inliers.tolist(), found.weights, strict=True):
        assert weight == check.weights[agreeing.index(pair)]


def test_votes_are_kept_where_they_agree_more(known: LocalFeatures, other: LocalFeatures) -> None:
    """As where a photo repeats itself so that its own features are no longer distinctive."""
    count = 40
    rows = np.column_stack([np.arange(count)] * 2)
    moved = replace(other.features, points=np.resize(known.features.points, other.features.points.shape))
    weights = np.linspace(1, 0.1, count, dtype=np.float32)
    votes = SpatialVerification(float(weights.sum()), rows, np.eye(3), weights)
    found = verify(replace(other, features=moved), known, votes)
    assert len(found.check.inliers) == count
    np.testing.assert_array_equal(found.check.inliers, rows)
    np.testing.assert_array_equal(found.check.weights, votes.weights)
    assert _is_still(found.check)
    assert found.check.score == pytest.approx(votes.score)
    assert _named(found)["registered"] == 1


def _blank(size: tuple[int, int]) -> LocalFeatures:
    one = np.zeros(0, np.float32)
    features = Features(np.zeros((0, 2), np.float32), np.zeros((0, 64), np.uint8), one, one, size)
    return LocalFeatures(features, np.zeros((size[1], size[0], 3), np.uint8))


def test_a_photo_without_features_gives_nothing(known: LocalFeatures) -> None:
    blank = _blank((160, 120))
    for query, reference in ((blank, known), (known, blank), (blank, blank)):
        found = verify(query, reference, NOTHING)
        np.testing.assert_array_equal(found.evidence, np.zeros(len(LOCAL)))
        assert found.check.transform is None
        assert len(found.check.inliers) == 0


def test_a_sliver_gives_nothing(known: LocalFeatures) -> None:
    for size in ((1, 1), (1, 900), (900, 2)):
        assert not verify(_blank(size), known, NOTHING).evidence.any()


def _placed(local: LocalFeatures, corners: Array) -> LocalFeatures:
    """The photo with its first points moved to ``corners``, and with codes that say nothing."""
    points = local.features.points.copy()
    points[: len(corners)] = corners
    return replace(local, features=replace(local.features, points=points, values=np.zeros_like(local.features.values)))


@pytest.mark.parametrize(
    ("corners", "vouched"),
    [
        ([[100, 100], [300, 200]], False),
        ([[100, 100], [103, 100], [100, 103]], False),
        ([[100, 100], [160, 100], [100, 160]], True),
    ],
)
def test_a_few_pairs_fix_a_motion_but_may_vouch_for_no_region(
    corners: list[list[int]], vouched: bool, known: LocalFeatures
) -> None:
    """Two points have no hull, and a speck of three is too small to compare."""
    count = len(corners)
    local = _placed(known, np.array(corners, np.float32))
    votes = SpatialVerification(
        1.5, np.column_stack([np.arange(count)] * 2), None, np.full(count, 1.5 / count, np.float32)
    )
    found = verify(local, local, votes)
    assert found.check.inliers.tolist() == votes.inliers.tolist()
    assert _is_still(found.check)
    assert found.evidence[0] == pytest.approx(math.log(2.5))
    assert found.evidence[1] == vouched
    assert found.evidence[2:].any() == vouched


def test_what_agrees_roughly_but_not_with_the_plane_is_left_out(known: LocalFeatures, rng: np.random.Generator) -> None:
    """A third of the points lies 15 pixels off: the consensus, which allows 35, keeps them, and the plane does not."""
    count = len(known.features)
    off = np.arange(count) % 3 == 0
    turns = rng.uniform(0, 2 * math.pi, count)
    shift = 15 * np.column_stack([np.cos(turns), np.sin(turns)]) * off[:, None]
    moved = replace(known.features, points=(known.features.points + shift).astype(np.float32))
    found = verify(replace(known, features=moved), known, NOTHING).check
    assert _is_still(found)
    assert len(found.weights) == len(found.inliers) > 0.5 * count
    assert found.score == pytest.approx(found.weights.sum())  # and not that of all that agreed roughly
    assert off[found.inliers[:, 0]].mean() < 0.02


def test_it_is_deterministic_and_inputs_stay(known: LocalFeatures, other: LocalFeatures) -> None:
    arrays = [getattr(one.features, name) for one in (known, other) for name in ("points", "values", "scales")]
    arrays += [known.image, other.image]
    before = [array.copy() for array in arrays]
    one, same = (verify(other, known, NOTHING) for _ in range(2))
    np.testing.assert_array_equal(one.evidence, same.evidence)
    np.testing.assert_array_equal(one.check.inliers, same.check.inliers)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_without_the_pixels_it_comes_to_the_same_check(known: LocalFeatures, other: LocalFeatures, coffee: Any) -> None:
    for query in (known, other, _local(_turned(coffee, 2)), _blank((160, 120))):
        one, same = verify(query, known, NOTHING).check, agreed(query.features, known.features, NOTHING)
        assert one.score == same.score
        np.testing.assert_array_equal(one.inliers, same.inliers)


def _even(rng: np.random.Generator) -> LocalFeatures:
    """A soft photo of 160 × 120 pixels with nine even rows of nine points, from 5 % of its sides on."""
    blobs = resize(rng.integers(40, 220, (15, 20), dtype=np.uint8), (160, 120))
    shares = np.stack(np.meshgrid(np.linspace(0.05, 0.95, 9), np.linspace(0.05, 0.95, 9)), axis=-1).reshape(-1, 2)
    ones = np.ones(81, np.float32)
    points = (shares * (160, 120)).astype(np.float32)
    features = Features(points, np.zeros((81, 64), np.uint8), ones, ones, (160, 120))
    return LocalFeatures(features, np.repeat(blobs[..., None], 3, axis=2))


def _still(local: LocalFeatures, count: int) -> SpatialVerification:
    """The first points of a photo agree with themselves."""
    return SpatialVerification(float(count), np.column_stack([np.arange(count)] * 2), np.eye(3), np.ones(count))


def test_what_is_drawn_around_the_points_that_agree_is_compared(rng: np.random.Generator) -> None:
    """As far as their motion is believed, and a bare background is not."""
    local = _even(rng)
    wide = replace(local, features=replace(local.features, scales=np.full(81, 40, np.float32)))
    narrow_laid, wide_laid = (lay(one, one, _still(one, 36)) for one in (local, wide))
    assert narrow_laid is not None
    assert wide_laid is not None
    # From the centre of the points that agree, at 0.22 of the height, 1.8 times as far as the last of them, at 0.39.
    assert narrow_laid.mask[52:].mean() < 0.01
    assert wide_laid.mask[52:62, 30:130].mean() > 0.9
    assert not wide_laid.mask[68:].any()
    assert (wide_laid.mask >= narrow_laid.mask).all()


def test_what_is_too_little_is_not_compared(rng: np.random.Generator) -> None:
    local = _even(rng)
    assert lay(local, local, _still(local, 2)) is None
    assert lay(local, local, replace(_still(local, 81), transform=None)) is None
