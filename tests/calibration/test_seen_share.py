"""The share of unknown ones among photos of which nobody says anything."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration import calibration, conditional_logit
from resight.calibration.calibration import Calibration
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate
from resight.calibration.seen_share import SeenShare, share_of, unknown_share
from resight.verification.comparison import LOCAL
from tests.calibration.test_teaching import asked

Array = npt.NDArray[np.float64]


def drawn(rng: np.random.Generator, known: int, unknown: int, *, apart: float = 2.0) -> Array:
    """Probabilities of being unknown at an even share, of scores that are Gaussian in both kinds."""
    scores = np.concatenate([rng.normal(apart / 2, 1, known), rng.normal(-apart / 2, 1, unknown)])
    return np.asarray(1 / (1 + np.exp(apart * scores)))


def iterated(unknown: Array, rounds: int = 5000) -> float:
    """Equation 2.9 of Saerens et al. 2002, again and again."""
    share = 0.5
    for _ in range(rounds):
        posterior = share * unknown / (share * unknown + (1 - share) * (1 - unknown))
        share = float(posterior.mean())
    return share


@pytest.mark.parametrize(("known", "unknown"), [(80, 20), (50, 50), (5, 95)])
def test_it_is_where_the_iterations_of_the_paper_end(rng: np.random.Generator, known: int, unknown: int) -> None:
    found = drawn(rng, known, unknown)
    assert unknown_share(found)[0] == pytest.approx(iterated(found), abs=1e-4)


def test_the_interval_holds_the_share_19_times_in_20(rng: np.random.Generator) -> None:
    held = 0
    for _ in range(200):
        unknown = rng.binomial(60, 0.3)
        _, low, high = unknown_share(drawn(rng, 60 - unknown, unknown))
        held += low <= 0.3 <= high
    assert held / 200 >= 0.9


@pytest.mark.parametrize(("known", "unknown", "truth"), [(200, 0, 0.0), (0, 200, 1.0)])
def test_photos_all_of_one_kind_are_told_as_such(
    rng: np.random.Generator, known: int, unknown: int, truth: float
) -> None:
    """And no division by nothing: the ends of the interval are the ends of all shares."""
    share, low, high = unknown_share(drawn(rng, known, unknown))
    assert share == pytest.approx(truth, abs=0.05)
    assert (low if truth == 0 else high) == pytest.approx(truth, abs=0.01)
    assert high - low < 0.15


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_photos_that_are_sure_end_at_an_end(sure: float) -> None:
    share, low, high = unknown_share(np.full(50, sure))
    assert share == pytest.approx(sure)
    assert high - low < 0.1
    assert low <= share <= high


def test_photos_that_say_nothing_leave_every_share_possible() -> None:
    assert unknown_share(np.full(50, 0.5))[1:] == (0.0, 1.0)
    assert unknown_share(np.zeros(0)) == (0.5, 0.0, 1.0)


def test_near_twins_only_are_told_with_a_wide_interval(rng: np.random.Generator) -> None:
    """Known and unknown ones that look nearly the same tell next to nothing about their share."""
    _, low, high = unknown_share(drawn(rng, 30, 30, apart=0.2))
    assert high - low > 0.5


def chances(fit: Calibration, samples: CalibrationSamples) -> Array:
    """Probabilities of the candidates of questions."""
    return conditional_logit.probabilities(fit.scale(samples.evidence), samples.present, fit.weights)


@pytest.fixture
def fitted(rng: np.random.Generator) -> tuple[Calibration, CalibrationSamples]:
    samples = asked(rng, [QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW] * 200)
    return calibration.fit(LOCAL, samples, photos=200), samples


def test_the_share_is_tried_on_questions_with_known_answers(
    rng: np.random.Generator, fitted: tuple[Calibration, CalibrationSamples]
) -> None:
    seen = asked(rng, [QueryKind.EXAMPLE] * 90 + [QueryKind.UNKNOWN] * 10)
    found = share_of(fitted[0], seen, fitted[1], chances(*fitted))
    assert found.photos == 100
    assert found.low < 0.1 < found.high
    assert found.helps
    assert found.loss_estimated < found.loss_even
    assert "--unknown-share 0.0" in found.sentence or "--unknown-share 0.1" in found.sentence


def test_of_few_photos_the_interval_is_wide(
    rng: np.random.Generator, fitted: tuple[Calibration, CalibrationSamples]
) -> None:
    """Two photos may be both known or both unknown whatever the share is."""
    found = share_of(fitted[0], asked(rng, [QueryKind.EXAMPLE] * 2), fitted[1], chances(*fitted))
    assert found.high - found.low > 0.3


def test_where_the_calibration_is_wrong_about_real_photos_examples_tell(
    rng: np.random.Generator, fitted: tuple[Calibration, CalibrationSamples]
) -> None:
    """Real photos of known things that look less alike than simulated ones are all taken for unknown."""
    given = asked(rng, [QueryKind.EXAMPLE, QueryKind.UNKNOWN] * 100, shift=-1.5)
    everything = concatenate([fitted[1], given], len(LOCAL))
    seen = asked(rng, [QueryKind.EXAMPLE] * 100, shift=-1.5)
    found = share_of(fitted[0], seen, everything, chances(fitted[0], everything))
    assert not found.helps
    assert "not to be relied on" in found.sentence


def test_strangers_are_too_easily_told_to_try_it_on(
    rng: np.random.Generator, fitted: tuple[Calibration, CalibrationSamples]
) -> None:
    """However many there are, nothing is said of them."""
    strangers = asked(rng, [QueryKind.STRANGER] * 500, shift=-9.0)
    everything, seen = concatenate([fitted[1], strangers], len(LOCAL)), asked(rng, [QueryKind.EXAMPLE] * 20)
    alone, beside = (share_of(fitted[0], seen, each, chances(fitted[0], each)) for each in (fitted[1], everything))
    assert alone == beside


def test_a_gallery_of_one_thing_has_nothing_to_try_it_on(rng: np.random.Generator) -> None:
    samples = asked(rng, [QueryKind.VIEW] * 20)
    fit = calibration.fit(LOCAL, samples, photos=1)
    found = share_of(fit, samples, samples, chances(fit, samples))
    assert not found.helps
    assert found.sentence.endswith("no known and unknown questions to try it on")


def test_its_json() -> None:
    told = SeenShare(10, 0.25, 0.1, 0.5, 0.6, 0.4).to_dict()
    assert told == {
        "photos": 10,
        "share": 0.25,
        "low": 0.1,
        "high": 0.5,
        "loss_even": 0.6,
        "loss_estimated": 0.4,
        "helps": True,
    }
