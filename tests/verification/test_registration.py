"""Registration: known planes are recovered, impossible ones refused, and photos laid over each other to the pixel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.io.images import resize
from resight.verification.registration import RegisteredPair, carried, discs, lab, register, resized, smooth, transform
from resight.verification.similarity_measures import MEASURES, agreement

Array = npt.NDArray[Any]
DIAGONAL = 500.0


def _mapped(matrix: Array, points: Array) -> Array:
    lifted = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return lifted[:, :2] / lifted[:, 2:]


def _plane(rng: np.random.Generator) -> Array:
    """A homography of a photo of 400 × 300, turned in and out of its plane, about its middle onto that of 320 × 240."""
    turn, scale = rng.uniform(0, 2 * math.pi), rng.uniform(0.6, 1.5)
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    tilt = rng.uniform(-0.5, 0.5, 2) / 400
    seen = np.array([[c, -s * rng.uniform(0.7, 1), 0], [s, c, 0], [*tilt, 1.0]])
    return np.array([[1, 0, 160], [0, 1, 120], [0, 0, 1]]) @ seen @ np.array([[1, 0, -200], [0, 1, -150], [0, 0, 1]])


def _points(rng: np.random.Generator, count: int) -> Array:
    return rng.uniform((0, 0), (400, 300), (count, 2)).astype(np.float32)


def _fit(query: Array, reference: Array) -> tuple[Array, Array] | None:
    return transform(query.astype(np.float32), reference.astype(np.float32), diagonal=DIAGONAL)


@pytest.mark.parametrize("wrong", [0, 15])
def test_a_plane_is_recovered_within_a_pixel(wrong: int, rng: np.random.Generator) -> None:
    for _ in range(8):
        plane, query = _plane(rng), _points(rng, 40)
        reference = _mapped(plane, query) + rng.normal(0, 0.1, (40, 2))
        reference[40 - wrong :] = rng.uniform(0, 400, (wrong, 2)) + 500
        fitted = _fit(query, reference)
        assert fitted is not None
        matrix, inliers = fitted
        assert matrix.shape == (3, 3)
        assert inliers.dtype == bool
        np.testing.assert_array_equal(inliers, np.arange(40) < 40 - wrong)
        corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300]])
        assert np.linalg.norm(_mapped(matrix, corners) - _mapped(plane, corners), axis=1).max() < 1.0


@pytest.mark.parametrize(("count", "row"), [(2, [0.5, 0.8]), (3, [0.5, 0.8]), (4, [0.3, 0.9]), (7, [0.3, 0.9])])
def test_few_pairs_give_a_simpler_motion(count: int, row: list[float], rng: np.random.Generator) -> None:
    """A similarity from two on, an affinity from four."""
    motion, query = np.array([[0.8, -0.5, 60], [*row, 20], [0, 0, 1]]), _points(rng, count)
    fitted = _fit(query, _mapped(motion, query))
    assert fitted is not None
    np.testing.assert_allclose(fitted[0], motion, atol=1e-2)
    assert fitted[1].tolist() == [True] * count


def test_the_same_pairs_give_the_same_plane(rng: np.random.Generator) -> None:
    query = _points(rng, 40)
    reference = _mapped(_plane(rng), query)
    reference[::3] = _points(rng, 14)
    before = query.copy(), reference.copy()
    one, same = _fit(query, reference), _fit(query, reference)
    assert one is not None
    assert same is not None
    np.testing.assert_array_equal(one[0], same[0])
    np.testing.assert_array_equal(one[1], same[1])
    np.testing.assert_array_equal(query, before[0])
    np.testing.assert_array_equal(reference, before[1])


def _kinks(fitted: tuple[Array, Array] | None, points: Array) -> tuple[float, float]:
    """Least area and largest ratio of the sides of what becomes of small squares at the points."""
    assert fitted is not None
    step, areas, ratios = 1e-3, [], []
    for point in points.astype(float):
        at = _mapped(fitted[0], point + np.array([[0, 0], [step, 0], [0, step]]))
        jacobian = (at[1:] - at[0]).T / step
        areas.append(np.linalg.det(jacobian))
        sides = np.linalg.svd(jacobian, compute_uv=False)
        ratios.append(sides[0] / sides[1])
    return min(areas), max(ratios)


def _assert_sane(query: Array, reference: Array, few: int) -> None:
    """Nothing is found, or a plane that is neither mirrored nor crushed and on which only a few agree by chance."""
    fitted = _fit(query, reference)
    if fitted is not None:
        area, ratio = _kinks(fitted, query)
        assert area > 0
        assert ratio < 32
        assert fitted[1].sum() <= few


@pytest.mark.parametrize("count", [3, 5, 8, 30])
def test_a_mirror_is_refused(count: int, rng: np.random.Generator) -> None:
    """Two points of a mirrored photo always agree on a similarity, and those near the mirror's axis do; no more."""
    query = _points(rng, count)
    _assert_sane(query, query * [-1, 1] + [400, 0], few=9)
    _assert_sane(query, query * [1, -1], few=9)


