"""Optimisers: the steps of their papers, who learns, and how fast."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError, TrainingError
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.loop.optimisers import (
    OPTIMISERS,
    freeze,
    groups,
    layerwise_rates,
    optimiser,
    require_learning,
    without_norm_decay,
)

CURVATURE = torch.tensor([1.0, 3.0, 0.2], dtype=torch.float64)
START = (1.0, -2.0, 0.5)


def _descend(name: str, steps: int, **options: float) -> list[list[float]]:
    """Where an optimiser stands before each step down ``½ Σ c x²``, whose gradient is ``c x``."""
    leaf = nn.Parameter(torch.tensor(START, dtype=torch.float64))
    made = optimiser(name, [{"params": [leaf]}], **options)  # type: ignore[arg-type]
    path = []
    for _ in range(steps):
        path.append(leaf.tolist())
        made.zero_grad()
        (CURVATURE * leaf.square()).sum().div(2).backward()
        made.step()
    return path


def test_momentum_by_its_formula() -> None:
    """Polyak: u = μ u + (g + λ x), x = x − η u."""
    x, u, path = np.array(START), np.zeros(3), []
    for _ in range(6):
        path.append(x)
        u = 0.8 * u + CURVATURE.numpy() * x + 0.01 * x
        x = x - 0.1 * u
    np.testing.assert_allclose(_descend("sgd", 6, rate=0.1, momentum=0.8, decay=0.01), path, rtol=1e-12)


def test_nag_stands_where_nesterov_looks_ahead_to() -> None:
    """u_t = γ u_(t−1) + η ∇L(θ_t − γ u_(t−1)), θ_(t+1) = θ_t − u_t."""
    theta, u, ahead = np.array(START), np.zeros(3), []
    for _ in range(8):
        ahead.append(theta - 0.8 * u)
        u = 0.8 * u + 0.1 * CURVATURE.numpy() * ahead[-1]
        theta = theta - u
    np.testing.assert_allclose(_descend("nag", 8, rate=0.1, momentum=0.8), ahead, rtol=1e-12)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_by_its_formula(name: str) -> None:
    """Kingma and Ba 2015, algorithm 1; decay joins the gradient, or decoupled the weights (Loshchilov and Hutter)."""
    x, m, v, path = np.array(START), np.zeros(3), np.zeros(3), []
    for t in range(1, 6):
        path.append(x)
        gradient = CURVATURE.numpy() * x + (0.1 * x if name == "adam" else 0)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        x = x - (0.01 * 0.1 * x if name == "adamw" else 0)
        x = x - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(_descend(name, 5, rate=0.01, decay=0.1), path, rtol=1e-9)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_each_comes_down(name: str) -> None:
    path = np.array(_descend(name, 100, rate=0.05))
    assert np.abs(path[-1]).max() < 0.3 * np.abs(path[0]).max()


def test_an_unknown_optimiser_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match=r"no optimiser is called 'adamv'; did you mean 'adam'\?; wanted sgd, nag"):
        optimiser("adamv", [], rate=0.1)


def test_freezing_stops_all_layers_up_to_the_named_one() -> None:
    network = resnet_v2((2, 1), 4)
    frozen = freeze(network, "stage1.0")
    assert {name.split(".")[0] for name in frozen} == {"bn_in", "conv0", "bn0", "stage1"}
    assert not any(name.startswith(("stage1.1", "stage2", "bn_out")) for name in frozen)
    for name, leaf in network.named_parameters():
        assert leaf.requires_grad == (name not in frozen)
    network(torch.ones(1, 3, 32, 32)).sum().backward()
    assert network.get_parameter("stage1.0.conv1.weight").grad is None
    assert network.get_parameter("stage1.1.conv1.weight").grad is not None


def test_kohl_2017_trains_the_last_three_blocks_of_a_resnet() -> None:
    """Three units of its last stage, and what comes behind them."""
    network = resnet(152, device="meta")
    freeze(network, "layer3")
    learning = {".".join(name.split(".")[:2]) for name, leaf in network.named_parameters() if leaf.requires_grad}
    assert learning == {"layer4.0", "layer4.1", "layer4.2", "fc.weight", "fc.bias"}


def test_freezing_leaves_modes_alone() -> None:
    network = resnet_v2((1,), 4).train()
    network.get_submodule("bn0").eval()
    freeze(network, "stage1")
    assert network.training
    assert not network.get_submodule("bn0").training


def test_norms_and_biases_do_not_decay() -> None:
    """In each group of a rate of its own; what does not learn is in none."""
    module = nn.Sequential(nn.Linear(3, 3), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    freeze(module, "0")
    groups = without_norm_decay(module, "sgd", rate=0.1, decay=0.3, factors={"2": 0.5}).param_groups
    found = [([leaf.ndim for leaf in group["params"]], group["weight_decay"], group["lr"]) for group in groups]
    assert found == [([4], 0.3, 0.1), ([1], 0.0, 0.1), ([1, 1], 0.0, 0.05)]
    assert without_norm_decay(module, "nag", rate=0.1, decay=0.0, momentum=0.8).param_groups[0]["momentum"] == 0.8


def test_a_layer_behind_which_nothing_learns_is_refused() -> None:
    """A layer without numbers behind the last that has some leaves nothing either; whatever is asked, nothing rests."""
    network = nn.Sequential()
    for name, layer in {"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.ReLU()}.items():
        network.add_module(name, layer)
    require_learning(network)
    require_learning(network, frozen="a", factors={"a": 0.0})
    for name in ("b", "c"):
        with pytest.raises(TrainingError, match=f"freeze is '{name}', behind which nothing learns.* 'a' is the last"):
            require_learning(network, frozen=name)
    with pytest.raises(TrainingError, match="freeze is 'a', behind which nothing learns; wanted an earlier layer: wi"):
        require_learning(network, frozen="a", factors={"b": 0.0})
    with pytest.raises(TrainingError, match="all layers have rate factor 0, so that nothing learns"):
        require_learning(network, factors={"a": 0.0, "b": 0.0})
    assert all(leaf.requires_grad for leaf in network.parameters())


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no layer is called 'stage9'; did you mean 'stage"):
        freeze(resnet_v2((1,), 4), "stage9")


def test_rates_are_those_of_the_longest_name() -> None:
    network = resnet_v2((2, 1), 4)
    freeze(network, "bn0")
    found = groups(network, rate=0.1, factors={"stage1": 0.5, "stage1.1": 0.2, "bn_out": 0.0})
    rates = {id(leaf): group["lr"] for group in found for leaf in group["params"]}
    for name, leaf in network.named_parameters():
        wanted = {"stage1.0": 0.05, "stage1.1": 0.02, "stage2.0": 0.1}.get(".".join(name.split(".")[:2]))
        assert rates.get(id(leaf)) == (None if wanted is None else pytest.approx(wanted)), name


def test_without_factors_there_is_one_group() -> None:
    network = resnet_v2((1,), 4)
    (group,) = groups(network, rate=0.3)
    assert group["lr"] == 0.3
    assert len(group["params"]) == sum(leaf.requires_grad for leaf in network.parameters())


@pytest.mark.parametrize(("name", "near"), [("stage7", "did you mean 'stage1'.; wanted"), ("relu0", "wanted")])
def test_a_factor_for_nothing_is_refused(name: str, near: str) -> None:
    with pytest.raises(TrainingError, match=f"no parameter lies in '{name}'; {near} a layer's name"):
        groups(resnet_v2((1,), 4), rate=0.1, factors={name: 0.1})


def test_rates_fall_towards_the_photo() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Linear(2, 2))
    assert layerwise_rates(network, 0.5) == {"3": 1, "2": 0.5, "0": 0.25}
