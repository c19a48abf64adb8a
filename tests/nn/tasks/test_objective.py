"""What is minimised: which losses there are, and what is mined for each."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import TrainingError
from resight.nn.losses import LOSSES, REGION
from resight.nn.mining.miners import TRIPLET_MINERS
from resight.nn.mining.pairs import random_pairs
from resight.nn.tasks.objective import CHOICES, SCORED, Objective, miners

LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def similarities(rng: np.random.Generator) -> np.ndarray:
    rows = rng.standard_normal((6, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows @ rows.T)


def test_every_loss_can_be_chosen_but_that_of_regions() -> None:
    assert set(CHOICES) == LOSSES.keys() - REGION.keys()
    assert set(SCORED) < set(CHOICES)


@pytest.mark.parametrize(("loss", "miner"), [("triplets", "hardest"), ("triplet", "hardst")])
def test_an_unknown_loss_or_miner_is_refused_with_the_nearest(loss: str, miner: str) -> None:
    with pytest.raises(TrainingError, match="did you mean"):
        Objective(loss, miner)


@pytest.mark.parametrize(("loss", "miner"), [("contrastive", "hardest"), ("quadruplet", "hardest-pairs")])
def test_a_miner_of_something_else_is_refused(loss: str, miner: str) -> None:
    with pytest.raises(TrainingError, match=f"no miner for the loss {loss} to fine-tune by is called '{miner}'"):
        Objective(loss, miner)


@pytest.mark.parametrize("loss", ["smooth-ap", "arcface", "hinge"])
def test_a_loss_that_takes_the_whole_batch_has_no_miner(loss: str) -> None:
    assert miners(loss) == ()
    with pytest.raises(TrainingError, match=f"'{loss}' takes every photo .* the setting miner is 'hardest'"):
        Objective(loss, "hardest")


@pytest.mark.parametrize("miner", [name for name in TRIPLET_MINERS if name != "semi-hard-then-hardest"])
def test_triplets_are_the_miners(miner: str, similarities: np.ndarray) -> None:
    found = Objective("triplet", miner).mined(similarities, LABELS, rng=np.random.default_rng(1))
    wanted = TRIPLET_MINERS[miner](similarities, LABELS, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(found, wanted)


def test_without_a_miner_it_is_the_losss_usual_one(similarities: np.ndarray) -> None:
    found = Objective("cosine").mined(similarities, LABELS, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(found, random_pairs(similarities, LABELS, rng=np.random.default_rng(1)))
    assert [miners(loss)[0] for loss in ("triplet-cosine", "quadruplet")] == ["semi-hard"] * 2


def test_a_quadruplet_is_a_triplet_and_a_third_instance(similarities: np.ndarray, rng: np.random.Generator) -> None:
    found = Objective("quadruplet", "hardest").mined(similarities, LABELS, rng=rng)
    np.testing.assert_array_equal(found[:, :3], TRIPLET_MINERS["hardest"](similarities, LABELS, rng=rng))
    assert all(len(set(LABELS[[anchor, negative, other]])) == 3 for anchor, _, negative, other in found)


def test_what_is_blind_draws_what_it_mines() -> None:
    assert Objective("triplet", "hardest").blind == Objective("triplet", "random-negative")
    assert Objective("cosine", "hardest-pairs").blind == Objective("cosine", "random-pairs")
    assert Objective("smooth-ap").blind == Objective("smooth-ap")