@pytest.mark.parametrize("count", [8, 12, 30])
def test_noise_is_no_plane(count: int, rng: np.random.Generator) -> None:
    for _ in range(10):
        _assert_sane(_points(rng, count), _points(rng, count), few=7)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 30])
def test_what_is_crushed_to_a_point_is_refused(count: int, rng: np.random.Generator) -> None:
    """And one point alone, or none, is no transform either."""
    query, point = _points(rng, count), np.full((count, 2), 50.0)
    assert _fit(query, point) is None
    assert _fit(point, query) is None
    assert _fit(point, point) is None


def test_what_is_crushed_to_a_line_is_refused(rng: np.random.Generator) -> None:
    """Those that lay about one line before, a third at most, agree on a similarity."""
    query = _points(rng, 30)
    _assert_sane(query, query * [1, 1e-3], few=12)
    _assert_sane(query, query @ np.array([[0.5, 0.5], [0.5, 0.5]]), few=12)


def test_a_line_that_does_not_move_as_a_whole_is_refused() -> None:
    """A homography fits any points on one line, and is wild beside it."""
    along = np.linspace(0, 1, 30)[:, None]
    line = along * [400, 300]
    _assert_sane(line, along**2 * [400, 300], few=15)
    _assert_sane(line, np.sqrt(along) * [400, 300] + 20, few=20)


def test_a_line_that_moves_as_a_whole_gives_its_motion() -> None:
    line = np.linspace(0, 1, 30)[:, None] * [400, 300]
    _assert_sane(line, line + 5, few=30)
    fitted = _fit(line, line + 5)
    assert fitted is not None
    np.testing.assert_allclose(_mapped(fitted[0], line), line + 5, atol=0.5)


def test_points_behind_the_horizon_are_refused(rng: np.random.Generator) -> None:
    """A plane that vanishes in the middle of the photo."""
    beyond = np.array([[1.0, 0, 0], [0, 1, 0], [-1 / 200, 0, 1]])
    query = _points(rng, 60)
    query = query[np.abs(query[:, 0] - 200) > 20]
    fitted = _fit(query, _mapped(beyond, query))
    if fitted is not None:
        depth = np.column_stack([query, np.ones(len(query))]) @ fitted[0][2]
        assert (depth > 0).all()
        assert fitted[1].mean() < 0.6


@pytest.mark.parametrize("count", [2, 3, 5, 8, 30])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_no_numbers_are_refused(count: int, value: float, rng: np.random.Generator) -> None:
    query, nowhere = _points(rng, count), np.full((count, 2), value)
    assert _fit(query, nowhere) is None
    assert _fit(nowhere, query) is None
    one = query.copy()
    one[0, 1] = value
    assert _fit(one, query) is None


