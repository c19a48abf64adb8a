from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.verification.difference_map import CAST, difference, relit

Array = npt.NDArray[np.float64]


def _photos(rng: np.random.Generator, height: int = 9, width: int = 11) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Two Lab photos that are unlike in drawing everywhere, in colour at the left, and a mask with a hole."""
    low, high = (0, -40, -40), (100, 40, 40)
    reference = rng.uniform(low, high, (height, width, 3))
    query = np.clip(0.6 * reference + 0.4 * rng.uniform(low, high, (height, width, 3)) + (5, 9, -4), low, high)
    query[:, :4, 1:] += (25, -20)
    mask = np.ones((height, width), bool)
    mask[3, 4] = mask[0] = mask[:, -1] = False
    return query, reference, mask


def _drawn(rng: np.random.Generator, size: int = 60) -> Array:
    """A Lab photo with strokes, without colour."""
    photo = np.zeros((size, size, 3))
    photo[..., 0] = np.kron(rng.uniform(20, 90, (size // 5, size // 5)), np.ones((5, 5)))
    return photo


def _slow(query: Array, reference: Array, mask: npt.NDArray[np.bool_]) -> Array:
    """The formula of the docstrings, pixel by pixel."""
    height, width = mask.shape
    inside = [(y, x) for y in range(height) for x in range(width) if mask[y, x]]
    ours, theirs = (np.array([photo[place] for place in inside]) for photo in (query, reference))
    pairs = kept = list(zip(ours[:, 0].tolist(), theirs[:, 0].tolist(), strict=True))
    for _ in range(5):
        shift, contrast, level = _slow_exposure(kept)
        missed = [abs((a - shift) * contrast + level - b) for a, b in pairs]
        ordered, place = sorted(missed), 0.75 * (len(missed) - 1)
        low = math.floor(place)
        bound = ordered[low] + (place - low) * (ordered[min(low + 1, len(missed) - 1)] - ordered[low])
        kept = [pair for pair, miss in zip(pairs, missed, strict=True) if miss <= bound]
    shift, contrast, level = _slow_exposure(kept)
    cast = np.array([np.median(ours[:, plane] - theirs[:, plane]) for plane in (1, 2)])
    cast *= min(1.0, 12.0 / math.hypot(*cast))
    relit = query.copy()
    for y in range(height):
        for x in range(width):
            relit[y, x, 0] = (query[y, x, 0] - shift) * contrast + level
            relit[y, x, 1:] -= cast
    answer = np.zeros((height, width))
    for y, x in inside:
        near = [(v, u) for v, u in inside if abs(v - y) <= 8 and abs(u - x) <= 8]
        weights = np.array([math.exp(-((v - y) ** 2 + (u - x) ** 2) / (2 * 2.5**2)) for v, u in near])
        weights /= weights.sum()
        b = np.array([reference[place] for place in near])
        found = []
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                a = np.array(
                    [relit[min(max(v + down, 0), height - 1), min(max(u + right, 0), width - 1)] for v, u in near]
                )
                found.append(_slow_pixel(a, b, weights))
        answer[y, x] = min(found)
    return answer


def _slow_exposure(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Mean of ours, contrast and mean of theirs."""
    means = [sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
    a, b = (math.sqrt(sum((pair[side] - means[side]) ** 2 for pair in pairs) / len(pairs)) for side in (0, 1))
    return means[0], min(2.0, max(0.5, b / a)) if min(a, b) >= 1 else 1.0, means[1]


def _slow_pixel(a: Array, b: Array, weights: Array) -> float:
    mean_a, mean_b = weights @ a, weights @ b
    covariance = weights @ ((a[:, 0] - mean_a[0]) * (b[:, 0] - mean_b[0]))
    variances = weights @ ((a[:, 0] - mean_a[0]) ** 2) + weights @ ((b[:, 0] - mean_b[0]) ** 2)
    drawing = min(1.0, max(0.0, 1 - (2 * covariance + 9) / (variances + 9)))
    chroma_a, chroma_b = math.hypot(*mean_a[1:]), math.hypot(*mean_b[1:])
    both = math.sqrt(chroma_a * chroma_b)
    hue = math.dist(mean_a[1:], mean_b[1:]) ** 2 - (chroma_a - chroma_b) ** 2
    parts = (mean_a[0] - mean_b[0]) / 2, (chroma_a - chroma_b) / (1 + 0.045 * both)
    distance = math.sqrt(parts[0] ** 2 + parts[1] ** 2 + max(0.0, hue) / (1 + 0.015 * both) ** 2)
    colour = min(1.0, max(0.0, (distance - 6) / (20 - 6)))
    return 1 - (1 - drawing) * (1 - colour)


def test_it_is_the_loop(rng: np.random.Generator) -> None:
    query, reference, mask = _photos(rng)
    found = difference(query, reference, mask)
    np.testing.assert_allclose(found, _slow(query, reference, mask), atol=1e-9)
    assert found[mask].min() >= 0
    assert found[mask].std() > 0.1  # else neither end of the range, or only one, would be tested
    assert (found[~mask] == 0).all()


def test_on_a_strip_that_slipped_it_is_the_loop_too(rng: np.random.Generator) -> None:
    """Windows are wider than the photo one way and narrower the other, and the best slip is seldom none."""
    query, reference, mask = _photos(rng, height=4, width=22)
    query = np.roll(0.2 * query + 0.8 * reference, (1, -1), axis=(0, 1))
    np.testing.assert_allclose(difference(query, reference, mask), _slow(query, reference, mask), atol=1e-9)


def test_a_photo_does_not_differ_from_itself(rng: np.random.Generator) -> None:
    _, reference, mask = _photos(rng)
    np.testing.assert_allclose(difference(reference, reference, mask), 0, atol=1e-9)


def test_the_light_is_no_difference(rng: np.random.Generator) -> None:
    """Dimmer, of less contrast and under a yellow lamp."""
    reference = _drawn(rng)
    query = reference * (0.6, 1, 1) + (4, 3, 11)
    np.testing.assert_allclose(difference(query, reference, np.ones((60, 60), bool)), 0, atol=1e-9)


def test_what_differs_does_not_pull_the_light(rng: np.random.Generator) -> None:
    """A black patch over a fifth of a photo in dimmer light: the rest is as if it were not there."""
    reference = _drawn(rng)
    query = reference * (0.6, 1, 1) + (14, 0, 0)
    query[-12:] = 0
    found = difference(query, reference, np.ones((60, 60), bool))
    assert found[:36].max() < 1e-9
    assert found[52:].mean() > 0.9


def test_a_cast_beyond_what_light_does_is_a_difference(rng: np.random.Generator) -> None:
    """Over all of the photo: the light takes 12 of 25, of the 13 that are left 7 count."""
    reference = _drawn(rng)
    query = reference + np.array([0, CAST + 13, 0])
    np.testing.assert_allclose(difference(query, reference, np.ones((60, 60), bool)), 0.5, atol=1e-9)


def test_a_place_that_slipped_by_a_pixel_does_not_differ(rng: np.random.Generator) -> None:
    reference = _drawn(rng)
    query = np.roll(reference, (1, -1), axis=(0, 1))
    found = difference(query, reference, np.ones((60, 60), bool))
    assert found[12:-12, 12:-12].max() < 1e-3  # the windows of the rest hold what slipped out of the photo
    assert difference(np.roll(query, (4, 4), axis=(0, 1)), reference, np.ones((60, 60), bool)).mean() > 0.3


@pytest.mark.parametrize(
    ("patch", "expected"),
    [((0, 13, 0), 0.5), ((0, 0, -9.5), 0.25), ((0, 40, 0), 1.0), ((0, 0, 5.9), 0.0)],
    ids=["half", "quarter", "all", "none"],
)
def test_by_hand(patch: tuple[float, float, float], expected: float) -> None:
    """On a grey card a patch has another colour: at its middle, (ΔE − 6) / 14, and nothing far from it."""
    reference = np.full((60, 60, 3), (50.0, 0.0, 0.0))
    query = reference.copy()
    query[20:40, 20:40] += patch
    found = difference(query, reference, np.ones((60, 60), bool))
    assert found[30, 30] == pytest.approx(expected, abs=1e-3)
    assert found[:8].max() == pytest.approx(0, abs=1e-9)


def test_red_and_green_of_one_lightness_differ_and_the_white_between_does_not(rng: np.random.Generator) -> None:
    red = _drawn(rng)
    green = red.copy()
    red[:20, :, 1:], green[:20, :, 1:] = (55, 35), (-45, 30)
    found = difference(red, green, np.ones((60, 60), bool))
    assert found[:16].min() > 0.99
    assert found[30:].max() < 0.05


def test_what_is_drawn_on_one_photo_alone_differs(rng: np.random.Generator) -> None:
    reference = _drawn(rng)
    query = reference.copy()
    query[20:40, 20:40, 0] = query[20:40, 20:40, 0].mean()
    found = difference(query, reference, np.ones((60, 60), bool))
    assert found[25:35, 25:35].min() > 0.8
    assert found[:8].max() < 0.05


def test_what_the_mask_hides_changes_nothing(rng: np.random.Generator) -> None:
    """But for the pixels beside it, which may have slipped from behind it."""
    query, reference, _ = (_drawn(rng) for _ in range(3))
    mask = np.ones((60, 60), bool)
    mask[:, 30:] = False
    other = query.copy()
    other[:, 31:] = 7
    np.testing.assert_array_equal(difference(other, reference, mask), difference(query, reference, mask))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_are_left_alone_and_the_answer_is_double(rng: np.random.Generator, dtype: type) -> None:
    query, reference, mask = _photos(rng)
    query, reference = query.astype(dtype), reference.astype(dtype)
    kept = query.copy(), reference.copy()
    for array in (query, reference, mask):
        array.setflags(write=False)
    assert difference(query, reference, mask).dtype == np.float64
    np.testing.assert_array_equal(query, kept[0])
    np.testing.assert_array_equal(reference, kept[1])


@pytest.mark.parametrize("pixels", [0, 1])
def test_where_next_to_nothing_can_be_compared_nothing_differs(rng: np.random.Generator, pixels: int) -> None:
    query, _, mask = _photos(rng)
    mask[:] = False
    mask.flat[:pixels] = True
    np.testing.assert_allclose(difference(query, query, mask), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("query", "reference", "mask"),
    [((4, 5, 3), (5, 4, 3), (4, 5)), ((4, 5, 3), (4, 5, 3), (5, 4)), ((4, 5), (4, 5), (4, 5))],
)
def test_shapes_that_do_not_fit_are_named(
    query: tuple[int, ...], reference: tuple[int, ...], mask: tuple[int, ...]
) -> None:
    with pytest.raises(ShapeError, match=r"wanted \(h, w, 3\) twice and \(h, w\): register the photos first"):
        difference(np.zeros(query), np.zeros(reference), np.ones(mask, bool))


def test_a_white_ground_tells_no_contrast(rng: np.random.Generator) -> None:
    """Where most of a photo is of one colour, what noise there is in it is no light that the rest is dimmed by."""
    reference = np.zeros((40, 40, 3))
    reference[..., 0] = 95 + rng.normal(0, 0.05, (40, 40))
    reference[5:15, 5:15, 0] = 40
    query = reference.copy()
    query[..., 0] += rng.normal(0, 0.02, (40, 40))
    query[20:, :, 0] = 95
    everywhere = np.ones((40, 40), bool)
    planes = [np.moveaxis(photo, 2, 0) for photo in (query, reference)]
    np.testing.assert_allclose(relit(planes[0], planes[1], everywhere)[0], planes[1][0], atol=0.5)
