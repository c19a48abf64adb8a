"""Micro-batches: the gradient of the whole batch, whatever their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.features.normalisation import unit
from resight.nn.backbones.resnet import resnet
from resight.nn.loop.microbatch import by_pairs, by_rows, freeze_norms, jointly, require_frozen, total
from resight.nn.losses.batch import smooth_ap
from resight.nn.losses.classification import arcface, cross_entropy
from resight.nn.losses.pair import cosine
from resight.nn.losses.triplet import triplet_cosine

LABELS = torch.tensor([0, 0, 1, 2, 1, 2, 0])
TRIPLETS = torch.tensor([[0, 1, 2], [2, 4, 6], [3, 5, 0], [6, 1, 5], [1, 0, 4]])
TOLERANCE = 1e-6
"""How far micro-batches may lie from the whole batch, as a share of the largest gradient."""


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


class Costs(nn.Module):
    """A network with losses of its embeddings; forward is one after the other."""

    def __init__(self, network: nn.Module, judged: Callable[..., dict[str, Tensor]]) -> None:
        super().__init__()
        self.network, self.judged = network, judged

    def forward(self, images: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        return self.losses(self.describe(images), *rest)

    def describe(self, images: Tensor) -> Tensor:
        rows: Tensor = self.network(images)
        return rows

    def losses(self, rows: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        return self.judged(rows, *rest)


def _runs(module: nn.Module) -> Callable[..., Any]:
    return lambda work, *arguments: work(module, *arguments)


def _whole(module: nn.Module, *batch: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Losses of a batch in one pass, and the gradient."""
    losses = module(*batch)
    sum(losses.values()).backward()
    return losses, _gradients(module)


def _require_same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert {name: loss.item() for name, loss in found.items()} == pytest.approx(
        {name: loss.item() for name, loss in wanted.items()}, rel=1e-5
    )
    assert not any(loss.requires_grad for loss in found.values())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_means_over_photos_divide_by_rows(size: int, network: nn.Module, images: Tensor) -> None:
    """Seven photos in micro-batches of 3, 3 and 1: without n / m the last would count threefold."""
    module = Costs(network, lambda rows, labels: {"a": cross_entropy(rows, labels), "b": rows.square().mean()})
    losses, wanted = _whole(module, images, LABELS)
    found = by_rows(_runs(module), (images, LABELS), size=size)
    _assert_equal(_gradients(module), wanted)
    _require_same(found, losses)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_means_over_pairs_divide_by_pairs(size: int, network: nn.Module, images: Tensor) -> None:
    pairs = TRIPLETS[:, :2]
    same = LABELS[pairs[:, 0]] == LABELS[pairs[:, 1]]
    most = 0

    def judged(rows: Tensor, pairs: Tensor, same: Tensor) -> dict[str, Tensor]:
        nonlocal most
        most = max(most, len(rows))
        return {"cosine": cosine(rows, pairs, same, margin=-0.5)}

    module = Costs(network, judged)
    losses, wanted = _whole(module, images, pairs, same)
    most = 0
    found = by_pairs(_runs(module), (images, pairs, same), size=size)
    _assert_equal(_gradients(module), wanted)
    _require_same(found, losses)
    assert most <= max(size, 2)