def test_a_resized_photo_keeps_its_corners() -> None:
    """Its edges are half a pixel from its outermost centres: 400 × 300 at a quarter reaches from −½ to 99½ and 74½."""
    corners = _mapped(resized((0.25, 0.25)), np.array([[-0.5, -0.5], [399.5, 299.5]]))
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [99.5, 74.5]])
    np.testing.assert_array_equal(resized((1, 1)), np.eye(3))
    np.testing.assert_allclose(resized((0.5, 3)) @ [2, 2, 1], [0.75, 7, 1])


def _scene(points: Array) -> Array:
    """A smooth coloured drawing on the plane, [0, 1]: waves of 30 to 90 pixels."""
    x, y = points[..., 0], points[..., 1]
    waves = (np.sin(x / 9) + np.cos(y / 7), np.sin((x + y) / 12) - np.cos(x / 5), np.cos((x - 2 * y) / 14))
    return 0.5 + 0.2 * np.stack(waves, axis=-1)


def _drawn(size: tuple[int, int], matrix: Array) -> Any:
    """The scene as a photo (width, height) sees it, whose pixels lie at ``matrix`` of theirs on the plane."""
    y, x = np.mgrid[: size[1], : size[0]]
    points = _mapped(matrix, np.column_stack([x.ravel(), y.ravel()]).astype(float))
    return np.round(255 * _scene(points)).reshape(size[1], size[0], 3).clip(0, 255).astype(np.uint8)


def _hull(size: tuple[int, int]) -> Array:
    return np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * np.array(size, float)


def _miss(laid: RegisteredPair) -> float:
    return float(np.abs(laid.query - laid.reference)[laid.mask].mean())


def test_a_photo_lies_over_itself(known_photos: dict[str, Any]) -> None:
    """Whether it is halved or divided by five, to the pixel: fine detail is what a shift would show in."""
    for name, size in (("coffee", (320, 213)), ("page", (160, 80)), ("grass", (400, 400)), ("camera", (640, 640))):
        photo = resize(known_photos[name], size, resampling="area")
        laid = register(photo, photo, np.eye(3), _hull(size))
        assert max(laid.mask.shape) == 160
        assert laid.mask[3:-3, 3:-3].all()
        measures = dict(zip(MEASURES, agreement(laid.query, laid.reference, laid.mask), strict=True))
        assert measures["structure"] > 0.98
        assert measures["chroma"] > 0.99
        assert measures["cast"] < 0.05


def test_a_photo_of_the_size_that_is_compared_is_untouched(rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)
    before = photo.copy()
    laid = register(photo, photo, np.eye(3), _hull((160, 120)))
    np.testing.assert_array_equal(laid.query, laid.reference)
    np.testing.assert_array_equal(laid.reference, lab(photo))
    np.testing.assert_array_equal(photo, before)
    assert laid.query.dtype == np.float32
    assert laid.mask.dtype == bool


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_seen_from_elsewhere_lies_over_the_photo(seed: int) -> None:
    """The query is drawn through the plane; laid back it is the reference, and a shift of a pixel would show."""
    plane = _plane(np.random.default_rng(seed))
    size = (320, 240)
    query, reference = _drawn((400, 300), plane), _drawn(size, np.eye(3))
    laid = register(query, reference, plane, _hull(size))
    assert laid.query.shape == laid.reference.shape == (120, 160, 3)
    assert laid.mask.mean() > 0.05
    shifted = np.array([[1, 0, 2.0], [0, 1, 2.0], [0, 0, 1]]) @ plane
    assert _miss(laid) < 1
    assert _miss(register(query, reference, shifted, _hull(size))) > 2 * _miss(laid)


def test_a_finer_query_is_smoothed_before_it_is_shrunk(rng: np.random.Generator) -> None:
    """A checkerboard of single pixels is grey from afar, not the half of its squares that are hit."""
    y, x = np.mgrid[:480, :640]
    board = np.repeat((255 * ((x + y) % 2))[..., None], 3, axis=2).astype(np.uint8)
    grey = np.full((120, 160, 3), 128, np.uint8)
    laid = register(board, grey, resized((0.25, 0.25)), _hull((160, 120)))
    assert laid.query[laid.mask][:, 0].std() < 2


