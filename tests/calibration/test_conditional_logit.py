"""The conditional logit against loops, finite differences and logistic regression, and at its limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.conditional_logit import Prior, Questions, curvature, fit, probabilities
from resight.errors import ShapeError

Array = npt.NDArray[Any]


def _questions(rng: np.random.Generator, q: int = 60, k: int = 4, e: int = 3) -> Questions:
    """Questions of which some have fewer candidates than k, or none; answered as weights (2, −1, 0.5 …) would."""
    evidence = rng.normal(size=(q, k, e))
    present = np.arange(k) < rng.integers(0, k + 1, q)[:, None]
    evidence[~present] = 0
    logits = np.where(present, evidence @ np.resize([2, -1, 0.5], e), -np.inf) + rng.gumbel(size=(q, k))
    best = logits.argmax(axis=1)
    answers = np.where(logits.max(axis=1) > rng.gumbel(size=q), best, -1)
    return Questions(evidence, present, answers)


def _prior(e: int = 3, precision: float = 0.7) -> Prior:
    return Prior(np.linspace(0.5, -0.5, e), np.linspace(precision, 2 * precision, e))


def _slow_chances(evidence: Any, present: Any, weights: Any, offset: float = 0.0) -> list[float]:
    raised = [
        math.exp(sum(w * x for w, x in zip(weights, row, strict=True))) if there else 0.0
        for row, there in zip(evidence, present, strict=True)
    ]
    return [one / (math.exp(offset) + sum(raised)) for one in raised]


def _slow_posterior(questions: Questions, prior: Prior, weights: Array, importance: Array | None = None) -> float:
    """Log posterior up to a constant."""
    total = 0.0
    for row in range(len(questions)):
        parts = _slow_chances(questions.evidence[row], questions.present[row], weights)
        answer = questions.answers[row]
        right = parts[answer] if answer >= 0 else 1 / (1 + sum(p / (1 - sum(parts)) for p in parts))
        total += math.log(right) * (1 if importance is None else importance[row])
    return total - 0.5 * sum(prior.precision * (weights - prior.mean) ** 2)


def test_chances_are_the_loop(rng: np.random.Generator) -> None:
    questions, weights = _questions(rng), rng.normal(size=3)
    for offset in (0.0, -2.0, 3.0):
        found = probabilities(questions.evidence, questions.present, weights, offset=offset)
        for row, chance in enumerate(found):
            wanted = _slow_chances(questions.evidence[row], questions.present[row], weights, offset)
            np.testing.assert_allclose(chance, wanted, rtol=1e-12)


def test_chances_by_hand() -> None:
    """Utilities log 2 and log 3 beside the 1 of "none": 2, 3 and 1 of 6."""
    found = probabilities(np.log([[2.0], [3.0], [9.0]]), np.array([True, True, False]), np.array([1.0]))
    np.testing.assert_allclose(found, [2 / 6, 3 / 6, 0])


def test_chances_are_chances(rng: np.random.Generator) -> None:
    questions = _questions(rng)
    for scale in (0, 1, 100):
        found = probabilities(questions.evidence, questions.present, scale * rng.normal(size=3))
        assert (found >= 0).all()
        assert (found.sum(axis=1) <= 1 + 1e-12).all()
        assert (found[~questions.present] == 0).all()


@pytest.mark.parametrize(("utility", "wanted"), [(5000.0, 1.0), (-5000.0, 0.0)])
def test_the_surest_evidence_does_not_overflow(utility: float, wanted: float) -> None:
    one = np.ones(1)
    assert probabilities(np.array([[utility]]), np.array([True]), one).tolist() == [wanted]
    for offset in (-9000.0, 9000.0):
        found = probabilities(np.array([[utility]]), np.array([True]), one, offset=offset)
        assert found.tolist() == [float(utility > offset)]


def test_an_offset_shifts_the_odds_exactly(rng: np.random.Generator) -> None:
    """Each candidate's odds against none are divided by e^offset; those between candidates stay."""
    questions, weights = _questions(rng), rng.normal(size=3)
    plain = probabilities(questions.evidence, questions.present, weights)
    shifted = probabilities(questions.evidence, questions.present, weights, offset=1.7)
    plain_odds = plain / (1 - plain.sum(axis=1, keepdims=True))
    shifted_odds = shifted / (1 - shifted.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(shifted_odds * math.exp(1.7), plain_odds, rtol=1e-9)


def test_what_lies_in_absent_places_does_not_count(rng: np.random.Generator) -> None:
    questions, weights = _questions(rng), rng.normal(size=3)
    filled = np.where(questions.present[..., None], questions.evidence, np.nan)
    wanted = probabilities(questions.evidence, questions.present, weights)
    np.testing.assert_array_equal(probabilities(filled, questions.present, weights), wanted)
    elsewhere = Questions(filled, questions.present, questions.answers)
    np.testing.assert_allclose(fit(elsewhere, _prior()), fit(questions, _prior()), rtol=1e-12)


def test_without_candidates_it_is_none() -> None:
    assert probabilities(np.zeros((0, 3)), np.zeros(0, bool), np.ones(3)).shape == (0,)
    assert probabilities(np.zeros((2, 0, 3)), np.zeros((2, 0), bool), np.ones(3)).shape == (2, 0)
    assert probabilities(np.zeros((2, 3)), np.zeros(2, bool), np.ones(3)).tolist() == [0, 0]


def test_at_the_fit_the_gradient_vanishes(rng: np.random.Generator) -> None:
    questions, prior, importance = _questions(rng), _prior(), rng.uniform(0.2, 3, 60)
    weights = fit(questions, prior, importance=importance)
    for axis in np.eye(3) * 1e-4:
        up, down = (_slow_posterior(questions, prior, weights + step, importance) for step in (axis, -axis))
        assert abs(up - down) / 2e-4 < 1e-4


def test_no_weights_nearby_or_far_are_better(rng: np.random.Generator) -> None:
    questions, prior = _questions(rng), _prior()
    weights = fit(questions, prior)
    best = _slow_posterior(questions, prior, weights)
    for scale in (1e-3, 1e-2, 0.1, 1.0, 4.0):
        for _ in range(5):
            assert _slow_posterior(questions, prior, weights + scale * rng.normal(size=3)) < best


def test_with_no_questions_the_belief_stays() -> None:
    empty = Questions(np.zeros((0, 4, 3)), np.zeros((0, 4), bool), np.zeros(0, np.int64))
    np.testing.assert_array_equal(fit(empty, _prior()), _prior().mean)


@pytest.mark.parametrize("k", [0, 3])
def test_questions_without_candidates_teach_nothing(k: int) -> None:
    """As of a gallery of one photo, which is asked without it."""
    alone = Questions(np.zeros((5, k, 3)), np.zeros((5, k), bool), np.full(5, -1))
    np.testing.assert_array_equal(fit(alone, _prior()), _prior().mean)
    np.testing.assert_array_equal(curvature(alone, np.ones(3), np.ones(5)), np.zeros((3, 3)))


def test_a_single_candidate_is_logistic_regression(rng: np.random.Generator) -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason='needs scikit-learn: pip install "resight[report]"')
    questions = _questions(rng, q=200, k=1)
    present = questions.present[:, 0]
    importance = rng.uniform(0.1, 2, 200)
    plain = linear.LogisticRegression(C=1 / 0.7, fit_intercept=False, tol=1e-12, max_iter=1000)
    plain.fit(questions.evidence[present, 0], questions.answers[present] == 0, importance[present])
    found = fit(questions, Prior(np.zeros(3), np.full(3, 0.7)), importance=importance)
    np.testing.assert_allclose(found, plain.coef_[0], rtol=1e-5, atol=1e-6)


