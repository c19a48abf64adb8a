"""Laying out without numbers, and drawing them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.nn.backbones.initialisation import initialise, initialised, materialise


def _lay_out() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 9, 50))


def test_weights_have_the_variance_of_he_and_no_bias() -> None:
    network = initialised(_lay_out)
    for layer, fan in ((network[0], 27), (network[4], 576)):
        assert layer.weight.std().item() == pytest.approx((2 / fan) ** 0.5, rel=0.05)
        assert (layer.bias == 0).all()
    assert not network.training


def test_norms_start_as_identities() -> None:
    state = initialised(_lay_out).state_dict()
    assert (state["1.weight"] == 1).all()
    assert (state["1.running_var"] == 1).all()
    assert (state["1.bias"] == 0).all()
    assert (state["1.running_mean"] == 0).all()
    assert state["1.num_batches_tracked"] == 0


def test_on_meta_there_are_names_and_shapes_alone() -> None:
    network = initialised(_lay_out, device="meta")
    assert all(leaf.is_meta for leaf in network.state_dict().values())
    assert network.state_dict().keys() == initialised(_lay_out).state_dict().keys()


def test_a_blank_network_takes_weights() -> None:
    network, other = initialised(_lay_out, device="meta"), initialised(_lay_out, rng=np.random.default_rng(5))
    materialise(network)
    network.load_state_dict(other.state_dict())
    photos = torch.ones(1, 3, 5, 5)
    assert torch.equal(network(photos), other(photos))


def test_a_layer_that_nobody_draws_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(TypeError, match="the layer '0' is a LayerNorm; wanted one that is known to be drawn"):
        initialise(nn.Sequential(nn.LayerNorm(3)), rng)
