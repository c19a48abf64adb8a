"""The prior: a scale that brings evidence to one size, and what ships for the evidence that a gallery has."""

from __future__ import annotations

import numpy as np

from resight.calibration.prior import SIGNS, Scale, shipped_fits, signs, starting_point, without
from resight.features.encoder import encoders
from resight.verification.comparison import BESIDE, LOCAL

COLUMNS = (*LOCAL, "gem")


def test_scaling_changes_no_input_and_is_silent_without_a_registration() -> None:
    scale = Scale(np.full(len(LOCAL), 2.0), np.full(len(LOCAL), 4.0))
    evidence = np.stack([np.full(len(LOCAL), 6.0), np.full(len(LOCAL), 6.0)])
    evidence[1, 1] = 0
    before = evidence.copy()
    scaled = scale(evidence)
    np.testing.assert_array_equal(evidence, before)
    assert scaled.tolist() == [[1.0] * 13, [1.0, -0.5, *[0.0] * 5, *[1.0] * 6]]


def test_what_ships_is_whole_and_speaks_the_right_way() -> None:
    """For local evidence alone, and with the cosine of the encoder that ships as it is now."""
    (house,) = encoders(["house"])
    alone, beside = shipped_fits()
    assert list(alone) == [*LOCAL, "constant"]
    assert list(beside) == [*LOCAL, house.fingerprint, f"{house.fingerprint} alone", "constant"]
    for shipped in (alone, beside):
        assert all(set(row) == {"centre", "spread", "weight", "precision"} for row in shipped.values())
        assert all(row["spread"] > 0 and row["precision"] > 0 for row in shipped.values())
        assert all(SIGNS[name] * shipped[name]["weight"] >= 0 for name in LOCAL)
        assert shipped["constant"]["weight"] < 0
    cosines = (beside[name] for name in (f"{house.fingerprint} alone", house.fingerprint))
    unlaid, laid = (row["weight"] / row["spread"] for row in cosines)
    assert unlaid > laid > 0


def test_evidence_starts_from_the_widest_fit_that_it_has_all_of() -> None:
    alone, beside = shipped_fits()
    house = list(beside)[len(LOCAL) : -1]
    for names, wanted in ((LOCAL, alone), ((*LOCAL, *house), beside), ((*LOCAL, "gem", *house), beside)):
        scale, prior = starting_point(names)
        places = [at for at, name in enumerate(names) if name in wanted]
        np.testing.assert_array_equal(scale.spread[places], [wanted[names[at]]["spread"] for at in places])
        np.testing.assert_array_equal(prior.mean[[*places, -1]], [row["weight"] for row in wanted.values()])


def test_a_cosine_starts_with_a_guess_of_its_own() -> None:
    local, both = starting_point(LOCAL), starting_point(COLUMNS)
    np.testing.assert_array_equal(np.delete(both[1].mean, len(LOCAL)), local[1].mean)
    assert both[1].mean[len(LOCAL)] > 0
    fitted = [name not in BESIDE for name in (*LOCAL, "constant")]  # those beside are guesses as well
    assert both[1].precision[len(LOCAL)] < local[1].precision[fitted].min()


def test_a_kind_is_left_out_and_nothing_else() -> None:
    evidence = np.ones((2, 3, len(COLUMNS)))
    left = without(["print"], COLUMNS, evidence)
    assert (left.sum(axis=(0, 1)) == [0 if name == "print" else 6 for name in COLUMNS]).all()
    assert evidence.all()


def test_a_cosine_speaks_for_a_candidate_and_the_constant_either_way() -> None:
    assert signs(("misfit", "gem", "votes")).tolist() == [-1, 1, 1, 0]
