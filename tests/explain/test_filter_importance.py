"""Filter importance: each formula against a loop, and what docs/papers.md says of its options."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.explain import filter_importance as fi


def test_errors_are_those_of_a_loop(rng: np.random.Generator) -> None:
    scores, labels = rng.normal(size=(3, 6, 4)), rng.integers(0, 4, 6)
    for f in range(3):
        for n in range(6):
            row = scores[f, n].tolist()
            likely = math.exp(row[labels[n]]) / sum(map(math.exp, row))
            assert fi.nll(scores, labels)[f, n] == pytest.approx(-math.log(likely), rel=1e-12)
            wrong = max(range(4), key=row.__getitem__) != labels[n]
            assert fi.zero_one(scores, labels)[f, n] == wrong


def test_the_likelihood_of_far_scores_stays_finite() -> None:
    errors = fi.nll(np.array([[2000.0, 0.0], [0.0, -2000.0]]), np.array([1, 0]))
    assert errors.tolist() == [2000.0, 0.0]


def test_a_draw_is_an_error() -> None:
    assert fi.zero_one(np.array([[1.0, 1.0]]), np.array([0])).tolist() == [1.0]


def test_class_errors_are_means_of_each_class(rng: np.random.Generator) -> None:
    errors, labels = rng.random((2, 9)), np.arange(9) % 3
    found = fi.class_errors(errors, labels, 3)
    for f in range(2):
        for k in range(3):
            assert found[f, k] == pytest.approx(np.mean([errors[f, n] for n in range(9) if labels[n] == k]))


@pytest.mark.parametrize(("labels", "said"), [([0, 2, 2], r"no photo shows \[1\]"), ([0, 1, 3], "labels span 0 to 3")])
def test_a_class_without_a_photo_is_refused(labels: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fi.class_errors(np.ones(3), np.array(labels), 3)


def test_importance_is_the_rise_and_the_paper_prints_the_fall() -> None:
    intact, silenced = np.array([0.5, 1.0]), np.array([[0.7, 1.0], [0.5, 0.5]])
    np.testing.assert_allclose(fi.importance(intact, silenced), [[0.2, 0.0], [0.0, -0.5]])
    printed = fi.importance(intact, silenced, sign="paper")
    np.testing.assert_allclose(printed, -fi.importance(intact, silenced))


def test_weights_are_the_softmax_of_a_loop(rng: np.random.Generator) -> None:
    rises = rng.normal(3, 10, 5)
    for scale, temperature in (("standardised", 1.0), ("standardised", 0.3), ("raw", 7.0)):
        mean = sum(rises) / 5
        spread = math.sqrt(sum((x - mean) ** 2 for x in rises) / 5) if scale == "standardised" else 1.0
        powers = [math.exp((x - mean) / spread / temperature) for x in rises]
        found = fi.weights(rises, scale=scale, temperature=temperature)
        np.testing.assert_allclose(found, [power / sum(powers) for power in powers], rtol=1e-12)


def test_weights_of_classes_are_those_of_each_alone(rng: np.random.Generator) -> None:
    rises = rng.normal(size=(5, 3))
    together = fi.weights(rises)
    for k in range(3):
        np.testing.assert_allclose(together[:, k], fi.weights(rises[:, k]), rtol=1e-12)


def test_standardised_weights_do_not_depend_on_the_unit_of_the_error(rng: np.random.Generator) -> None:
    rises = rng.normal(size=6)
    np.testing.assert_allclose(fi.weights(1000 * rises + 5), fi.weights(rises), rtol=1e-9)
    assert fi.weights(1000 * rises, scale="raw").max() > 0.999


@pytest.mark.parametrize("scale", fi.SCALES)
def test_filters_that_matter_alike_weigh_alike(scale: str) -> None:
    assert fi.weights(np.full(4, 0.3), scale=scale).tolist() == [0.25] * 4


@pytest.mark.parametrize("options", [{"scale": "softmax"}, {"temperature": 0.0}, {"temperature": math.nan}])
def test_unknown_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="wanted one of standardised, raw, and > 0"):
        fi.weights(np.ones(3), **options)  # type: ignore[arg-type]


def test_heat_is_the_sum_of_a_loop(rng: np.random.Generator) -> None:
    maps, weights = rng.random((3, 4, 5)), rng.random((3, 2))
    found, first = fi.heat(maps, weights), fi.heat(maps, weights[:, 0])
    assert (found.shape, first.shape) == ((4, 5, 2), (4, 5))
    for y in range(4):
        for x in range(5):
            for k in range(2):
                assert found[y, x, k] == pytest.approx(sum(weights[i, k] * maps[i, y, x] for i in range(3)))
            assert first[y, x] == pytest.approx(found[y, x, 0])


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"maps \(3, 4, 5\) came with weights \(2,\)"):
        fi.heat(np.ones((3, 4, 5)), np.ones(2))
    with pytest.raises(ShapeError, match=r"scores \(2, 3\) came with labels \(3,\)"):
        fi.nll(np.ones((2, 3)), np.array([0, 1, 2]))
    with pytest.raises(ValueError, match="labels span 0 to 3, but there are 3 classes"):
        fi.nll(np.ones((2, 3)), np.array([0, 3]))