JOINT: dict[str, Callable[[Tensor], dict[str, Tensor]]] = {
    "triplet": lambda rows: {"triplet": triplet_cosine(rows, TRIPLETS, margin=0.9)},
    "smooth-ap": lambda rows: {"smooth-ap": smooth_ap(rows, LABELS, temperature=0.1)},
    "both": lambda rows: {
        "a": triplet_cosine(rows, TRIPLETS, margin=0.9),
        "b": smooth_ap(rows, LABELS, temperature=0.1),
    },
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("name", JOINT)
def test_losses_of_all_embeddings_go_by_their_gradient_at_them(
    name: str, size: int, network: nn.Module, images: Tensor
) -> None:
    module = Costs(network, JOINT[name])
    losses, wanted = _whole(module, images)
    found = jointly(_runs(module), (images,), size=size)
    _assert_equal(_gradients(module), wanted)
    _require_same(found, losses)


def test_a_triplet_loss_does_not_divide_by_rows(network: nn.Module, images: Tensor) -> None:
    """So that the tests above are known to be able to fail: triplets across micro-batches would be missed."""
    _, wanted = _whole(Costs(network, JOINT["triplet"]), images)
    inner = TRIPLETS[:1]  # the only one within the first three photos
    module = Costs(network, lambda rows: {"triplet": triplet_cosine(rows, inner, margin=0.9)})
    by_rows(_runs(module), (images[:3],), size=3)
    with pytest.raises(AssertionError):
        _assert_equal(_gradients(module), wanted)


def test_gradients_add_to_those_that_are_there(network: nn.Module, images: Tensor) -> None:
    module = Costs(network, JOINT["triplet"])
    jointly(_runs(module), (images,), size=3)
    once = _gradients(module)
    for _ in range(2):
        jointly(_runs(module), (images,), size=3)
    _assert_equal(_gradients(module), {name: 2 * leaf for name, leaf in once.items()})


@pytest.mark.parametrize("division", [by_rows, jointly])
def test_parameters_of_the_loss_learn_too(division: Any, network: nn.Module, images: Tensor) -> None:
    prototypes = nn.Parameter(torch.eye(3, 5, dtype=images.dtype))
    module = Costs(network, lambda rows, labels: {"arcface": arcface(rows, labels, prototypes, scale=8.0)})
    module.register_parameter("prototypes", prototypes)
    _, wanted = _whole(module, images, LABELS)
    division(_runs(module), (images, LABELS), size=2)
    _assert_equal(_gradients(module), wanted)


def test_losses_that_count_nothing_change_nothing(network: nn.Module, images: Tensor) -> None:
    module = Costs(network, lambda rows: {"none": torch.zeros(())})
    assert jointly(_runs(module), (images,), size=3)["none"] == 0
    assert all(float(leaf.abs().max()) == 0 for leaf in _gradients(module).values())


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
    jointly(_runs(Costs(network, lambda rows: {"a": rows.square().mean()})), (torch.ones(6, 12),), size=2)
    first, second = network.seen[:3], network.seen[3:]
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert not torch.equal(first[0], first[1])
    after = torch.rand(3)
    torch.manual_seed(3)
    network = Noisy().train()
    for _ in range(3):
        network(torch.ones(2, 12))
    assert torch.equal(torch.rand(3), after)  # the second pass used none up


@pytest.mark.parametrize("division", [by_rows, jointly])
def test_only_the_last_micro_batch_is_shared(division: Any, network: nn.Module, images: Tensor) -> None:
    module, told, within = Costs(network, lambda rows: {"a": rows.square().mean()}), [], False

    @contextmanager
    def apart() -> Iterator[None]:
        nonlocal within
        within = True
        yield
        within = False

    module.network.norm.register_full_backward_hook(lambda *_: told.append(within))
    division(_runs(module), (images,), size=3, apart=apart)
    assert told == [True, True, False]


def test_norms_that_follow_the_micro_batch_are_refused(network: nn.Module) -> None:
    require_frozen(network)
    with pytest.raises(TrainingError, match=r"the norm 'norm' learns from each batch.*: freeze the norms, or train"):
        require_frozen(network.train())


def test_frozen_norms_keep_their_statistics_and_all_else_trains() -> None:
    network = resnet(18, classes=3).train()
    before = {key: leaf.clone() for key, leaf in network.state_dict().items()}
    freeze_norms(network)
    network(torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(leaf, before[key]) for key, leaf in network.state_dict().items())
    assert network.training
    assert not any(module.training for module in network.modules() if isinstance(module, nn.BatchNorm2d))


def test_the_total_is_the_sum() -> None:
    assert total({"a": torch.tensor(1.5), "b": torch.tensor(2.0)}) == 3.5
