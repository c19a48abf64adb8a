"""What examples of real use teach: only what helps with others, weighed by things, and no share of unknown photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration import calibration
from resight.calibration.prior import UNASKED, starting_point
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate
from resight.calibration.teaching import LESSON, Lesson, teach
from resight.errors import GalleryError
from resight.verification.comparison import LOCAL

Array = npt.NDArray[np.float64]


def asked(
    rng: np.random.Generator, kinds: Sequence[int], *, shift: float = 0.0, right: float = 1.0
) -> CalibrationSamples:
    """Questions with one candidate, of which known ones have the larger evidence by ``right`` spreads, and all of them
    evidence that is ``shift`` spreads larger than simulated ones.
    """
    count = len(kinds)
    known = np.isin(kinds, [QueryKind.VIEW, QueryKind.EXAMPLE])
    scale, _ = starting_point(LOCAL)
    size = rng.normal(0, 1, (count, 1)) + (shift + right * np.where(known, 1.0, -1.0))[:, None]
    evidence = scale.centre + scale.spread * size
    evidence[:, LOCAL.index("registered")] = np.abs(evidence[:, LOCAL.index("registered")]) + 1e-3
    evidence[:, np.isin(LOCAL, UNASKED)] = 0
    given = np.isin(kinds, [QueryKind.UNKNOWN, QueryKind.EXAMPLE])
    return CalibrationSamples(
        np.where(given, -1, np.arange(count)),
        np.array(kinds),
        np.arange(count),
        evidence[:, None],
        np.ones((count, 1), bool),
        np.where(known, 0, -1),
        np.arange(count)[:, None],
    )


def learned(
    rng: np.random.Generator, known: int, unknown: int, *, things: int = 1000, shift: float = 0.0
) -> tuple[CalibrationSamples, calibration.Calibration, calibration.Calibration, Lesson]:
    """A school of 200 simulated questions and these examples: the calibrations without and with them."""
    simulated = asked(rng, [QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW] * 100)
    examples = asked(rng, [QueryKind.EXAMPLE] * known + [QueryKind.UNKNOWN] * unknown, shift=shift)
    names = [f"thing {row % things}" for row in range(known)] + [f"unknown {row}" for row in range(unknown)]
    everything = concatenate([simulated, examples], len(LOCAL))
    plain = calibration.fit(LOCAL, everything.only(everything.kinds != QueryKind.EXAMPLE), photos=100)
    taught, lesson = teach(LOCAL, everything, names, photos=100)
    assert lesson is not None
    return examples, plain, taught, lesson


def loss(fitted: calibration.Calibration, samples: CalibrationSamples) -> float:
    """Mean log loss of the answers at an even share."""
    named = np.array([fitted.probabilities(row).max() for row in samples.evidence])
    return float(-np.log(np.where(samples.known, named, 1 - named)).mean())


def test_examples_that_differ_from_what_is_simulated_help_with_others(rng: np.random.Generator) -> None:
    _, plain, taught, lesson = learned(rng, 40, 40, shift=-1.5)
    assert lesson.worth >= 1
    assert (lesson.known, lesson.things, lesson.unknown) == (40, 40, 40)
    assert lesson.after["log_loss"] < lesson.before["log_loss"]
    assert lesson.after["ece"] < lesson.before["ece"]
    others = asked(rng, [QueryKind.EXAMPLE, QueryKind.UNKNOWN] * 200, shift=-1.5)
    assert loss(taught, others) < loss(plain, others)
    assert loss(taught, others) == pytest.approx(lesson.after["log_loss"], abs=0.15)


def test_examples_that_teach_nothing_new_are_not_used_or_do_no_harm() -> None:
    """Drawn as the simulated questions are: over many draws what is used may cost next to nothing."""
    costs = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        _, plain, taught, lesson = learned(rng, 20, 20)
        others = asked(rng, [QueryKind.EXAMPLE, QueryKind.UNKNOWN] * 200)
        costs.append(loss(taught, others) - loss(plain, others))
        if not lesson.worth:
            np.testing.assert_array_equal(taught.weights, plain.weights)
            assert "not used" in lesson.sentence
    assert np.mean(costs) < 0.05


@pytest.mark.parametrize(("known", "unknown"), [(40, 0), (40, 4)])
def test_many_known_examples_do_not_say_that_few_photos_are_unknown(
    rng: np.random.Generator, known: int, unknown: int
) -> None:
    """They are no larger a share of new photos for being a larger share of the examples: what is named of one kind is
    missed of the other, as evidence is drawn here.
    """
    _, _, taught, lesson = learned(rng, known, unknown)

    def named(kind: QueryKind) -> float:
        return float(np.mean([taught.probabilities(row).max() for row in asked(rng, [kind] * 300).evidence]))

    assert lesson.worth
    assert named(QueryKind.UNKNOWN) == pytest.approx(1 - named(QueryKind.EXAMPLE), abs=0.1)


def test_of_one_thing_alone_nothing_is_learned(rng: np.random.Generator) -> None:
    """Nobody can tell from ten photos of one thing what becomes of photos of others."""
    _, plain, taught, lesson = learned(rng, 10, 0, things=1, shift=-1.5)
    assert (lesson.things, lesson.worth) == (1, 0)
    np.testing.assert_array_equal(taught.weights, plain.weights)


def test_the_order_of_examples_changes_nothing(rng: np.random.Generator) -> None:
    simulated = asked(rng, [QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW] * 60)
    examples = asked(rng, [QueryKind.EXAMPLE, QueryKind.UNKNOWN] * 20, shift=-1.5)
    names = [f"thing {row // 4}" if row % 2 == 0 else f"unknown {row}" for row in range(40)]
    fits = []
    for order in (np.arange(40), rng.permutation(40)):
        shuffled = CalibrationSamples(**{name: value[order] for name, value in examples.arrays().items()})
        both = concatenate([simulated, shuffled], len(LOCAL))
        fits.append(teach(LOCAL, both, [names[row] for row in order], photos=10))
    (one, first), (other, second) = fits
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-6)
    assert first is not None
    assert second is not None
    assert first.worth == second.worth


def test_without_known_examples_it_is_the_plain_fit(rng: np.random.Generator) -> None:
    samples = asked(rng, [QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW, QueryKind.UNKNOWN] * 20)
    taught, lesson = teach(LOCAL, samples, ["unknown"] * 20, photos=10)
    assert lesson is None
    np.testing.assert_array_equal(taught.weights, calibration.fit(LOCAL, samples, photos=10).weights)


def test_a_lesson_is_stored_and_found_again() -> None:
    figures = {"ece": 0.2, "log_loss": 0.5}
    lesson = Lesson(3, 2, 1, 10, figures, figures)
    assert Lesson.of({LESSON: lesson.to_dict()}) == lesson
    assert Lesson.of({}) is None
    assert lesson.sentence == (
        "3 examples of 2 things, 1 photo of unknown ones: calibration error 0.200 → 0.200, log loss 0.500 → 0.500 on "
        "held-out ones (n=4); one example counts as much as 10 simulated questions"
    )
    told = lesson.to_dict()
    for wrong in ({"known": 1}, {**told, "before": {}}, {**told, "after": 7}, {**told, "worth": "many"}, 7):
        with pytest.raises(GalleryError, match="what examples taught it"):
            Lesson.of({LESSON: wrong})
