"""Consensus against a triple loop, on known motions, at its tolerances, and what must not change it."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.verification.consensus import Tolerance, consensus, frames, similarity

Array = npt.NDArray[Any]
DIAGONAL = 500.0


def _frames(rng: np.random.Generator, count: int) -> Array:
    return frames(rng.uniform(0, 400, (count, 2)), rng.uniform(3, 30, count), rng.uniform(0, 2 * math.pi, count))


def _moved(frame: Array, scale: float, turn: float, shift: tuple[float, float]) -> Array:
    """The local frames ``(m, 4)`` after a similarity."""
    x, y = frame[:, 0], frame[:, 1]
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    points = np.column_stack([c * x - s * y + shift[0], s * x + c * y + shift[1]])
    return frames(points, frame[:, 2] * scale, np.mod(frame[:, 3] + turn, 2 * math.pi))


def _crowd(rng: np.random.Generator, right: int = 40, wrong: int = 50) -> tuple[Array, Array, Array]:
    """Correspondences of which the first ``right`` follow a motion, more or less, and the others none."""
    query = _frames(rng, right + wrong)
    reference = _frames(rng, right + wrong)
    reference[:right] = _moved(query[:right], 0.7, 1.1, (300, 20))
    reference[:right, :2] += rng.normal(0, 12, (right, 2))
    reference[:right, 2] *= np.exp2(rng.normal(0, 0.4, right))
    reference[:right, 3] += rng.normal(0, 0.3, right)
    return query, reference, rng.uniform(0.02, 1, right + wrong).astype(np.float32)


def _slow(query: Any, reference: Any, weights: Any, tolerance: Tolerance) -> tuple[float, list[int], int]:
    """Largest weight, its correspondences and who proposed it."""
    count = len(weights)
    best: tuple[float, list[int], int] = (-1.0, [], -1)
    for p in sorted(range(count), key=lambda i: -weights[i])[: tolerance.hypotheses]:
        agreeing = []
        for i in range(count):
            motion = reference[p][2] / query[p][2] * cmath.exp(1j * (reference[p][3] - query[p][3]))
            mapped = motion * complex(query[i][0] - query[p][0], query[i][1] - query[p][1]) + complex(*reference[p][:2])
            near = abs(mapped - complex(*reference[i][:2])) < tolerance.distance * DIAGONAL
            ratio = (reference[i][2] / query[i][2]) / (reference[p][2] / query[p][2])
            turn = (reference[i][3] - query[i][3]) - (reference[p][3] - query[p][3])
            turn = abs((turn + math.pi) % (2 * math.pi) - math.pi)
            alike = abs(math.log2(ratio)) < tolerance.octaves and turn < math.radians(tolerance.angle)
            if i == p or (near and alike):
                agreeing.append(i)
        score = sum(weights[i] for i in agreeing)
        if score > best[0]:
            best = score, agreeing, p
    return best


@pytest.mark.parametrize(
    "tolerance",
    [
        Tolerance(),
        Tolerance(distance=0.02),
        Tolerance(octaves=0.3),
        Tolerance(angle=12),
        Tolerance(distance=0.2, octaves=3, angle=170),
        Tolerance(hypotheses=3),
    ],
    ids=str,
)
def test_it_is_the_triple_loop(tolerance: Tolerance, rng: np.random.Generator) -> None:
    query, reference, weights = _crowd(rng)
    check = consensus(query, reference, weights, diagonal=DIAGONAL, tolerance=tolerance)
    score, inliers, proposer = _slow(query.tolist(), reference.tolist(), weights.tolist(), tolerance)
    assert len(inliers) > 2
    assert check.inliers.tolist() == [[i, i] for i in inliers]
    assert check.score == pytest.approx(score, rel=1e-6)
    np.testing.assert_array_equal(check.weights, weights[inliers])
    assert check.transform is not None
    np.testing.assert_allclose(check.transform, similarity(query[proposer], reference[proposer]))


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("turn", [0.0, 2.0, 5.0])
def test_an_exact_motion_is_found_exactly(scale: float, turn: float, rng: np.random.Generator) -> None:
    query = _frames(rng, 60)
    reference = _moved(query, scale, turn, (-30, 80))
    reference[45:] = _frames(rng, 15)
    weights = rng.uniform(0.1, 1, 60)
    check = consensus(query, reference, weights, diagonal=DIAGONAL, tolerance=Tolerance(0.001, 0.01, 1.0))
    assert check.inliers[:, 0].tolist() == list(range(45))
    assert check.score == pytest.approx(weights[:45].sum())
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    assert check.transform is not None
    np.testing.assert_allclose(check.transform, np.array([[c, -s, -30], [s, c, 80], [0, 0, 1]]), atol=0.01)


def test_a_similarity_carries_one_frame_onto_the_other(rng: np.random.Generator) -> None:
    for query, reference in zip(_frames(rng, 9).astype(float), _frames(rng, 9).astype(float), strict=True):
        transform = similarity(query, reference)
        # The tip of an arrow of the frame's scale, in the frame's direction.
        tips = [(x + r * math.cos(a), y + r * math.sin(a)) for x, y, r, a in (query, reference)]
        np.testing.assert_allclose(transform @ [*query[:2], 1], [*reference[:2], 1])
        np.testing.assert_allclose(transform @ [*tips[0], 1], [*tips[1], 1])


def _pair(reference: tuple[float, float, float, float]) -> tuple[Array, Array, Array]:
    """Two correspondences: one that stays where it is, and one at 100, 0 that comes to ``reference``."""
    query = np.array([[0, 0, 10, 0], [100, 0, 10, 0]], np.float32)
    return query, np.array([[0, 0, 10, 0], reference], np.float32), np.array([1.0, 0.5])


@pytest.mark.parametrize(
    ("reference", "agrees"),
    [
        ((100, 29.9, 10, 0), True),
        ((100, 30.1, 10, 0), False),
        ((100, 0, 19.9, 0), True),
        ((100, 0, 20.1, 0), False),
        ((100, 0, 5.1, 0), True),
        ((100, 0, 4.9, 0), False),
        ((100, 0, 10, math.radians(39.9)), True),
        ((100, 0, 10, math.radians(40.1)), False),
        ((100, 0, 10, math.radians(320.1)), True),
        ((100, 0, 10, math.radians(319.9)), False),
        ((100, 0, 10, math.pi), False),
    ],
)
def test_the_tolerances_by_hand(reference: tuple[float, float, float, float], agrees: bool) -> None:
    """Of a diagonal of 500 pixels 6 % are 30; an octave is a factor of 2."""
    check = consensus(*_pair(reference), diagonal=500.0)
    assert check.score == (1.5 if agrees else 1.0)
    assert check.inliers.tolist() == ([[0, 0], [1, 1]] if agrees else [[0, 0]])


def test_only_the_heaviest_propose(rng: np.random.Generator) -> None:
    """Forty agree with each other, but with one hypothesis it is the heaviest of all that is asked, a loner."""
    query = _frames(rng, 41)
    reference = _moved(query, 1, 0, (5, 5))
    reference[0] = [9999, 9999, 1, 3]
    weights = np.r_[1.0, np.full(40, 0.5)]
    assert consensus(query, reference, weights, diagonal=DIAGONAL).score == pytest.approx(20)
    one = consensus(query, reference, weights, diagonal=DIAGONAL, tolerance=Tolerance(hypotheses=1))
    assert one.inliers.tolist() == [[0, 0]]


def test_a_correspondence_agrees_with_itself_whatever_the_tolerance(rng: np.random.Generator) -> None:
    check = consensus(_frames(rng, 1), _frames(rng, 1), np.array([0.3]), diagonal=1.0, tolerance=Tolerance(0, 0, 0))
    assert check.inliers.tolist() == [[0, 0]]
    assert check.score == 0.3


def test_the_weights_of_the_inliers_sum_to_the_score(rng: np.random.Generator) -> None:
    for _ in range(5):
        check = consensus(*_crowd(rng), diagonal=DIAGONAL)
        assert check.weights.sum() == pytest.approx(check.score, rel=1e-6)


def test_permuting_the_correspondences_changes_nothing(rng: np.random.Generator) -> None:
    query, reference, weights = _crowd(rng)
    order = rng.permutation(len(weights))
    one = consensus(query, reference, weights, diagonal=DIAGONAL)
    other = consensus(query[order], reference[order], weights[order], diagonal=DIAGONAL)
    assert sorted(order[other.inliers[:, 0]]) == one.inliers[:, 0].tolist()
    assert other.score == pytest.approx(one.score)
    np.testing.assert_array_equal(other.transform, one.transform)


@pytest.mark.parametrize(("scale", "turn"), [(4.0, 0.0), (0.5, 0.0), (1.0, 2.5), (2.0, -1.0)])
def test_a_scaled_or_turned_reference_agrees_alike(scale: float, turn: float, rng: np.random.Generator) -> None:
    query, reference, weights = _crowd(rng)
    one = consensus(query, reference, weights, diagonal=DIAGONAL)
    moved = _moved(reference, scale, turn, (50, -70))
    other = consensus(query, moved, weights, diagonal=scale * DIAGONAL)
    np.testing.assert_array_equal(other.inliers, one.inliers)
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    assert other.transform is not None
    wanted = np.array([[c, -s, 50], [s, c, -70], [0, 0, 1]]) @ one.transform
    np.testing.assert_allclose(other.transform, wanted, rtol=1e-3, atol=0.01)


@pytest.mark.parametrize(("scale", "turn"), [(4.0, 0.0), (1.0, 2.5), (0.5, -1.0)])
def test_a_scaled_or_turned_query_agrees_alike(scale: float, turn: float, rng: np.random.Generator) -> None:
    query, reference, weights = _crowd(rng)
    one = consensus(query, reference, weights, diagonal=DIAGONAL)
    other = consensus(_moved(query, scale, turn, (9, 9)), reference, weights, diagonal=DIAGONAL)
    np.testing.assert_array_equal(other.inliers, one.inliers)


def test_a_whole_turn_is_no_turn(rng: np.random.Generator) -> None:
    query, reference, weights = _crowd(rng)
    turned = reference.copy()
    turned[::2, 3] -= np.float32(2 * math.pi)
    one, other = (consensus(query, array, weights, diagonal=DIAGONAL) for array in (reference, turned))
    np.testing.assert_array_equal(other.inliers, one.inliers)


def test_no_correspondences_have_no_transform() -> None:
    check = consensus(np.zeros((0, 4)), np.zeros((0, 4)), np.zeros(0), diagonal=DIAGONAL)
    assert (check.score, check.transform) == (0.0, None)
    assert check.inliers.shape == (0, 2)
    assert check.weights.shape == (0,)


def test_frames_are_their_columns() -> None:
    frame = frames(np.array([[1, 2], [3, 4]]), np.array([5, 6]), np.array([7, 8]))
    assert frame.dtype == np.float32
    assert frame.tolist() == [[1, 2, 5, 7], [3, 4, 6, 8]]
    assert frames(np.zeros((0, 2)), np.zeros(0), np.zeros(0)).shape == (0, 4)


def test_inputs_stay(rng: np.random.Generator) -> None:
    crowd = _crowd(rng)
    before = [array.copy() for array in crowd]
    consensus(*crowd, diagonal=DIAGONAL)
    for array, copy in zip(crowd, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("shapes", [((3, 4), (2, 4), 3), ((3, 4), (3, 4), 2), ((3, 2), (3, 2), 3)])
def test_other_shapes_are_refused(shapes: tuple[Any, Any, int]) -> None:
    with pytest.raises(ShapeError, match=r"wanted \(i, 4\) twice"):
        consensus(np.ones(shapes[0]), np.ones(shapes[1]), np.ones(shapes[2]), diagonal=DIAGONAL)
