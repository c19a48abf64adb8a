"""Micro-batches: the gradient of the whole batch, whatever their size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.core.normalisation import unit
from resight.nn.backbones.resnet import resnet
from resight.nn.losses.batch import smooth_ap
from resight.nn.losses.classification import arcface, cross_entropy
from resight.nn.losses.pair import cosine
from resight.nn.losses.triplet import triplet_cosine
from resight.nn.microbatch import backward_joint, backward_split, freeze_norms

LABELS = torch.tensor([0, 0, 1, 2, 1, 2, 0])
TRIPLETS = torch.tensor([[0, 1, 2], [2, 4, 6], [3, 5, 0], [6, 1, 5], [1, 0, 4]])
TOLERANCE = 1e-6
"""Of the largest gradient: readings 4.11 and the plan want equality to this."""


@pytest.fixture(params=[torch.float32, torch.float64])
def images(request: pytest.FixtureRequest, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.standard_normal((7, 3, 12, 12))).to(request.param)


class Embedding(nn.Module):
    """A small network with a norm, whose statistics are given, and unit rows ``(b, 5)``."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(4)
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), self.norm, nn.Tanh(), nn.Flatten(), nn.Linear(400, 5))

    def forward(self, images: Tensor) -> Tensor:
        return unit(self.layers(images))


@pytest.fixture
def network(images: Tensor) -> nn.Module:
    torch.manual_seed(0)
    module = Embedding()
    module.norm.running_mean.fill_(0.3)  # type: ignore[union-attr]
    module.norm.running_var.fill_(2.0)  # type: ignore[union-attr]
    module = module.to(images.dtype).train()
    freeze_norms(module)
    return module


def _gradients(network: nn.Module) -> dict[str, Tensor]:
    found = {name: leaf.grad.clone() for name, leaf in network.named_parameters() if leaf.grad is not None}
    network.zero_grad()
    return found


def _assert_equal(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert found.keys() == wanted.keys()
    largest = max(leaf.abs().max().item() for leaf in wanted.values())
    assert largest > 1e-3
    for name, leaf in wanted.items():
        np.testing.assert_allclose(found[name], leaf, rtol=0, atol=TOLERANCE * max(largest, 1), err_msg=name)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_mean_over_photos_splits(size: int, network: nn.Module, images: Tensor) -> None:
    """Seven photos in micro-batches of 3, 3 and 1: without n / m the last would count threefold."""
    whole = cross_entropy(network(images), LABELS)
    whole.backward()
    wanted = _gradients(network)
    value = backward_split(lambda rows: cross_entropy(network(images[rows]), LABELS[rows]), 7, size=size)
    _assert_equal(_gradients(network), wanted)
    assert value.item() == pytest.approx(whole.item(), rel=1e-6)
    assert not value.requires_grad


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_mean_over_pairs_splits(size: int, network: nn.Module, images: Tensor) -> None:
    pairs = TRIPLETS[:, :2]
    same = LABELS[pairs[:, 0]] == LABELS[pairs[:, 1]]
    cosine(network(images), pairs, same, margin=-0.5).backward()
    wanted = _gradients(network)

    def loss(rows: slice) -> Tensor:
        both = network(images[pairs[rows].flatten()])
        return cosine(both, torch.arange(len(both)).reshape(-1, 2), same[rows], margin=-0.5)

    backward_split(loss, len(pairs), size=size)
    _assert_equal(_gradients(network), wanted)


JOINT: dict[str, Callable[[Tensor], Tensor]] = {
    "triplet": lambda rows: triplet_cosine(rows, TRIPLETS, margin=0.9),
    "smooth-ap": lambda rows: smooth_ap(rows, LABELS, temperature=0.1),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("name", JOINT)
def test_a_loss_of_all_embeddings_goes_by_its_gradient_at_them(
    name: str, size: int, network: nn.Module, images: Tensor
) -> None:
    whole = JOINT[name](network(images))
    whole.backward()
    wanted = _gradients(network)
    value, embeddings = backward_joint(network, images, JOINT[name], size=size)
    _assert_equal(_gradients(network), wanted)
    assert value.item() == pytest.approx(whole.item(), rel=1e-5)
    np.testing.assert_allclose(embeddings, network(images).detach(), rtol=1e-5, atol=1e-6)


def test_a_triplet_loss_does_not_split_by_itself(network: nn.Module, images: Tensor) -> None:
    """So that the tests above are known to be able to fail: triplets across micro-batches would be missed."""
    JOINT["triplet"](network(images)).backward()
    wanted = _gradients(network)
    inner = TRIPLETS[:1]  # the only one within the first three photos
    backward_split(lambda rows: triplet_cosine(network(images[:3]), inner, margin=0.9), 5, size=5)
    with pytest.raises(AssertionError):
        _assert_equal(_gradients(network), wanted)


def test_gradients_add_to_those_that_are_there(network: nn.Module, images: Tensor) -> None:
    backward_joint(network, images, JOINT["triplet"], size=3)
    once = _gradients(network)
    for _ in range(2):
        backward_joint(network, images, JOINT["triplet"], size=3)
    _assert_equal(_gradients(network), {name: 2 * leaf for name, leaf in once.items()})


def test_parameters_of_the_loss_learn_too(network: nn.Module, images: Tensor) -> None:
    prototypes = nn.Parameter(torch.eye(3, 5, dtype=images.dtype))

    def loss(rows: Tensor) -> Tensor:
        return arcface(rows, LABELS, prototypes, scale=8.0)

    loss(network(images)).backward()
    assert prototypes.grad is not None
    wanted, prototypes.grad = prototypes.grad, None
    backward_joint(network, images, loss, size=2)
    np.testing.assert_allclose(prototypes.grad, wanted, rtol=1e-5, atol=1e-6)


class Noisy(nn.Module):
    """A network whose dropout is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.drop, self.linear = nn.Dropout(), nn.Linear(12, 3)
        self.seen: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        dropped = self.drop(images)
        self.seen.append(dropped.detach())
        return self.linear(dropped)


def test_dropout_is_drawn_alike_both_times() -> None:
    torch.manual_seed(3)
    network = Noisy().train()
    backward_joint(network, torch.ones(6, 12), lambda rows: rows.square().mean(), size=2)
    first, second = network.seen[:3], network.seen[3:]
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert not torch.equal(first[0], first[1])
    after = torch.rand(3)
    torch.manual_seed(3)
    network = Noisy().train()
    for _ in range(3):
        network(torch.ones(2, 12))
    assert torch.equal(torch.rand(3), after)  # the second pass used none up


def test_norms_that_follow_the_micro_batch_are_refused(network: nn.Module, images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"the norm 'norm' is in training mode.*call freeze_norms\(\) after train"):
        backward_joint(network.train(), images, JOINT["triplet"], size=3)


def test_frozen_norms_keep_their_statistics_and_all_else_trains() -> None:
    network = resnet(18, classes=3).train()
    before = {key: leaf.clone() for key, leaf in network.state_dict().items()}
    freeze_norms(network)
    network(torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(leaf, before[key]) for key, leaf in network.state_dict().items())
    assert network.training
    assert not any(module.training for module in network.modules() if isinstance(module, nn.BatchNorm2d))


@pytest.mark.parametrize(("count", "size"), [(0, 3), (3, 0)])
def test_nothing_cannot_be_split(count: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"{count} items are split into micro-batches of {size}; wanted at least 1"):
        backward_split(lambda rows: torch.zeros(()), count, size=size)
