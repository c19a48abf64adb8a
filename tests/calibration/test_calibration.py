"""Calibration: evidence to probabilities, a threshold for unknown photos, and what of it is kept in a file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from resight.calibration.calibration import LEAST, Calibration, fit
from resight.calibration.held_out import HeldOutAnswers
from resight.calibration.prior import SIGNS, UNASKED, shipped_fits, starting_point
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate
from resight.errors import GalleryError
from resight.metrics.acceptance import threshold_at
from resight.verification.comparison import BESIDE, LOCAL

COLUMNS = (*LOCAL, "gem")


@pytest.fixture
def asked(rng: np.random.Generator) -> CalibrationSamples:
    """Known and unknown questions, 60 and 200, of three candidates; the right one has more of everything."""
    known = np.arange(260) < 60
    evidence = rng.normal(0, 1, (260, 3, len(COLUMNS)))
    evidence[..., 1] = 1
    evidence[known, 1] += 2
    evidence[..., LOCAL.index("print")] = 0
    return CalibrationSamples(
        ids=np.arange(260),
        kinds=np.where(known, QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW),
        tokens=np.zeros(260, np.int64),
        evidence=evidence,
        present=np.ones((260, 3), bool),
        answers=np.where(known, 1, -1),
        candidates=np.arange(780).reshape(260, 3) + 1,
    )


@pytest.fixture
def fitted(asked: CalibrationSamples) -> Calibration:
    return fit(COLUMNS, asked, photos=60)


def slow_utility(calibration: Calibration, evidence: np.ndarray) -> float:
    """Log odds of one candidate, column by column."""
    total = float(calibration.weights[-1])
    for at, value in enumerate(evidence):
        scaled = (value - calibration.scale.centre[at]) / calibration.scale.spread[at]
        is_registered = evidence[LOCAL.index("registered")] > 0
        if is_registered or COLUMNS[at] in ("votes", "registered", *BESIDE, "gem"):
            total += calibration.weights[at] * scaled
    return total


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_probabilities_are_the_formula(fitted: Calibration, rng: np.random.Generator, share: float) -> None:
    evidence = rng.normal(0, 1, (4, len(COLUMNS)))
    evidence[:, 1] = [1, 0, 1, 0]
    raised = [math.exp(slow_utility(fitted, one)) for one in evidence]
    none = share / (1 - share)
    expected = [one / (none + sum(raised)) for one in raised]
    np.testing.assert_allclose(fitted.probabilities(evidence, unknown_share=share), expected, rtol=1e-9)
    np.testing.assert_allclose(fitted.logits(evidence), [slow_utility(fitted, one) for one in evidence])


def test_half_unknown_is_what_is_expected_unless_told(fitted: Calibration, asked: CalibrationSamples) -> None:
    evidence = asked.evidence[0]
    np.testing.assert_array_equal(fitted.probabilities(evidence), fitted.probabilities(evidence, unknown_share=0.5))


@pytest.mark.parametrize("share", [-0.1, 0.0, 1.0, 2.0, math.nan, "x", True, None])
def test_a_share_that_leaves_nothing_open_is_refused(
    fitted: Calibration, asked: CalibrationSamples, share: Any
) -> None:
    with pytest.raises(ValueError, match="wanted more than 0 and less than 1"):
        fitted.probabilities(asked.evidence[0], unknown_share=share)


def test_nothing_asked_is_the_starting_point() -> None:
    nothing = fit(COLUMNS, concatenate([], len(COLUMNS)), photos=0)
    np.testing.assert_array_equal(nothing.weights, starting_point(COLUMNS)[1].mean)
    assert len(nothing.impostors) == 0
    assert nothing.summary()["least_false_accept_rate"] is None


def test_no_candidate_anywhere_is_no_accident(asked: CalibrationSamples) -> None:
    """Such as a gallery of one photo that shows nothing."""
    nobody = np.zeros_like(asked.present)
    blank = replace(asked, evidence=0 * asked.evidence, present=nobody, answers=np.full(260, -1))
    fitted = fit(COLUMNS, blank, photos=1)
    assert (fitted.impostors == 0).all()


def test_the_fit_answers_better_than_the_starting_point(asked: CalibrationSamples, fitted: Calibration) -> None:
    start = replace(fitted, weights=starting_point(COLUMNS)[1].mean)

    def right(calibration: Calibration) -> float:
        probabilities = np.array([calibration.probabilities(evidence) for evidence in asked.evidence])
        given = np.where(asked.answers < 0, 1 - probabilities.sum(axis=1), probabilities[np.arange(260), asked.answers])
        return float(np.log(given)[:60].mean() + np.log(given)[60:].mean())

    assert right(fitted) > right(start)


def test_the_very_picture_that_is_known_is_that_thing(asked: CalibrationSamples) -> None:
    """However little else speaks for it, and whatever was asked; two names of one picture share it."""
    prints = LOCAL.index("print")
    misled = asked.evidence.copy()
    misled[~asked.known, 0, prints] = 1
    for fitted in (fit(COLUMNS, asked, photos=60), fit(COLUMNS, replace(asked, evidence=misled), photos=60)):
        evidence = np.zeros((3, len(COLUMNS)))
        evidence[0, prints] = 1
        assert fitted.probabilities(evidence)[0] > 0.999
        evidence[1] = evidence[0]
        np.testing.assert_allclose(fitted.probabilities(evidence)[:2], 0.5, atol=1e-3)


def test_own_questions_teach_nothing_of_what_differs(asked: CalibrationSamples, fitted: Calibration) -> None:
    """Which counts as it ships."""
    at = LOCAL.index("difference")
    misled = asked.evidence.copy()
    misled[..., at] = 3.0
    other = fit(COLUMNS, replace(asked, evidence=misled), photos=60)
    np.testing.assert_array_equal(other.weights, fitted.weights)
    assert other.weights[at] == starting_point(COLUMNS)[1].mean[at] < 0


def test_a_cosine_that_speaks_alone_is_believed_as_it_ships(asked: CalibrationSamples) -> None:
    """However well it answers the gallery's own questions: plain things elsewhere are like its own."""
    encoder = next(name for name in shipped_fits()[-1] if name.endswith(" alone"))
    columns = (*LOCAL, encoder.removesuffix(" alone"), encoder)
    evidence = np.zeros((260, 3, len(columns)))
    evidence[asked.known, 1, -1] = 0.3
    fitted = fit(columns, replace(asked, evidence=evidence), photos=60)
    before, after = (float(each[-2]) for each in (starting_point(columns)[1].mean, fitted.weights))
    assert before < after < 2 * before