def test_many_questions_find_the_weights_that_answered_them(rng: np.random.Generator) -> None:
    found = fit(_questions(rng, q=20000), Prior(np.zeros(3), np.full(3, 1e-3)))
    np.testing.assert_allclose(found, [2, -1, 0.5], atol=0.1)


def test_importance_is_repetition(rng: np.random.Generator) -> None:
    questions, counts = _questions(rng), rng.integers(0, 4, 60)
    rows = np.repeat(np.arange(60), counts)
    repeated = Questions(questions.evidence[rows], questions.present[rows], questions.answers[rows])
    np.testing.assert_allclose(fit(questions, _prior(), importance=counts), fit(repeated, _prior()), rtol=1e-6)


def test_the_order_of_questions_and_candidates_changes_nothing(rng: np.random.Generator) -> None:
    questions = _questions(rng)
    rows, columns = rng.permutation(60), rng.permutation(4)
    places = np.append(np.argsort(columns), -1)
    moved = Questions(
        questions.evidence[rows][:, columns], questions.present[rows][:, columns], places[questions.answers[rows]]
    )
    np.testing.assert_allclose(fit(moved, _prior()), fit(questions, _prior()), rtol=1e-6)


def test_a_firm_belief_is_not_moved_and_an_open_mind_is(rng: np.random.Generator) -> None:
    questions = _questions(rng)
    moved = [np.abs(fit(questions, _prior(precision=precision)) - _prior().mean).max() for precision in (1e9, 10, 1e-3)]
    assert moved[0] < 1e-6
    assert moved[0] < moved[1] < moved[2]