def test_only_what_the_match_vouches_for_is_compared() -> None:
    """The hull of the inliers, two pixels wider: here a triangle of half the photo."""
    photo = np.full((120, 160, 3), 90, np.uint8)
    laid = register(photo, photo, np.eye(3), np.array([[0.0, 0], [159, 0], [0, 119]]))
    y, x = np.mgrid[:120, :160]
    depth = 1 - x / 159 - y / 119
    assert laid.mask[depth >= 0].all()
    assert not laid.mask[depth < -0.06].any()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_points_have_no_hull(count: int) -> None:
    photo = np.full((120, 160, 3), 90, np.uint8)
    assert not register(photo, photo, np.eye(3), np.full((count, 2), 50.0)).mask.any()


def test_beside_the_query_nothing_is_compared() -> None:
    """The query shows the left half of the reference."""
    reference = np.full((120, 160, 3), 90, np.uint8)
    laid = register(reference[:, :80], reference, np.eye(3), _hull((160, 120)))
    assert laid.mask[:, :80].all()
    assert not laid.mask[:, 80:].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 2)])
def test_slivers_are_no_trouble(shape: tuple[int, int]) -> None:
    sliver = np.full((*shape, 3), 90, np.uint8)
    laid = register(sliver, sliver, np.eye(3), _hull(shape[::-1]))
    assert min(laid.mask.shape) >= 8
    assert np.isfinite(laid.query).all()


def test_lab_by_hand() -> None:
    """White, black, a middle grey and pure red (CIE 15, sRGB under D65)."""
    colours = np.array([[[255, 255, 255], [0, 0, 0], [119, 119, 119], [255, 0, 0]]], np.uint8)
    wanted = [[100, 0, 0], [0, 0, 0], [50.03, 0, 0], [53.24, 80.09, 67.20]]
    assert lab(colours).dtype == np.float32
    np.testing.assert_allclose(lab(colours)[0], np.array(wanted), atol=0.25)


def test_smoothing_is_a_gaussian_of_each_plane() -> None:
    planes = np.zeros((31, 31, 2), np.float32)
    planes[15, 15, 0] = 1
    found = smooth(planes)
    steps = np.arange(31) - 15
    wanted = np.exp(-(steps**2) / (2 * 1.5**2))
    wanted = np.outer(wanted, wanted) / wanted.sum() ** 2
    np.testing.assert_allclose(found[..., 0], wanted, atol=1e-4)
    np.testing.assert_array_equal(found[..., 1], 0)
    assert planes.sum() == 1
    np.testing.assert_allclose(smooth(np.full((9, 7, 2), 3.0, np.float32)), 3)


def test_discs_by_a_loop() -> None:
    points, radii = np.array([[3.2, 4.0], [15.0, 2.0], [9.0, 40.0]]), np.array([2.0, 0.4, 3.0])
    found = discs(points, radii, (10, 20))
    y, x = np.mgrid[:10, :20]
    expected = np.zeros((10, 20), bool)
    for (column, row), radius in zip(points.round(), np.ceil(radii), strict=True):
        expected |= (x - column) ** 2 + (y - row) ** 2 <= radius**2
    assert (found != expected).mean() <= 0.02  # whose corner a circle of pixels takes in is OpenCV's choice
    assert found[4, 3]
    assert not found[9, 10]


def test_a_plane_is_carried_into_another_frame() -> None:
    """Seen at half the size and moved: each pixel is what the plane has where the matrix leads."""
    plane = np.zeros((20, 30))
    plane[8:12, 16:20] = 1
    found = carried(plane, np.array([(2, 0, 6), (0, 2, 4), (0, 0, 1.0)]), (10, 12))
    assert found.shape == (10, 12)
    np.testing.assert_array_equal(np.argwhere(found > 0.5), [(2, 5), (2, 6), (3, 5), (3, 6)])
    beyond = carried(np.ones((4, 4)), np.array([(1, 0, -50), (0, 1, 0), (0, 0, 1.0)]), (4, 4))
    assert not beyond.any()