def test_known_and_unknown_questions_count_alike(asked: CalibrationSamples) -> None:
    """With nothing to tell them apart, the chance of any candidate is the half that is expected to be known."""
    same = np.where(np.isin(COLUMNS, UNASKED), 0.0, 1.0)
    alike = replace(asked, evidence=np.tile(same, (260, 1, 1)), present=asked.present[:, :1])
    alike = replace(alike, answers=np.minimum(alike.answers, 0))
    fitted = fit(COLUMNS, alike, photos=60)
    assert fitted.probabilities(same[None])[0] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", ["structure", "cast", "gem"])
def test_what_would_speak_the_wrong_way_is_left_out(asked: CalibrationSamples, name: str) -> None:
    """Such as a descriptor that, in a few photos, happens to find unknown photos nearer than what is known."""
    at, sign = COLUMNS.index(name), SIGNS.get(name, 1)
    evidence = asked.evidence.copy()
    evidence[..., at] = 0
    evidence[:60, 1, at] = -9 * sign
    weights = fit(COLUMNS, replace(asked, evidence=evidence), photos=60).weights
    assert weights[at] == 0
    assert all(SIGNS.get(other, 1) * weights[row] >= 0 for row, other in enumerate(COLUMNS))


def test_impostors_are_what_unknown_photos_got(asked: CalibrationSamples, fitted: Calibration) -> None:
    expected = [max(fitted.probabilities(evidence)) for evidence in asked.evidence[60:]]
    np.testing.assert_allclose(fitted.impostors, expected)
    assert fitted.counts == {
        **dict.fromkeys((kind.words for kind in QueryKind), 0),
        "view": 60,
        "left-out view": 200,
    }


def test_views_of_one_photo_are_one_unknown_photo(asked: CalibrationSamples, fitted: Calibration) -> None:
    """Four views of it would otherwise promise a rate that so few photos cannot show."""
    ids = asked.ids.copy()
    ids[60:] = np.arange(200) // 4
    found = fit(COLUMNS, replace(asked, ids=ids), photos=60)
    assert (fitted.unknown_photos, found.unknown_photos) == (200, 50)
    np.testing.assert_array_equal(found.impostors, fitted.impostors)
    assert [found.threshold(false_accept_rate).promised for false_accept_rate in (0.01, 0.02)] == [False, True]
    assert found.threshold(0.02).impostors == 50
    unknown_photos = replace(asked, ids=np.where(asked.known, asked.ids, -1), tokens=np.arange(260))
    assert fit(COLUMNS, unknown_photos, photos=60).unknown_photos == 200