def test_evidence_that_never_errs_gets_a_finite_weight() -> None:
    evidence = np.array([[[1.0]], [[2.0]], [[-1.0]], [[-3.0]]])
    questions = Questions(evidence, np.ones((4, 1), bool), np.array([0, 0, -1, -1]))
    (weight,) = fit(questions, Prior(np.zeros(1), np.full(1, 1e-4)))
    assert 3 < weight < 100


def _slow_slope(questions: Questions, prior: Prior, weights: Array) -> Array:
    """Gradient of the log posterior, for utilities of any size."""
    slope = -prior.precision * (weights - prior.mean)
    for evidence, present, answer in zip(questions.evidence, questions.present, questions.answers, strict=True):
        logits = [float(weights @ row) for row in evidence[present]]
        top = max([0.0, *logits])
        raised = [math.exp(utility - top) for utility in logits]
        for row, one in zip(evidence[present], raised, strict=True):
            slope -= one / (math.exp(-top) + sum(raised)) * row
        if answer >= 0:
            slope += evidence[answer]
    return slope


@pytest.mark.parametrize(("mean", "precision"), [(-300.0, 4.0), (100.0, 30.0), (300.0, 0.1), (1000.0, 1.0)])
def test_a_belief_that_is_far_off_is_weighed_against_the_questions(
    mean: float, precision: float, rng: np.random.Generator
) -> None:
    """Even one that takes a right "none" for impossible, where 1 − Σ chances is 0 to the last bit."""
    questions, prior = _questions(rng, q=200), Prior(np.full(3, mean), np.full(3, precision))
    weights = fit(questions, prior)
    assert np.abs(_slow_slope(questions, prior, prior.mean)).max() > 50
    assert np.abs(_slow_slope(questions, prior, weights)).max() < 0.01


def test_the_curvature_is_that_of_finite_differences(rng: np.random.Generator) -> None:
    questions, weights, importance = _questions(rng), rng.normal(size=3), rng.uniform(0.2, 3, 60)
    flat = Prior(np.zeros(3), np.zeros(3))
    found, step = curvature(questions, weights, importance), 1e-3 * np.eye(3)
    for i, j in np.ndindex(3, 3):
        value = {
            (a, b): _slow_posterior(questions, flat, weights + a * step[i] + b * step[j], importance)
            for a in (-1, 1)
            for b in (-1, 1)
        }
        second = (value[1, 1] - value[1, -1] - value[-1, 1] + value[-1, -1]) / 4e-6
        assert found[i, j] == pytest.approx(-second, abs=1e-4)


def test_the_likelihood_is_concave_everywhere(rng: np.random.Generator) -> None:
    questions = _questions(rng)
    for scale in (0, 1, 10, 1000):
        bend = curvature(questions, scale * rng.normal(size=3), np.ones(60))
        np.testing.assert_allclose(bend, bend.T, atol=1e-9)
        assert np.linalg.eigvalsh(bend).min() >= -1e-9


