"""The similarity network: what it takes of a pair, and its answer beside one straight from the formula."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from resight.errors import ModelError, ShapeError
from resight.features import similarity_network as networks
from resight.features.similarity_network import INPUTS, SYMMETRIC, WIDE, SimilarityNetwork, averaged, pair_input
from resight.types import Array

FIRST, SECOND = np.random.default_rng(0).standard_normal((2, 7, 8)).astype(np.float32)


def drawn(name: str, *, seed: int = 0) -> SimilarityNetwork:
    rng = np.random.default_rng(seed)
    widths = [16 if name in WIDE else 8, 4, 2, 2]
    weights = tuple(rng.standard_normal((b, a)).astype(np.float32) for a, b in pairwise(widths))
    return SimilarityNetwork(name, weights, tuple(rng.standard_normal(len(w)).astype(np.float32) for w in weights))


def plain(network: SimilarityNetwork, entering: Array) -> float:
    """The probability of one pair, unit by unit."""
    values = entering.tolist()
    for number, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        sums = [sum(w * v for w, v in zip(row, values, strict=True)) + b for row, b in zip(weight, bias, strict=True)]
        values = sums if number == len(network.weights) - 1 else [max(each, 0) for each in sums]
    return float(np.exp(values[1]) / (np.exp(values[0]) + np.exp(values[1])))


@pytest.mark.parametrize("name", INPUTS)
def test_the_answer_is_that_of_the_formula(name: str) -> None:
    network = drawn(name)
    entering = {
        "absolute": np.abs(FIRST - SECOND),
        "squared": (FIRST - SECOND) ** 2,
        "concatenated": np.hstack([FIRST, SECOND]),
        "with-product": np.hstack([np.abs(FIRST - SECOND), FIRST * SECOND]),
    }[name]
    np.testing.assert_allclose(
        network.probability(FIRST, SECOND), [plain(network, row) for row in entering], rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("name", INPUTS)
def test_which_photo_comes_first_matters_to_a_concatenation_alone(name: str) -> None:
    there, back = (drawn(name).log_odds(*both) for both in ((FIRST, SECOND), (SECOND, FIRST)))
    assert np.array_equal(there, back) == (name in SYMMETRIC)


@pytest.mark.parametrize("name", INPUTS)
def test_torch_and_numpy_take_the_same_of_a_pair(name: str) -> None:
    tensors = INPUTS[name](torch.from_numpy(FIRST), torch.from_numpy(SECOND))
    np.testing.assert_array_equal(tensors.numpy(), INPUTS[name](FIRST, SECOND))


def test_pairs_are_answered_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn("absolute").log_odds(FIRST, SECOND)
    monkeypatch.setattr(networks, "BATCH", 3)
    np.testing.assert_allclose(drawn("absolute").log_odds(FIRST, SECOND), whole, rtol=1e-6)
    assert drawn("absolute").log_odds(FIRST[:0], SECOND[:0]).shape == (0,)


def test_a_network_survives_its_arrays() -> None:
    network = drawn("with-product")
    again = SimilarityNetwork.from_arrays(network.input, network.arrays())
    np.testing.assert_array_equal(again.log_odds(FIRST, SECOND), network.log_odds(FIRST, SECOND))
    assert again.dimension == 8


def test_an_ensemble_is_the_mean_of_what_its_networks_say() -> None:
    networks_drawn = [drawn("absolute", seed=seed) for seed in range(2)]
    said = [network.probability(FIRST, SECOND) for network in networks_drawn]
    together = averaged([network.log_odds(FIRST, SECOND) for network in networks_drawn])
    np.testing.assert_allclose(networks.sigmoid(together), (said[0] + said[1]) / 2, rtol=1e-6)
    assert np.isfinite(averaged([np.array([900.0, -900.0])] * 2)).all()


def test_log_odds_of_any_size_have_a_probability() -> None:
    np.testing.assert_allclose(networks.sigmoid(np.array([-1e4, -2.0, 0.0, 1e4])), [0, 1 / (1 + np.e**2), 0.5, 1])


def test_what_does_not_fit_is_refused() -> None:
    network = drawn("absolute")
    with pytest.raises(ModelError, match="no input of pairs is called 'absolut'; did you mean 'absolute'"):
        pair_input("absolut")
    with pytest.raises(ModelError, match=r"has layers of \[\(4, 8\), \(2, 4\)\]"):
        SimilarityNetwork("absolute", network.weights[:2], network.biases[:1])
    with pytest.raises(ModelError, match="wanted a bias for each weight"):
        SimilarityNetwork.from_arrays("absolute", {"weight0": network.weights[0]})
    with pytest.raises(ShapeError, match=r"wanted \(p, 8\) twice"):
        network.log_odds(FIRST[:, :4], SECOND[:, :4])