def test_no_photo_is_named_that_is_all_but_surely_unknown(asked: CalibrationSamples, fitted: Calibration) -> None:
    """Where every impostor got next to nothing, the threshold that they set lets anything pass."""
    sure = replace(fitted, impostors=np.full(100, 1e-6))
    evidence = next(evidence for evidence in asked.evidence[60:] if 1e-5 < max(fitted.probabilities(evidence)) < LEAST)
    assert max(fitted.probabilities(evidence)) >= threshold_at(0.05, sure.impostors).value
    assert max(fitted.probabilities(evidence)) < sure.threshold(0.05).value


@pytest.mark.parametrize("false_accept_rate", [0.0, 0.001, 0.01, 0.1, 0.5, 1.0])
def test_a_threshold_keeps_its_rate_where_it_can_promise_it(fitted: Calibration, false_accept_rate: float) -> None:
    threshold = fitted.threshold(false_accept_rate)
    assert (fitted.impostors >= threshold.value).mean() <= false_accept_rate
    assert threshold.promised == (false_accept_rate >= 1 / 200)


def test_a_smaller_rate_is_a_higher_threshold(fitted: Calibration) -> None:
    values = [fitted.threshold(false_accept_rate).value for false_accept_rate in (0.5, 0.1, 0.01, 0.0)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_a_false_discovery_rate_rests_on_held_out_answers(fitted: Calibration) -> None:
    with pytest.raises(GalleryError, match="has not been asked what such a promise rests on"):
        fitted.threshold(false_discovery_rate=0.1)
    with pytest.raises(ValueError, match="no rate is given"):
        fitted.threshold()
    with pytest.raises(ValueError, match="false_discovery_rate is 2; wanted a false-discovery rate from 0 to 1"):
        fitted.threshold(false_discovery_rate=2)
    known = np.repeat([True, False], 500)
    confidences, photos = np.where(known, 0.95, 0.05), np.tile(np.arange(500), 2)
    asked = replace(fitted, held_out=HeldOutAnswers(confidences, known, known, photos))
    alone = asked.threshold(false_discovery_rate=0.05)
    assert alone.promised
    assert (alone.false_accept_rate, alone.false_discovery_rate, alone.impostors) == (None, 0.05, 0)
    accepting = asked.threshold(0.02)
    both = asked.threshold(0.02, false_discovery_rate=0.05)
    assert both.value >= max(alone.value, accepting.value)
    assert (both.false_accept_rate, both.impostors) == (0.02, accepting.impostors)
    assert both.rate == (fitted.impostors >= both.value).mean()
    assert not asked.threshold(1e-4, false_discovery_rate=0.05).promised
    again = Calibration.of(json.loads(json.dumps(asked.parameters())), asked.arrays())
    assert again.threshold(false_discovery_rate=0.05) == alone
    assert asked.summary()["least_false_discovery_rate"] == 0.02


def test_a_rate_is_refused_where_no_unknown_photo_was_asked() -> None:
    nothing = fit(COLUMNS, concatenate([], len(COLUMNS)), photos=0)
    with pytest.raises(GalleryError, match=r"no unknown photo: index two things or more"):
        nothing.threshold(0.01)


def test_a_rate_parts_known_from_unknown_photos(fitted: Calibration, asked: CalibrationSamples) -> None:
    accepted = [max(fitted.probabilities(evidence)) >= fitted.threshold(0.05).value for evidence in asked.evidence]
    assert np.mean(accepted[60:]) <= 0.05 < np.mean(accepted[:60])


def test_what_is_stored_comes_back(fitted: Calibration, asked: CalibrationSamples) -> None:
    parameters = json.loads(json.dumps(fitted.parameters()))
    again = Calibration.of(parameters, {**asked.arrays(), **fitted.arrays()})
    assert again.summary() == fitted.summary()
    np.testing.assert_array_equal(again.probabilities(asked.evidence[0]), fitted.probabilities(asked.evidence[0]))
    np.testing.assert_array_equal(again.impostors, fitted.impostors)
    assert repr(again) == repr(fitted) == "<Calibration of 60 photos: 260 questions>"


def test_the_summary_is_json(fitted: Calibration) -> None:
    summary = json.loads(json.dumps(fitted.summary()))
    keys = ["photos", "questions", "weights", "least_false_accept_rate", "least_false_discovery_rate"]
    assert list(summary) == keys
    assert list(summary["weights"]) == [*COLUMNS, "constant"]
    assert (summary["photos"], summary["least_false_accept_rate"]) == (60, 1 / 200)