def test_inputs_stay(rng: np.random.Generator) -> None:
    questions, prior, importance = _questions(rng), _prior(), np.ones(60)
    arrays = (questions.evidence, questions.present, questions.answers, prior.mean, prior.precision, importance)
    before = [array.copy() for array in arrays]
    fit(questions, prior, importance=importance)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_questions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"wanted \(q, k, e\), \(q, k\), \(q,\)"):
        Questions(np.zeros((5, 2, 3)), np.ones((5, 3), bool), np.zeros(5, np.int64))
    with pytest.raises(ShapeError, match=r"answers \(4,\)"):
        Questions(np.zeros((5, 2, 3)), np.ones((5, 2), bool), np.zeros(4, np.int64))


@pytest.mark.parametrize("answer", [-2, 1, 2])
def test_an_answer_that_is_no_candidate_is_refused(answer: int) -> None:
    with pytest.raises(ValueError, match=f"the answer {answer}; wanted -1 or a column with a candidate"):
        Questions(np.zeros((2, 2, 3)), np.array([[True, False]] * 2), np.array([0, answer]))


def test_evidence_that_would_speak_the_wrong_way_is_left_out(rng: np.random.Generator) -> None:
    """Two hundred questions of one candidate: the second kind of evidence speaks against what it should speak for."""
    right = rng.random(200) < 0.5
    evidence = rng.normal(0, 1, (200, 1, 4))
    evidence[:, 0, :3] += np.where(right, 1, -1)[:, None] * [1, -1, -1]
    evidence[..., 3] = 1
    questions = Questions(evidence, np.ones((200, 1), bool), np.where(right, 0, -1))
    prior = Prior(np.zeros(4), np.full(4, 0.1))
    weights = fit(questions, prior, signs=np.array([1, 1, -1, 0]))
    assert weights[0] > 0
    assert weights[1] == 0
    assert weights[2] < 0
    exclude = Questions(evidence[..., [0, 2, 3]], questions.present, questions.answers)
    alone = fit(exclude, Prior(np.zeros(3), np.full(3, 0.1)))
    np.testing.assert_allclose(weights[[0, 2, 3]], alone, atol=1e-6)
    assert fit(questions, prior)[1] < 0  # left to itself


def test_a_belief_of_weights_apart_is_the_same_as_a_diagonal_covariance(rng: np.random.Generator) -> None:
    questions, apart = _questions(rng), _prior()
    together = Prior(apart.mean, np.diag(apart.precision))
    for signs in (None, np.array([-1, 1, 0])):
        np.testing.assert_allclose(fit(questions, together, signs=signs), fit(questions, apart, signs=signs), atol=1e-7)


def test_weights_that_are_believed_to_go_together_are_moved_together(rng: np.random.Generator) -> None:
    """A question about one piece of evidence alone moves the other as well, and the sum of both stays as believed."""
    evidence = np.array([[[1.0, 0.0]]])
    questions = Questions(evidence, np.ones((1, 1), bool), np.array([0]))
    covariance = np.array([[1.0, -1.0], [-1.0, 1.0 + 1e-6]])
    weights = fit(questions, Prior(np.zeros(2), np.linalg.inv(covariance)))
    assert weights[0] > 0.1
    assert weights.sum() == pytest.approx(0, abs=1e-3)


def test_a_weight_that_is_left_out_leaves_what_is_believed_of_the_others() -> None:
    """With no questions: the mean of the others, given that the first weight is 0."""
    covariance = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
    mean = np.array([-1.0, 1.0, 0.0])
    none = Questions(np.zeros((0, 1, 3)), np.zeros((0, 1), bool), np.zeros(0, np.int64))
    weights = fit(none, Prior(mean, np.linalg.inv(covariance)), signs=np.array([1, 0, 0]))
    wanted = mean[1:] + covariance[1:, 0] / covariance[0, 0] * (0 - mean[0])
    np.testing.assert_allclose(weights, [0, *wanted], atol=1e-6)
